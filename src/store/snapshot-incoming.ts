/**
 * A snapshot that arrives from a peer, part by part. What has arrived is durable and stays over restarts under a name that says
 * which snapshot it belongs to, so that the transfer goes on where it stopped. Nothing of it counts before all of it is there
 * and has been verified as a whole.
 */

import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import type { Slot } from '../base/ids.js';
import type { Files, OpenFile } from './files.js';
import { damagedSnapshot, type SnapshotHeader } from './snapshot-format.js';
import { readSnapshot, type SnapshotInfo, type SnapshotVisitor, soundPrefix } from './snapshot-reader.js';

/** Which snapshot is to arrive, as the peer tells. */
export interface Announced {
  readonly slot: Slot;
  /** Of the whole file. */
  readonly bytes: number;
  /** As its trailer has it, 64 hex digits. */
  readonly digest: string;
}

/** Of a snapshot that is to have its name. */
export type Install = (path: string, info: SnapshotInfo) => Promise<void>;

/** Why a file that arrived is worth nothing; where the disk failed it may be as good as the peer's. */
const USELESS: ReadonlySet<string> = new Set(['snapshot-damaged', 'newer-format', 'older-format', 'foreign-snapshot']);

const NAME = /^\d{16}\.snapshot\.[0-9a-f]{64}\.incoming$/;

export function incomingName({ slot: at, digest }: Announced): string {
  const name = `${String(at).padStart(16, '0')}.snapshot.${digest}.incoming`;
  if (!isIncoming(name)) throw mismatch(`a peer announced a snapshot as slot ${at} with the digest '${digest}'`);
  return name;
}

export function isIncoming(name: string): boolean {
  return NAME.test(name);
}

/** Opens what has arrived of it so far, in a file that is there. */
export async function openIncoming(
  files: Files,
  clock: Clock,
  path: string,
  announced: Announced,
  install: Install,
): Promise<Incoming> {
  const file = await files.open(path, 'durable');
  try {
    const sound = await soundPrefix(file, path, clock);
    const have = sound <= announced.bytes ? sound : 0;
    // The end of a write that a crash cut short may hold anything.
    await file.truncate(have);
    return new Incoming({ files, clock, file, path, announced, install }, have);
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface IncomingParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly file: OpenFile;
  readonly path: string;
  readonly announced: Announced;
  readonly install: Install;
}

/** One call at a time. After `finish`, `discard` or `close` it is of no more use. */
export class Incoming {
  readonly #parts: IncomingParts;
  #have: number;

  constructor(parts: IncomingParts, have: number) {
    this.#parts = parts;
    this.#have = have;
  }

  /** Bytes that are there: the offset of the part that is wanted next. */
  get have(): number {
    return this.#have;
  }

  /** Rejects with `snapshot-mismatch`, and changes nothing, where the part is not the next one of this snapshot. */
  async append(offset: number, bytes: Uint8Array): Promise<void> {
    const { announced, file } = this.#parts;
    if (offset !== this.#have || offset + bytes.length > announced.bytes) {
      const part = `${bytes.length} bytes at ${offset}`;
      throw mismatch(`${part} are no next part of a snapshot of which ${this.#have} of ${announced.bytes} are there`);
    }
    await file.write(bytes, offset);
    this.#have += bytes.length;
  }

  /**
   * Verifies the whole, handing over what it holds, and gives it its name; it is one of the snapshots then. What `visitor`
   * was given is worth something only when that is done; null only verifies. Rejects with `snapshot-mismatch` when parts
   * are missing, with `snapshot-damaged` when it is not what was announced, and as `check` throws, which looks whether the
   * state is one for this replica. In the last two cases all of it is removed, to be fetched anew.
   */
  async finish(check: (header: SnapshotHeader) => void, visitor: SnapshotVisitor | null): Promise<SnapshotInfo> {
    const { announced, file, path, install } = this.#parts;
    if (this.#have !== announced.bytes) {
      throw mismatch(`${this.#have} of ${announced.bytes} bytes of a snapshot are there`);
    }
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const info = await this.#verify(check, visitor);
    await install(path, info);
    return info;
  }

  async #verify(check: (header: SnapshotHeader) => void, visitor: SnapshotVisitor | null): Promise<SnapshotInfo> {
    const { files, path } = this.#parts;
    try {
      const info = await this.#read(visitor);
      check(info.header);
      return info;
    } catch (error) {
      if (error instanceof CodedError && USELESS.has(error.code)) await files.unlink(path);
      throw error;
    }
  }

  async #read(visitor: SnapshotVisitor | null): Promise<SnapshotInfo> {
    const { files, clock, path, announced } = this.#parts;
    const info = await readSnapshot(files, path, clock, visitor);
    if (info.slot === announced.slot && info.digest === announced.digest) return info;
    throw damagedSnapshot(path, 0, `it is slot ${info.slot} with another digest, not slot ${announced.slot}`);
  }

  /** Keeps what has arrived for another time. */
  async close(): Promise<void> {
    await this.#parts.file.close();
  }

  /** Removes what has arrived. */
  async discard(): Promise<void> {
    await this.#parts.file.close();
    await this.#parts.files.unlink(this.#parts.path);
  }
}

function mismatch(message: string): CodedError {
  return new CodedError('snapshot-mismatch', message);
}
