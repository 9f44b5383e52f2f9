/**
 * The snapshots of a data directory: which there are, and how one comes to be there, is read, and leaves. A file has its name,
 * `<slot>.snapshot`, only when it is whole, durable and verified; the newest two are kept. When one is due, and what it is good
 * for, is up to the replica.
 */

import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { type Slot, slot } from '../base/ids.js';
import { sizeText } from '../base/size-text.js';
import type { Files, OpenFile } from './files.js';
import { lookingTwice } from './second-look.js';
import { damagedSnapshot, expectedBytes, type SnapshotHeader } from './snapshot-format.js';
import { type Announced, type Incoming, incomingName, isIncoming, openIncoming } from './snapshot-incoming.js';
import { peekSnapshot, readSnapshot, type SnapshotInfo, type SnapshotVisitor } from './snapshot-reader.js';
import { type Pace, type SnapshotContents, SnapshotWriter } from './snapshot-writer.js';

/** A file with the name of a snapshot; what is in it has not been looked at. */
export interface SnapshotRef {
  readonly slot: Slot;
  /** In the directory of snapshots. */
  readonly name: string;
  readonly bytes: number;
}

/** An open snapshot for a peer or a backup; it can be read to its end also when newer ones have taken its place. */
export interface SnapshotSource {
  /** By its header and trailer; whoever gets the bytes verifies the rest. */
  readonly info: SnapshotInfo;
  /** Memory of its own; fewer bytes only at the end of the file. */
  read(offset: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Why a snapshot must not be used any more: its bytes are wrong, or its state is not that of the other replicas, or of
 * their cluster.
 */
export type SetAsideReason = 'damaged' | 'diverged' | 'foreign';

/** How many are kept. */
const KEPT = 2;

/** Must be left over when a snapshot is there, so that it is not what fills the disk. */
const RESERVE_BYTES = 16 * 1024 * 1024;

const UNFINISHED = '.new';
const NAME = /^(\d{16})\.snapshot$/;

export interface SnapshotsOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The data directory. */
  readonly directory: string;
}

/** Removes what was never finished; what arrived from a peer stays. */
export async function openSnapshots({ files, clock, directory }: SnapshotsOptions): Promise<Snapshots> {
  const place = snapshotDirectory(directory);
  await files.makeDirectory(place);
  for (const name of await files.list(place)) {
    if (name.endsWith(UNFINISHED)) await files.unlink(`${place}/${name}`);
  }
  // An earlier life may have been killed between a rename and its sync: the log is trimmed behind what is seen now.
  await files.syncDirectory(place);
  return new Snapshots(files, clock, place, await listSnapshots(files, directory));
}

export function snapshotDirectory(directory: string): string {
  return `${directory}/snapshots`;
}

/** What there is in a data directory with a directory of snapshots, by ascending slot; changes nothing. */
export async function listSnapshots(files: Files, directory: string): Promise<SnapshotRef[]> {
  const place = snapshotDirectory(directory);
  const found: SnapshotRef[] = [];
  for (const name of await files.list(place)) {
    const digits = NAME.exec(name)?.[1];
    if (digits === undefined) continue;
    const file = await files.open(`${place}/${name}`, 'read');
    try {
      found.push({ slot: slot(Number(digits)), name, bytes: await file.size() });
    } finally {
      await file.close();
    }
  }
  return found;
}

export class Snapshots {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #directory: string;
  #all: readonly SnapshotRef[];
  /** Names change one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: Files, clock: Clock, directory: string, all: readonly SnapshotRef[]) {
    this.#files = files;
    this.#clock = clock;
    this.#directory = directory;
    this.#all = all;
  }

  /** By ascending slot. */
  get all(): readonly SnapshotRef[] {
    return this.#all;
  }

  /**
   * Writes, verifies and installs a snapshot; null when the pace gave up, or when it is not `isWanted` any more by the time
   * it would get its name. Rejects with `no-space`, or as the disk does, and leaves those that there are. One at a time.
   */
  async write(
    header: SnapshotHeader,
    contents: SnapshotContents,
    pace: Pace,
    isWanted = always,
  ): Promise<SnapshotInfo | null> {
    await this.#needRoom(expectedBytes(header));
    const path = this.#pathOf(nameOf(header.slot)) + UNFINISHED;
    try {
      const info = await this.#writeTo(path, header, contents, pace);
      if (info !== null && (await this.#install(path, info, isWanted))) return info;
      await this.#files.unlink(path);
      return null;
    } catch (error) {
      throw await this.#cleanedUp(path, error);
    }
  }

  /**
   * Reads it from end to end, in slices; what `into` was given is to be thrown away when this rejects. Null only verifies.
   * What the disk cannot read is `snapshot-damaged`, too, for who needs a state; who only verifies is told what the disk
   * says.
   */
  async load(ref: SnapshotRef, into: SnapshotVisitor | null): Promise<SnapshotInfo> {
    const path = this.#pathOf(ref.name);
    const files = into === null ? this.#files : lookingTwice(this.#files);
    const info = await readSnapshot(files, path, this.#clock, into);
    if (info.slot === ref.slot) return info;
    throw damagedSnapshot(path, 0, `it holds slot ${info.slot}, not the one of its name`);
  }

  /** Renames it, durably; of those set aside for the same reason only this one is kept. One that is gone needs no more. */
  setAside(ref: SnapshotRef, reason: SetAsideReason): Promise<void> {
    return this.#inTurn(() => this.#rename(ref, reason));
  }

  /**
   * The same for all above a slot that are there now, or are about to get their name: what is installed later stays.
   * Resolves to those that it found, by ascending slot.
   */
  setAsideAbove(after: Slot, reason: SetAsideReason): Promise<readonly SnapshotRef[]> {
    return this.#inTurn(async () => {
      const found = this.#all.filter((each) => each.slot > after);
      for (const ref of found) await this.#rename(ref, reason);
      return found;
    });
  }

  /** Rejects with `snapshot-damaged` where its header or trailer are not sound. */
  async open(ref: SnapshotRef): Promise<SnapshotSource> {
    const path = this.#pathOf(ref.name);
    const file = await this.#files.open(path, 'read');
    try {
      const info = await peekSnapshot(file, path);
      const read = (offset: number, bytes: number): Promise<Uint8Array> =>
        readPart(file, offset, Math.max(0, Math.min(bytes, info.bytes - offset)));
      return { info, read, close: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Takes up the transfer of one snapshot where it was left, and forgets all others. Rejects with `no-space`, or with
   * `snapshot-mismatch` when the announcement makes no sense. One at a time.
   */
  async receive(at: Slot, bytes: number, digest: string): Promise<Incoming> {
    const announced: Announced = { slot: at, bytes, digest };
    const name = incomingName(announced);
    const path = this.#pathOf(name);
    await this.#inTurn(async () => {
      await this.#removeAll((other) => isIncoming(other) && other !== name);
      if (!(await this.#files.list(this.#directory)).includes(name)) await this.#makeEmpty(path);
    });
    const install = async (from: string, info: SnapshotInfo): Promise<void> => {
      await this.#install(from, info, always);
    };
    const incoming = await openIncoming(this.#files, this.#clock, path, announced, install);
    try {
      await this.#needRoom(bytes - incoming.have);
    } catch (error) {
      await incoming.close();
      throw error;
    }
    return incoming;
  }

  async #writeTo(
    path: string,
    header: SnapshotHeader,
    contents: SnapshotContents,
    pace: Pace,
  ): Promise<SnapshotInfo | null> {
    const file = await this.#files.open(path, 'create');
    let written: Pick<SnapshotInfo, 'bytes' | 'digest'> | null;
    try {
      written = await new SnapshotWriter(file, this.#clock, pace).write(header, contents);
    } finally {
      await file.close();
    }
    if (written === null) return null;
    const info = await readSnapshot(this.#files, path, this.#clock, null);
    if (info.digest === written.digest) return info;
    throw damagedSnapshot(path, info.bytes, 'what was read back is not what was written');
  }

  /** Gives a verified file its name, durably, and removes those that are too old. False where it was not wanted any more. */
  #install(path: string, { slot: at, bytes }: SnapshotInfo, isWanted: () => boolean): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!isWanted()) return false;
      const name = nameOf(at);
      await this.#files.rename(path, this.#pathOf(name));
      await this.#files.syncDirectory(this.#directory);
      const others = this.#all.filter((ref) => ref.name !== name);
      this.#all = [...others, { slot: at, name, bytes }].sort((a, b) => a.slot - b.slot);
      for (const ref of this.#all.slice(0, -KEPT)) {
        if (ref.name === name) continue;
        await this.#removeAll((other) => other === ref.name);
        this.#all = this.#all.filter((kept) => kept !== ref);
      }
      return true;
    });
  }

  async #rename(ref: SnapshotRef, reason: SetAsideReason): Promise<void> {
    const aside = `${ref.name}.${reason}`;
    const names = await this.#files.list(this.#directory);
    if (names.includes(ref.name)) {
      await this.#files.rename(this.#pathOf(ref.name), this.#pathOf(aside));
      await this.#removeAll((name) => name.endsWith(`.${reason}`) && name !== aside);
    }
    this.#all = this.#all.filter(({ name }) => name !== ref.name);
    await this.#files.syncDirectory(this.#directory);
  }

  async #makeEmpty(path: string): Promise<void> {
    const file = await this.#files.open(path, 'create');
    await file.close();
    await this.#files.syncDirectory(this.#directory);
  }

  async #needRoom(bytes: number): Promise<void> {
    const free = await this.#files.freeBytes(this.#directory);
    const needed = bytes + RESERVE_BYTES;
    if (free >= needed) return;
    const message = `a snapshot in ${this.#directory} needs ${sizeText(needed)}, and ${sizeText(free)} are free`;
    throw new CodedError('no-space', message, { path: this.#directory, needed, free });
  }

  /** Half a snapshot must not keep a full disk full. Returns what is to be thrown. */
  async #cleanedUp(path: string, error: unknown): Promise<unknown> {
    try {
      await this.#inTurn(() => this.#removeAll((name) => this.#pathOf(name) === path));
      return error;
    } catch (second) {
      if (!(error instanceof CodedError)) return error;
      const message = `${error.message}; nor can what was written of it be removed: ${messageOf(second)}`;
      return new CodedError(error.code, message, error.data, error);
    }
  }

  async #removeAll(isOne: (name: string) => boolean): Promise<void> {
    const names = await this.#files.list(this.#directory);
    for (const name of names) if (isOne(name)) await this.#files.unlink(this.#pathOf(name));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    // The next one waits for this one, whatever became of it.
    this.#last = result.then(nothing, nothing);
    return result;
  }

  #pathOf(name: string): string {
    return `${this.#directory}/${name}`;
  }
}

async function readPart(file: OpenFile, offset: number, bytes: number): Promise<Uint8Array> {
  const part = new Uint8Array(bytes);
  return part.subarray(0, await file.read(part, offset));
}

function nameOf(at: Slot): string {
  return `${String(at).padStart(16, '0')}.snapshot`;
}

function always(): boolean {
  return true;
}

function nothing(): void {
  // Only the turn matters.
}
