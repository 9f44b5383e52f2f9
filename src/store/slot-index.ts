/**
 * Where the value that counts for a slot stands in the log: segment, group, place in the group, ballot; sixteen bytes a slot,
 * in chunks. The record of the highest ballot counts, a decided record above all, in whatever order they come.
 */

import { assert, must } from '../base/assert.js';
import type { BallotTable } from './ballot-table.js';

const CHUNK_SLOTS = 4096;
const FIELDS = 4;
const SEGMENT = 0;
const GROUP = 1;
const RECORD = 2;
const BALLOT = 3;

const NO_CHUNK: Uint32Array = new Uint32Array(0);

export class SlotIndex {
  /** Of the slot that `find` has moved to: its segment, the offset of the group in it, of the record in the group. */
  segment = 0;
  group = 0;
  record = 0;
  private readonly ballots: BallotTable;
  private readonly chunks = new Map<number, Uint32Array>();
  /** Slots below are of no interest. */
  private first = 1;
  private lastNumber = -1;
  private lastChunk: Uint32Array = NO_CHUNK;

  constructor(ballots: BallotTable) {
    this.ballots = ballots;
  }

  /** Notes a record unless the slot has one of a higher ballot. `ballot` is its place in the table, never 0. */
  put(slot: number, ballot: number, segment: number, group: number, record: number): void {
    assert(slot > 0, `there is no slot ${slot}`);
    if (slot < this.first) return;
    const chunk = this.chunkOf(slot, true);
    const at = placeIn(slot);
    const held = must(chunk[at + BALLOT], 'a field of the index');
    if (held !== 0 && this.ballots.compare(held, ballot) > 0) return;
    chunk[at + SEGMENT] = segment;
    chunk[at + GROUP] = group;
    chunk[at + RECORD] = record;
    chunk[at + BALLOT] = ballot;
  }

  /** The slot's record, whatever its ballot is, holds the decided value; false when there is none. */
  settle(slot: number, decidedPlace: number): boolean {
    if (this.ballotOf(slot) === 0) return false;
    this.chunkOf(slot, false)[placeIn(slot) + BALLOT] = decidedPlace;
    return true;
  }

  /** The slot has no record that could count. */
  remove(slot: number): void {
    const chunk = this.chunkOf(slot, false);
    const at = placeIn(slot);
    if (at < chunk.length) chunk.fill(0, at, at + FIELDS);
  }

  /** From here on only slots from `first` on count; what is known of earlier ones is forgotten. */
  begin(first: number): void {
    const { first: before } = this;
    this.first = first;
    if (first <= before) return;
    const firstNumber = numberOf(first);
    for (const number of this.chunks.keys()) if (number < firstNumber) this.chunks.delete(number);
    this.chunks.get(firstNumber)?.fill(0, 0, placeIn(first));
    this.lastNumber = -1;
    this.lastChunk = NO_CHUNK;
  }

  /** Place of the ballot that counts for the slot, 0 when there is no record of it. */
  ballotOf(slot: number): number {
    return this.chunkOf(slot, false)[placeIn(slot) + BALLOT] ?? 0;
  }

  /** Moves to the slot's record; false when there is none. */
  find(slot: number): boolean {
    const chunk = this.chunkOf(slot, false);
    const at = placeIn(slot);
    if ((chunk[at + BALLOT] ?? 0) === 0) return false;
    this.segment = chunk[at + SEGMENT] ?? 0;
    this.group = chunk[at + GROUP] ?? 0;
    this.record = chunk[at + RECORD] ?? 0;
    return true;
  }

  /** The slots above `slot` that have a record, ascending. */
  slotsAbove(slot: number): number[] {
    const numbers = [...this.chunks.keys()].filter((number) => (number + 1) * CHUNK_SLOTS > slot).sort((a, b) => a - b);
    const found: number[] = [];
    for (const number of numbers) {
      const first = number * CHUNK_SLOTS + 1;
      for (let n = Math.max(first, slot + 1); n < first + CHUNK_SLOTS; n++) if (this.ballotOf(n) !== 0) found.push(n);
    }
    return found;
  }

  private chunkOf(slot: number, make: boolean): Uint32Array {
    const number = numberOf(slot);
    if (number === this.lastNumber) return this.lastChunk;
    const known = this.chunks.get(number);
    if (known === undefined && !make) return NO_CHUNK;
    const chunk = known ?? new Uint32Array(CHUNK_SLOTS * FIELDS);
    if (known === undefined) this.chunks.set(number, chunk);
    this.lastNumber = number;
    this.lastChunk = chunk;
    return chunk;
  }
}

function numberOf(slot: number): number {
  return Math.floor((slot - 1) / CHUNK_SLOTS);
}

function placeIn(slot: number): number {
  return ((slot - 1) % CHUNK_SLOTS) * FIELDS;
}
