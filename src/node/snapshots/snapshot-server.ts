/**
 * Hands this replica's snapshots to peers that lack what its log no longer has: each asks for a part at a time, of the newest
 * snapshot or of one that it has begun with. A snapshot that somebody reads stays readable when newer ones replace it. What is
 * done with the parts, and how fast they are asked for, is up to who asks.
 */

import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { type ReplicaName, type Slot, slot } from '../../base/ids.js';
import type { SnapshotFetch, SnapshotPart } from '../../paxos/message.js';
import { SNAPSHOT_PART_BYTES } from '../../paxos/timing.js';
import { damagedSnapshot } from '../../store/snapshot-format.js';
import type { SnapshotRef, SnapshotSource, Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';
import type { Inspector } from './inspector.js';

/** Somebody who has not asked for so long is gone, or has what it wanted. */
const IDLE_MS = 30_000;

export interface SnapshotServerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly snapshots: Pick<Snapshots, 'all' | 'open'>;
  send(to: ReplicaName, part: SnapshotPart): void;
  readonly inspector: Pick<Inspector, 'doubt' | 'isDoubted'>;
  /** A peer needs a snapshot of a later slot than this, and there is none: it will ask again. */
  lacking(above: Slot): void;
  /** The state here may be wrong, and snapshots of it: nobody gets one, nor the rest of one. */
  isDistrusted(): boolean;
  /** For what is no operating failure: nobody may go on. */
  fatal(error: unknown): void;
}

/** A peer that reads. */
interface Reader {
  /** What it gets parts of; open when `source` is not null. */
  ref: SnapshotRef | null;
  source: SnapshotSource | null;
  /** Null when it waits for the peer to ask. */
  reading: Promise<void> | null;
  /** What was asked while a read was under way: the last counts. */
  next: SnapshotFetch | null;
  cancelIdle: () => void;
}

export class SnapshotServer {
  readonly #options: SnapshotServerOptions;
  readonly #readers = new Map<ReplicaName, Reader>();
  #stopped = false;

  constructor(options: SnapshotServerOptions) {
    this.#options = options;
  }

  fetch(from: ReplicaName, wanted: SnapshotFetch): void {
    if (this.#stopped) return;
    const reader = this.#readers.get(from) ?? {
      ref: null,
      source: null,
      reading: null,
      next: null,
      cancelIdle: () => undefined,
    };
    this.#readers.set(from, reader);
    reader.cancelIdle();
    if (reader.reading !== null) {
      reader.next = wanted;
      return;
    }
    reader.reading = this.#serve(from, reader, wanted).then(
      () => this.#served(from, reader),
      (error: unknown) => this.#options.fatal(error),
    );
  }

  /** Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const readers = [...this.#readers.values()];
    this.#readers.clear();
    for (const reader of readers) {
      reader.cancelIdle();
      await reader.reading;
      await this.#close(reader);
    }
  }

  async #serve(peer: ReplicaName, reader: Reader, wanted: SnapshotFetch): Promise<void> {
    try {
      this.#options.send(peer, await this.#part(reader, wanted));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#options.logger.error('cannot read a snapshot for a peer', { peer, reason: error.message });
      if (reader.ref !== null) this.#options.inspector.doubt(reader.ref);
      await this.#close(reader);
      this.#options.send(peer, nothing(wanted.slot));
    }
  }

  async #part(reader: Reader, wanted: SnapshotFetch): Promise<SnapshotPart> {
    const { slot: at, offset } = wanted;
    const source = await this.#sourceOf(reader, wanted);
    if (source === null || offset > source.info.bytes) return nothing(at);
    const { slot: found, bytes: size, digest } = source.info;
    const due = Math.min(SNAPSHOT_PART_BYTES, size - offset);
    const bytes = await source.read(offset, due);
    if (bytes.length < due)
      throw damagedSnapshot(`the snapshot of slot ${found}`, offset + bytes.length, 'the file ends there');
    // What is open is read also when it was put aside; the peer would come to the wrong state, and the two be a majority.
    if (this.#options.isDistrusted()) return nothing(at);
    return { type: 'snapshot-part', slot: found, size, digest, offset, bytes };
  }

  async #sourceOf(reader: Reader, { slot: at, above, damaged }: SnapshotFetch): Promise<SnapshotSource | null> {
    const { snapshots, inspector, lacking } = this.#options;
    // What was restored from a backup is at slot 0, and no state that a log goes on from.
    const own = snapshots.all.filter((each) => each.slot > 0);
    const damagedOne = own.find((each) => each.slot === damaged);
    if (damagedOne !== undefined) inspector.doubt(damagedOne);
    if (reader.source !== null && reader.source.info.slot === at) return reader.source;
    await this.#close(reader);
    const served = own.filter((each) => !inspector.isDoubted(each));
    const ref = at === 0 ? served.at(-1) : served.find((each) => each.slot === at);
    if (ref === undefined || ref.slot <= above) {
      if (at === 0) lacking(above);
      return null;
    }
    reader.ref = ref;
    reader.source = await snapshots.open(ref);
    return reader.source;
  }

  #served(peer: ReplicaName, reader: Reader): void {
    reader.reading = null;
    const { next } = reader;
    reader.next = null;
    if (this.#stopped) return;
    if (next !== null) this.fetch(peer, next);
    else this.#watch(peer, reader);
  }

  #watch(peer: ReplicaName, reader: Reader): void {
    const { clock } = this.#options;
    reader.cancelIdle = clock.at(clock.mono() + IDLE_MS, () => this.#forget(peer, reader));
  }

  #forget(peer: ReplicaName, reader: Reader): void {
    this.#readers.delete(peer);
    this.#close(reader).catch((error: unknown) => this.#options.fatal(error));
  }

  async #close(reader: Reader): Promise<void> {
    const { source } = reader;
    reader.source = null;
    reader.ref = null;
    await source?.close();
  }
}

/** This replica does not have it. */
function nothing(at: Slot): SnapshotPart {
  return { type: 'snapshot-part', slot: slot(at), size: 0, digest: '', offset: 0, bytes: new Uint8Array(0) };
}
