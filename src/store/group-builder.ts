/**
 * Gathers what is appended and lays the next group out in one buffer that is used again and again: records are encoded straight
 * into their place, without an object in between. Knows where each record will stand and tells the index. When to write, and
 * into which segment, is the writer's business.
 */

import { must } from '../base/assert.js';
import type { AcceptorState, LogRecord } from '../paxos/effects.js';
import { type BallotTable, DECIDED_PLACE } from './ballot-table.js';
import { BLOCK, GROUP_BYTES, HEADER_BYTES, LONGEST_NAME, roundUp, sealGroup } from './log-format.js';
import { recordSize, STATE_BYTES, writeRecord, writeStateRecord } from './log-records.js';
import type { SlotIndex } from './slot-index.js';

/** What a group needs besides its records, wherever it stands. */
export const GROUP_OVERHEAD = HEADER_BYTES + STATE_BYTES + LONGEST_NAME;

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

export class GroupBuilder {
  /** The group that `build` laid out, from its start; not to be built again before it is written. */
  bytes = new Uint8Array(FIRST_CAPACITY);
  /** Records that no group has taken yet. */
  waiting = 0;
  /** Bytes of these records. */
  waitingBytes = 0;
  /** LSN of the last record that a group has taken. */
  lastLsn: number;
  /** The state that the next group carries if it takes no append. */
  private state: AcceptorState;
  private readonly ballots: BallotTable;
  private readonly index: SlotIndex;
  private queue: Append[] = [];
  /** The append at the head of the queue, and how many of its records earlier groups have taken. */
  private head = 0;
  private taken = 0;

  constructor(ballots: BallotTable, index: SlotIndex, state: AcceptorState, lastLsn: number) {
    this.ballots = ballots;
    this.index = index;
    this.state = state;
    this.lastLsn = lastLsn;
  }

  /** `bytes`: of all the records, as `recordSize` tells. */
  push(records: readonly LogRecord[], bytes: number, state: AcceptorState): void {
    this.waitingBytes += bytes;
    this.queue.push({ records, state });
    this.waiting += records.length;
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
   * claim a slot as decided whose record is still to come.
   */
  build(place: GroupPlace, durable: number): number {
    const room = place.size - place.offset;
    if (room < BLOCK) return 0;
    const firstLsn = this.lastLsn + 1;
    let at = place.offset === 0 ? writeStateRecord(place.size, this.bytes, HEADER_BYTES) : HEADER_BYTES;
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
    this.compact();
    const seal = { seed: place.seed, offset: place.offset, firstLsn, lastLsn: this.lastLsn, durable };
    return sealGroup(this.bytes, at, this.state, seal);
  }

  private finishHead(state: AcceptorState): void {
    this.state = state;
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
    const ballot = record.type === 'decided' ? DECIDED_PLACE : this.ballots.placeOf(record.ballot);
    this.index.put(record.slot, ballot, place.segment, place.offset, at);
  }

  private makeRoom(at: number, size: number): void {
    const needed = roundUp(at + size + LONGEST_NAME) + BLOCK;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.bytes.length, GROUP_BYTES + BLOCK)));
    grown.set(this.bytes.subarray(0, at));
    this.bytes = grown;
  }
}
