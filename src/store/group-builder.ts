/**
 * Gathers what is appended and lays the next group out in one buffer that is used again and again: records are encoded straight
 * into their place, without an object in between. Knows where each record will stand and tells the index. When to write, and
 * into which segment, is the writer's business.
 */

import { assert, must } from '../base/assert.js';
import { slot } from '../base/ids.js';
import { compareBallots, maxBallot } from '../paxos/ballot.js';
import type { AcceptorState, LogRecord, Repair } from '../paxos/effects.js';
import { type BallotTable, DECIDED_PLACE } from './ballot-table.js';
import { BLOCK, GROUP_BYTES, HEADER_BYTES, LONGEST_NAME, roundUp, sealGroup } from './log-format.js';
import { recordSize, writeRecord } from './log-records.js';
import type { SegmentLedger } from './segment-ledger.js';
import type { SlotIndex } from './slot-index.js';
import { type Carried, type StateRecord, stateRecordSize, writeStateRecord } from './state-record.js';

/** What a group needs besides its records, wherever it stands; a state record is far smaller than that. */
export const GROUP_OVERHEAD = HEADER_BYTES + LONGEST_NAME + 4096;

const FIRST_CAPACITY = 64 * 1024;

interface Append {
  readonly records: readonly LogRecord[];
  readonly state: AcceptorState;
}

/** Where the next group will stand. */
export interface GroupPlace {
  readonly segment: number;
  readonly seed: number;
  /** Bytes of the segment. */
  readonly size: number;
  readonly offset: number;
}

/** What the builder tells of every record it lays out. */
export interface Directory {
  readonly ballots: BallotTable;
  readonly index: SlotIndex;
  readonly ledger: SegmentLedger;
}

/** What the log says of itself where the builder goes on. */
export interface BuilderStart {
  readonly state: AcceptorState;
  readonly lastLsn: number;
  readonly carried: Carried;
  readonly repairs: number;
  readonly isLost: boolean;
  readonly firstSegment: number;
}

export class GroupBuilder {
  /** The group that `build` laid out, from its start; not to be built again before it is written. */
  bytes = new Uint8Array(FIRST_CAPACITY);
  /** Records that no group has taken yet. */
  waiting = 0;
  /** Bytes of these records. */
  waitingBytes = 0;
  /** LSN of the last record that a group has taken. */
  lastLsn: number;
  /** Carried by the segments that will be begun. */
  carried: Carried;
  /** The end of the log is lost, and not repaired. */
  isLost: boolean;
  /** Earlier segments are not needed by the log as the last group describes it. */
  firstSegment: number;
  /** The state that the next group carries if it takes no append; that of the last group after `build`. */
  state: AcceptorState;
  private readonly directory: Directory;
  /** As the last group tells. */
  private wasLost: boolean;
  private repairs: number;
  /** The repair that the next group is. */
  private repair: Repair | null = null;
  /** The last LSN at hand when that was begun. */
  private repairedLsn = 0;
  private queue: Append[] = [];
  /** The append at the head of the queue, and how many of its records earlier groups have taken. */
  private head = 0;
  private taken = 0;

  constructor(directory: Directory, start: BuilderStart) {
    this.directory = directory;
    this.state = start.state;
    this.lastLsn = start.lastLsn;
    this.carried = start.carried;
    this.repairs = start.repairs;
    this.isLost = start.isLost;
    this.wasLost = start.isLost;
    this.firstSegment = start.firstSegment;
  }

  /** The next group, which begins a segment, is this repair; nothing waits. */
  beginRepair(repair: Repair): void {
    const { promised, highestSlot, nextLsn } = repair;
    assert(this.waiting === 0 && nextLsn > this.lastLsn, 'a repair comes before everything that follows it');
    this.repair = repair;
    this.repairedLsn = this.lastLsn;
    while (this.head < this.queue.length) this.finishHead(must(this.queue[this.head], 'a state').state);
    this.compact();
    this.finishState({ ...this.state, promised, highestSlot });
    this.lastLsn = nextLsn - 1;
    this.repairs++;
    this.isLost = false;
  }

  /** `bytes`: of all the records, as `recordSize` tells. */
  push(records: readonly LogRecord[], bytes: number, state: AcceptorState): void {
    this.waitingBytes += bytes;
    this.queue.push({ records, state });
    this.waiting += records.length;
  }

  /** Whether the last group tells of a lost end as the next one will. */
  get isLossBuilt(): boolean {
    return this.isLost === this.wasLost;
  }

  /** Whether the state last pushed is already in a group. */
  get isStateBuilt(): boolean {
    return this.queue.length === 0;
  }

  /**
   * Lays out a group of what is waiting, as much as belongs into one write, for `place`. Returns how many bytes to write; 0
   * when the rest of the segment is too small for the next record. The beginning of a segment takes a group in any case.
   *
   * An append whose records do not all fit gives its state to the group that takes the last of them: a header must never
   * claim a slot as decided whose record is still to come. What it promised is told by every group that has a part of it: if the
   * others are damaged, this one must not tell less than was acknowledged.
   */
  build(place: GroupPlace, durable: number): number {
    const room = place.size - place.offset;
    if (room < BLOCK) return 0;
    const firstLsn = this.lastLsn + 1;
    let at = place.offset === 0 ? this.layState(place) : HEADER_BYTES;
    let isFull = false;
    while (this.head < this.queue.length && !isFull) {
      const { records, state } = must(this.queue[this.head], 'the head of the queue');
      while (this.taken < records.length) {
        const record = must(records[this.taken], 'a record');
        const size = recordSize(record);
        const limit = this.lastLsn < firstLsn ? room : Math.min(room, GROUP_BYTES);
        if (at + size + LONGEST_NAME > limit) {
          isFull = true;
          break;
        }
        this.makeRoom(at, size);
        this.note(record, place, at);
        at = writeRecord(record, size, this.bytes, at);
        this.taken++;
        this.waitingBytes -= size;
        this.lastLsn++;
      }
      if (!isFull) this.finishHead(state);
    }
    if (isFull && this.lastLsn < firstLsn && place.offset > 0) return 0;
    const begun = this.taken > 0 ? this.queue[this.head]?.state : undefined;
    if (begun !== undefined) {
      this.finishState({ ...this.state, promised: begun.promised, highestSlot: begun.highestSlot });
    }
    this.compact();
    return this.seal(place, at, firstLsn, durable);
  }

  private layState(place: GroupPlace): number {
    const record: StateRecord = { ...this.carried, segmentBytes: place.size, faulty: this.repair?.faulty ?? [] };
    const size = stateRecordSize(record);
    this.makeRoom(HEADER_BYTES, size);
    for (const { to } of record.faulty) this.directory.ledger.note(place.segment, to);
    return writeStateRecord(record, size, this.bytes, HEADER_BYTES);
  }

  private seal({ seed, offset, segment }: GroupPlace, at: number, firstLsn: number, durable: number): number {
    const { repairs, isLost, lastLsn, directory } = this;
    const isRepair = this.repair !== null;
    const mark = isRepair ? this.repairedLsn : durable;
    this.repair = null;
    this.wasLost = isLost;
    directory.ledger.note(segment, 0);
    if (!isLost) this.firstSegment = directory.ledger.firstNeeded(this.state.firstSlot);
    const { firstSegment } = this;
    const marks = { firstSegment, repairs, isLost, isRepair };
    return sealGroup(this.bytes, at, this.state, { seed, offset, firstLsn, lastLsn, durable: mark, ...marks });
  }

  /** No group tells less of promises than the one before it, whatever an owner that waits for a repair says meanwhile. */
  private finishState(state: AcceptorState): void {
    const { promised, highestSlot } = this.state;
    const isHigher = compareBallots(state.promised, promised) >= 0 && state.highestSlot >= highestSlot;
    const highest = slot(Math.max(state.highestSlot, highestSlot));
    this.state = isHigher ? state : { ...state, promised: maxBallot(state.promised, promised), highestSlot: highest };
  }

  private finishHead(state: AcceptorState): void {
    this.finishState(state);
    this.head++;
    this.waiting -= this.taken;
    this.taken = 0;
  }

  /** What is taken is let go at once when all is, else when it is the larger part. */
  private compact(): void {
    if (this.head * 2 < this.queue.length) return;
    this.queue = this.head === this.queue.length ? [] : this.queue.slice(this.head);
    this.head = 0;
  }

  private note(record: LogRecord, place: GroupPlace, at: number): void {
    if (record.type === 'promised') return;
    const { ballots, index, ledger } = this.directory;
    const ballot = record.type === 'decided' ? DECIDED_PLACE : ballots.placeOf(record.ballot);
    index.put(record.slot, ballot, place.segment, place.offset, at);
    ledger.note(place.segment, record.slot);
  }

  private makeRoom(at: number, size: number): void {
    const needed = roundUp(at + size + LONGEST_NAME) + BLOCK;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.bytes.length, GROUP_BYTES + BLOCK)));
    grown.set(this.bytes.subarray(0, at));
    this.bytes = grown;
  }
}
