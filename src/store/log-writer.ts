/**
 * The running log: group commit. One write is in flight; what is appended meanwhile forms the next group. When a write is done
 * its LSNs are told, after the next write has begun, so that disk and program work at the same time. When no group follows for
 * a moment, and at the end, an empty group marks what is durable. A failed write is never tried again.
 */

import { assert } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { type Lsn, lsn, type Slot, type StoreId, slot } from '../base/ids.js';
import type { AcceptorState, LogRecord, Repair } from '../paxos/effects.js';
import type { Held } from '../paxos/message.js';
import type { ConfigurationValue } from '../paxos/value.js';
import { DECIDED_PLACE } from './ballot-table.js';
import type { Files, OpenFile } from './files.js';
import { type BuilderStart, type Directory, GROUP_OVERHEAD, GroupBuilder } from './group-builder.js';
import { BLOCK, type Segment, segmentName, segmentSeed } from './log-format.js';
import { recordSize } from './log-records.js';
import type { RecentValues } from './recent-values.js';
import type { SegmentSizes } from './segment-files.js';
import type { Keep } from './segment-ledger.js';
import type { SlotReader } from './slot-reader.js';
import { SpareSegments } from './spare-segments.js';
import { Trimmer } from './trimmer.js';

/** How long nothing follows before an empty group marks what is durable. */
const MARK_MS = 10;

/** What the log tells its owner; never before `openLog` has resolved. */
export interface LogEvents {
  /** Every record up to this LSN is durable. Rises. */
  persisted(lsn: Lsn): void;
  /** A write failed. Told once; nothing is acknowledged afterwards, and the process must end. */
  failed(error: CodedError): void;
  /** False: room for the next segment cannot be made, new writes must be refused; true: it can again. Told on change. */
  space(ok: boolean, reason: string): void;
}

/** What the writer works with; everything in it is the log's own. */
export interface WriterParts extends Directory {
  readonly files: Files;
  readonly clock: Clock;
  readonly directory: string;
  readonly store: StoreId;
  readonly events: LogEvents;
  readonly sizes: SegmentSizes;
  readonly recent: RecentValues;
  readonly reader: SlotReader;
}

/** Where recovery left the log. */
export interface WriterStart extends BuilderStart {
  /** Where the next group goes. */
  readonly segment: Segment;
  readonly offset: number;
  /** Ascending. */
  readonly spares: readonly Segment[];
  /** The newest segment there is. */
  readonly newest: Segment;
  /** Begin a new segment at once: with this repair, or behind a lost end. */
  readonly repair: Repair | null;
  readonly startsSegment: boolean;
  /** The last group is a mark of everything before it. */
  readonly isMarked: boolean;
}

export class LogWriter {
  durable: Lsn;
  decided: Slot;
  bytes: number;
  private readonly parts: WriterParts;
  private readonly builder: GroupBuilder;
  private readonly spares: SpareSegments;
  private phase: 'open' | 'closing' | 'failed' | 'closed' = 'open';
  private segment: Segment;
  private seed: number;
  private offset: number;
  private file: OpenFile;
  private lastAppended: number;
  /**
   * As what was appended leaves it: only of the slots that it has for decided, and keeps, is the newest record the one that
   * counts. Below them a snapshot may have taken the place of something else that was accepted there.
   */
  private appended: AcceptorState;
  private told: Lsn;
  /** Highest LSN that a mark on disk covers; below 0 when even an empty log should be marked. */
  private marked: number;
  private isMarkDue = false;
  /** The next group begins a segment, whatever room is left. */
  private isRollDue = false;
  /** The state that waits for a group begins the log later than the last group does. */
  private isTrimDue = false;
  private readonly trimmer: Trimmer;
  private cancelMark: (() => void) | null = null;
  private idleSince = 0;
  private hasBegun = false;
  private failure: CodedError | null = null;
  private running: Promise<void> | null = null;

  private constructor(parts: WriterParts, start: WriterStart, file: OpenFile) {
    this.parts = parts;
    this.file = file;
    this.segment = start.segment;
    this.seed = segmentSeed(parts.store, this.segment.number);
    this.offset = start.offset;
    this.builder = new GroupBuilder(parts, start);
    this.lastAppended = start.lastLsn;
    this.appended = start.state;
    this.durable = lsn(start.lastLsn);
    this.told = this.durable;
    this.decided = start.state.decidedUpTo;
    this.bytes = parts.ledger.bytes;
    this.marked = start.isMarked ? start.lastLsn : -1;
    const { files, clock, directory, sizes, events } = parts;
    const spareEvents = {
      failed: (error: CodedError) => this.fail(error),
      space: (ok: boolean, reason: string) => events.space(ok, reason),
    };
    const { newest, spares } = start;
    this.spares = new SpareSegments({ files, clock, directory, sizes, events: spareEvents }, newest, spares);
    this.isRollDue = start.startsSegment;
    this.trimmer = new Trimmer(parts, (error) => this.fail(error));
  }

  /** Opens the segment in use and, unless it is marked, marks what is there: from then on every LSN of it is durable. */
  static async open(parts: WriterParts, start: WriterStart): Promise<LogWriter> {
    const path = `${parts.directory}/${segmentName(start.segment.number)}`;
    const writer = new LogWriter(parts, start, await parts.files.open(path, 'durable'));
    if (start.repair !== null) writer.beginRepair(start.repair);
    return writer;
  }

  /**
   * Marks what recovery found, and begins with the upkeep of spares. Rejects when the mark cannot be written. In a segment
   * without room for it the next group is the mark: a start does not wait for a full disk.
   */
  async begin(): Promise<void> {
    if (this.isRollDue || (this.marked < this.durable && this.segment.size - this.offset >= BLOCK)) {
      this.isMarkDue = true;
      await this.drain();
    }
    if (this.failure !== null) throw this.failure;
    this.hasBegun = true;
    this.spares.start();
  }

  append(records: readonly LogRecord[], state: AcceptorState): void {
    if (this.phase !== 'open') return;
    const { ballots, recent, sizes } = this.parts;
    let bytes = 0;
    for (const record of records) {
      const size = recordSize(record);
      assert(record.lsn === this.lastAppended + 1, `LSN ${record.lsn} does not follow ${this.lastAppended}`);
      assert(size + GROUP_OVERHEAD <= sizes.largest, 'a record is larger than a segment');
      bytes += size;
      this.lastAppended = record.lsn;
      if (record.type === 'promised') continue;
      const ballot = record.type === 'decided' ? DECIDED_PLACE : ballots.placeOf(record.ballot);
      recent.add(record.slot, ballot, record.value, record.lsn);
    }
    this.builder.push(records, bytes, state);
    this.appended = state;
    if (records.length > 0) this.kick();
    else if (state.firstSlot !== this.builder.state.firstSlot) this.markSoon();
  }

  note(configuration: ConfigurationValue | null, founding: string): void {
    this.builder.carried = { configuration, founding };
  }

  /** Resolves when a group tells of it that is durable. */
  async lose(): Promise<void> {
    if (this.phase === 'open') {
      this.builder.isLost = true;
      this.isMarkDue = true;
      await this.drain();
    }
    if (this.failure !== null) throw this.failure;
    if (!this.builder.isLossBuilt) throw new CodedError('log-closed', 'the log was closed before its loss was noted');
  }

  /** Resolves when the repair is durable. Nothing that was appended may wait, and nothing may be appended meanwhile. */
  async repair(repair: Repair): Promise<void> {
    while (this.running !== null) await this.running;
    if (this.phase === 'open') {
      this.beginRepair(repair);
      this.isMarkDue = true;
      await this.drain();
    }
    if (this.failure !== null) throw this.failure;
    if (this.isRollDue) throw new CodedError('log-closed', 'the log was closed before it was repaired');
  }

  private beginRepair(repair: Repair): void {
    this.builder.beginRepair(repair);
    this.lastAppended = this.builder.lastLsn;
    this.durable = lsn(this.lastAppended);
    this.told = this.durable;
    this.isRollDue = true;
  }

  get backlog(): number {
    return this.builder.waitingBytes;
  }

  bytesSince(after: Slot): number {
    const { index, ledger } = this.parts;
    if (after >= this.builder.state.highestSlot) return 0;
    return index.find(after + 1) ? ledger.bytesFrom(index.segment, index.group) : ledger.bytes;
  }

  firstToKeep(upTo: Slot, keep: Keep): Slot {
    return this.parts.ledger.firstToKeep(this.builder.state.firstSlot, upTo, keep);
  }

  read(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]> {
    const { firstSlot, decidedUpTo } = this.appended;
    const last = slot(Math.min(to, decidedUpTo));
    return from < firstSlot || from > last ? Promise.resolve([]) : this.parts.reader.read(from, last, maxBytes);
  }

  async close(): Promise<void> {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.cancelMark?.();
    if (this.phase === 'open') await this.finish();
    await this.spares.stop();
    await this.running;
    await this.trimmer.stop();
    this.phase = 'closed';
    await this.file.close();
    await this.parts.reader.close();
  }

  private async finish(): Promise<void> {
    this.phase = 'closing';
    this.spares.lastCall();
    await this.running;
    if (this.builder.waiting > 0 || (this.marked >= this.durable && this.builder.isStateBuilt)) return;
    this.isMarkDue = true;
    await this.drain();
  }

  private kick(): void {
    this.running ??= this.run();
  }

  private async drain(): Promise<void> {
    this.kick();
    await this.running;
  }

  private async run(): Promise<void> {
    // The rest of what this turn appends joins the first group.
    await Promise.resolve();
    while (this.isAlive() && (this.builder.waiting > 0 || this.isMarkDue)) {
      const bytes = await this.nextGroup();
      if (bytes === 0 || !(await this.write(bytes))) break;
    }
    this.running = null;
    this.idleSince = this.parts.clock.mono();
    this.armMark(this.idleSince + MARK_MS);
  }

  /** Lays out the next group, in the next segment if this one is full; 0 when there is no next segment. */
  private async nextGroup(): Promise<number> {
    if (this.isRollDue && !(await this.roll())) return 0;
    this.isRollDue = false;
    for (;;) {
      const { segment, seed, offset } = this;
      const bytes = this.builder.build({ segment: segment.number, seed, size: segment.size, offset }, this.durable);
      if (bytes > 0) return bytes;
      this.tell();
      if (!(await this.roll())) return 0;
    }
  }

  /** Writes the group that was laid out; false when nothing may be written any more. */
  private async write(bytes: number): Promise<boolean> {
    const last = lsn(this.builder.lastLsn);
    const marked = this.durable;
    // Noted between the laying out of this group and now, it has to be told by another.
    this.isMarkDue = !this.builder.isLossBuilt;
    this.isTrimDue = this.isTrimDue && !this.builder.isStateBuilt;
    const written = this.file.write(this.builder.bytes.subarray(0, bytes), this.offset);
    this.tell();
    try {
      await written;
    } catch (error) {
      this.fail(error);
      return false;
    }
    if (!this.isAlive()) return false;
    this.offset += bytes;
    this.bytes += bytes;
    this.durable = last;
    this.decided = this.builder.state.decidedUpTo;
    this.marked = marked;
    this.parts.recent.trim(last);
    this.parts.ledger.fill(this.segment.number, this.offset);
    this.trimmer.written(this.builder.state.firstSlot, this.builder.firstSegment);
    if (this.segment.size - this.offset < this.segment.size / 2) this.spares.hurry();
    if (this.builder.waiting === 0) this.tell();
    return true;
  }

  private async roll(): Promise<boolean> {
    const next = await this.spares.take();
    if (next === undefined || !this.isAlive()) return false;
    const { files, directory, store } = this.parts;
    try {
      const file = await files.open(`${directory}/${segmentName(next.number)}`, 'durable');
      await this.file.close();
      this.file = file;
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.segment = next;
    this.seed = segmentSeed(store, next.number);
    this.offset = 0;
    return true;
  }

  private tell(): void {
    if (this.told === this.durable) return;
    this.told = this.durable;
    this.parts.events.persisted(this.durable);
  }

  private isAlive(): boolean {
    return this.phase === 'open' || this.phase === 'closing';
  }

  private fail(error: unknown): void {
    if (!(error instanceof CodedError)) throw error;
    if (!this.isAlive()) return;
    this.phase = 'failed';
    this.cancelMark?.();
    const message = `the log cannot be written: ${messageOf(error)}`;
    this.failure = new CodedError('log-failed', message, { ...error.data, code: error.code }, error);
    if (this.hasBegun) this.parts.events.failed(this.failure);
  }

  /** One timer for many groups: under load they follow one another too fast to set and cancel one for each. */
  private armMark(at: number): void {
    if (this.phase !== 'open' || this.cancelMark !== null || !this.wantsMark()) return;
    this.cancelMark = this.parts.clock.at(at, () => {
      this.cancelMark = null;
      if (this.running !== null) return;
      const due = this.idleSince + MARK_MS;
      if (this.parts.clock.mono() < due) this.armMark(due);
      else this.mark();
    });
  }

  private mark(): void {
    if (this.phase !== 'open' || !this.wantsMark()) return;
    this.isMarkDue = true;
    this.kick();
  }

  /** The log begins later than before: that should be on disk soon, and segments go when it is. */
  private markSoon(): void {
    this.isTrimDue = true;
    if (this.running !== null) return;
    this.idleSince = this.parts.clock.mono();
    this.armMark(this.idleSince + MARK_MS);
  }

  private wantsMark(): boolean {
    return this.isTrimDue || this.marked < this.durable;
  }
}
