/**
 * Writes this replica's state down when its log has grown long, so that the log can be trimmed: decides when, cuts the state, has
 * it written in the background at a pace that leaves disk and event loop to others, and then tells from where on the log is kept.
 * A snapshot that fails costs nothing but a log that grows on; it is tried again later.
 */

import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { type Slot, slot } from '../../base/ids.js';
import type { StateCut } from '../../kv/state-transfer.js';
import type { ReplicaLog } from '../../store/log.js';
import type { SnapshotHeader } from '../../store/snapshot-format.js';
import type { SnapshotInfo } from '../../store/snapshot-reader.js';
import type { SnapshotRef, Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';
import type { SnapshotSettings } from '../settings.js';
import type { Inspector } from './inspector.js';
import { Pace } from './pace.js';

/** Of the disk's time: the log's writes are seldom behind one of the snapshot's then. */
const SHARE = 0.25;

/** Somebody waits for a backup. */
const BACKUP_SHARE = 0.5;

/** After a failure. */
const RETRY_MS = 60_000;

/** Others cannot have one written more often than that. */
const DEMAND_MS = 5_000;

/** The state as it can be cut between two slots. */
export interface SnapshotState {
  readonly applied: Slot;
  cut(): StateCut;
}

export interface SnapshotterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SnapshotSettings;
  readonly state: SnapshotState;
  readonly snapshots: Pick<Snapshots, 'all' | 'write'>;
  readonly inspector: Pick<Inspector, 'isSound'>;
  readonly log: Pick<ReplicaLog, 'bytes' | 'bytesSince' | 'decided' | 'firstToKeep'>;
  /** What stands before the state in its file. */
  header(cut: StateCut): SnapshotHeader;
  /** The log begins at this slot from now on; what is before may go. */
  trim(firstSlot: Slot): void;
  /** Suspended from the start. */
  readonly isSuspended: boolean;
  /** Rises when the state is found to be wrong: nothing that was cut of it before may become a snapshot. */
  epoch(): number;
  /** For what is no operating failure: nobody may go on. */
  fatal(error: unknown): void;
}

export class Snapshotter {
  readonly #options: SnapshotterOptions;
  /** Never rejects. */
  #writing: Promise<void> | null = null;
  #pace: Pace | null = null;
  /** The newest snapshot as of the last look, and how long the log was without what is above that. */
  #since: { readonly slot: Slot; readonly bytes: number } | null = null;
  #notBefore = Number.NEGATIVE_INFINITY;
  /** For what others need. */
  #notOnDemandBefore = Number.NEGATIVE_INFINITY;
  /** Code of the last failure, to tell of it once. */
  #failure = '';
  /** Up to which slot the log was trimmed behind a snapshot. */
  #trimmedBehind: Slot = slot(0);
  #isSuspended: boolean;
  /** Nothing more is begun, for good. */
  #isStopped = false;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    this.#isSuspended = options.isSuspended;
  }

  /** To be called between two slots, whenever the log has become longer on the disk. Cheap. */
  look(): void {
    if (!this.#mayWrite) return;
    this.#trimIfDue();
    if (this.#writing === null && this.#isDue()) this.#inBackground(SHARE);
    else if (this.#isFarBehind()) this.#pace?.hurry();
  }

  /** A peer needs a snapshot of a later slot than this: where there is none, one is written although the log is not long. */
  wanted(above: Slot): void {
    if ((this.#newest?.slot ?? 0) <= above && this.#options.state.applied > above) this.#onDemand();
  }

  /** A snapshot turned out to be of no use: where it was the newest, another is written. */
  replace({ slot: at }: SnapshotRef): void {
    if ((this.#newest?.slot ?? 0) <= at && this.#options.state.applied > 0) this.#onDemand();
  }

  /** The state is not to be trusted: nothing is written or trimmed until `resume`. */
  suspend(): void {
    this.#isSuspended = true;
    this.#pace?.hurry();
  }

  resume(): void {
    this.#isSuspended = false;
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pace?.hurry();
    await this.#idle();
  }

  /** A snapshot of what is applied now or later, sound as far as the disk gives it back now. Rejects with a CodedError. */
  async now(): Promise<SnapshotRef> {
    const { epoch, inspector, state } = this.#options;
    const asked = epoch();
    let unsound: SnapshotRef | undefined;
    for (;;) {
      // Looked at and begun in one step: of two who ask at once the second gets what the first has written.
      while (this.#writing !== null) await this.#writing;
      const newest = this.#newest;
      if (!this.#mayWrite || epoch() !== asked) break;
      if (newest === undefined || newest === unsound || newest.slot !== state.applied) {
        const isWritten = (await this.#write(BACKUP_SHARE)) !== null;
        const written = this.#newest;
        if (!isWritten || written === undefined || epoch() !== asked) break;
        return written;
      }
      // It was sound when it was written. Who is given it finds out too late.
      const isSound = await inspector.isSound(newest);
      if (!isSound) unsound = newest;
      else if (this.#mayWrite && epoch() === asked) return newest;
    }
    throw noSnapshot();
  }

  /** At a stop: writes what has changed since the last snapshot, if that can be done within `limitMs`; and then nothing more. */
  async finish(limitMs: number): Promise<void> {
    const { clock, state } = this.#options;
    const cancel = clock.at(clock.mono() + limitMs, () => {
      this.#isStopped = true;
    });
    this.#pace?.hurry();
    while (this.#writing !== null) await this.#writing;
    if (this.#mayWrite && state.applied > (this.#newest?.slot ?? 0)) this.#inBackground(1);
    await this.#idle();
    cancel();
    this.#isStopped = true;
  }

  get #mayWrite(): boolean {
    return !this.#isSuspended && !this.#isStopped;
  }

  /** Resolves when nothing is being written. */
  async #idle(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  get #newest(): SnapshotRef | undefined {
    return this.#options.snapshots.all.at(-1);
  }

  #isDue(): boolean {
    const { clock, state } = this.#options;
    if (this.#logged() < this.#allowed()) return false;
    return state.applied > (this.#newest?.slot ?? 0) && clock.mono() >= this.#notBefore;
  }

  /** The log grows faster than snapshots are written at leisure: then it is they that have to be in somebody's way. */
  #isFarBehind(): boolean {
    return this.#pace !== null && this.#logged() >= 3 * this.#allowed();
  }

  /** Bytes of log since the newest snapshot. */
  #logged(): number {
    const { log } = this.#options;
    const newest = this.#newest?.slot ?? slot(0);
    if (this.#since?.slot !== newest) this.#since = { slot: newest, bytes: log.bytes - log.bytesSince(newest) };
    return log.bytes - this.#since.bytes;
  }

  /** After so many a new snapshot is due. */
  #allowed(): number {
    return Math.max(this.#options.settings.logBytes, this.#newest?.bytes ?? 0);
  }

  /** Behind a verified snapshot, once it is durable that its slots are decided. */
  #trimIfDue(): void {
    const { log, settings, trim, logger } = this.#options;
    const newest = this.#newest?.slot ?? slot(0);
    if (newest <= this.#trimmedBehind || log.decided < newest) return;
    this.#trimmedBehind = newest;
    const firstSlot = log.firstToKeep(newest, { slots: settings.keepSlots, bytes: settings.keepLogBytes });
    logger.debug('trims the log', { firstSlot, snapshot: newest });
    trim(firstSlot);
  }

  /** At most one at a time, and seldom: whatever others say, the disk is not theirs. */
  #onDemand(): void {
    const now = this.#options.clock.mono();
    if (!this.#mayWrite || this.#writing !== null || now < Math.max(this.#notBefore, this.#notOnDemandBefore)) return;
    this.#notOnDemandBefore = now + DEMAND_MS;
    this.#inBackground(BACKUP_SHARE);
  }

  #inBackground(share: number): void {
    this.#write(share).then(
      () => this.look(),
      (error: unknown) => {
        if (error instanceof CodedError) this.#failed(error);
        else this.#options.fatal(error);
      },
    );
  }

  /** Null when the state was found to be wrong meanwhile, or when it stops. The state is cut within the call. */
  #write(share: number): Promise<SnapshotInfo | null> {
    const { clock, state } = this.#options;
    const pace = new Pace(clock, share);
    const writing = this.#writeCut(state.cut(), pace);
    const over = (): void => {
      this.#writing = null;
      this.#pace = null;
    };
    this.#pace = pace;
    this.#writing = writing.then(over, over);
    return writing;
  }

  async #writeCut(cut: StateCut, pace: Pace): Promise<SnapshotInfo | null> {
    const { clock, logger, snapshots, header, epoch } = this.#options;
    const began = clock.mono();
    const cutIn = epoch();
    // Reading back takes long: by then another state may have taken the place of a wrong one, and be written.
    const isWanted = (): boolean => this.#mayWrite && epoch() === cutIn;
    const goesOn = async (): Promise<boolean> => {
      await pace.rest();
      return isWanted();
    };
    try {
      const contents = { sessions: cut.sessions, ids: cut.once, records: cut.table.walk() };
      const written = await snapshots.write(header(cut), contents, goesOn, isWanted);
      if (written === null) return null;
      this.#failure = '';
      // Somebody's wish for a backup may have come sooner than the next try.
      this.#notBefore = Number.NEGATIVE_INFINITY;
      const { slot: at, bytes } = written;
      logger.debug('wrote a snapshot', { slot: at, keys: cut.keys, bytes, ms: Math.round(clock.mono() - began) });
      return written;
    } finally {
      cut.release();
    }
  }

  #failed({ code, message }: CodedError): void {
    const { clock, logger } = this.#options;
    this.#notBefore = clock.mono() + RETRY_MS;
    if (code === this.#failure) return;
    this.#failure = code;
    const event = code === 'no-space' ? 'there is no room for a snapshot' : 'cannot write a snapshot';
    logger.error(`${event}: the log is kept until there is one`, { reason: message });
  }
}

/** What somebody is told who asks for a snapshot in vain. */
export function noSnapshot(): CodedError {
  return new CodedError(
    'no-snapshot',
    'this replica hands out no snapshot now: its state is not to be trusted, or it stops',
  );
}
