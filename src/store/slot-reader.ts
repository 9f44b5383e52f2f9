/**
 * Gives values back by slot, from memory where they are recent, else from the disk, verified anew. Serves peers that lag and
 * the start of a replica. Reads for peers take turns: there is one window of the log in memory for all of them.
 */

import { must } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { type Slot, slot } from '../base/ids.js';
import { DECIDED } from '../paxos/ballot.js';
import type { Decided } from '../paxos/effects.js';
import type { Held } from '../paxos/message.js';
import type { Value } from '../paxos/value.js';
import { copyOf } from '../wire/bytes.js';
import { readValue, valueSize } from '../wire/value-codec.js';
import type { BallotTable } from './ballot-table.js';
import type { GroupReader } from './group-reader.js';
import { RecordCursor } from './log-records.js';
import type { RecentValues } from './recent-values.js';
import type { SlotIndex } from './slot-index.js';

/** How long replay keeps the event loop to itself. */
const SLICE_MS = 5;

export class SlotReader {
  private readonly groups: GroupReader;
  private readonly index: SlotIndex;
  private readonly recent: RecentValues;
  private readonly cursor = new RecordCursor();
  private last: Promise<unknown> = Promise.resolve();

  constructor(groups: GroupReader, index: SlotIndex, recent: RecentValues) {
    this.groups = groups;
    this.index = index;
    this.recent = recent;
  }

  /** See ReplicaLog.read. The values are their own memory. */
  read(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]> {
    const result = this.last.then(() => this.readNow(from, to, maxBytes));
    // The next reader waits for this one, whatever became of it.
    this.last = result.then(nothing, nothing);
    return result;
  }

  /** What is held above a slot, one entry a slot: the value and ballot that count. */
  async held(above: number, ballots: BallotTable): Promise<Held[]> {
    const found: Held[] = [];
    for (const n of this.index.slotsAbove(above)) {
      const ballot = ballots.at(this.index.ballotOf(n));
      found.push({ slot: slot(n), ballot, value: must(await this.valueAt(n), `slot ${n}`) });
    }
    return found;
  }

  /** Hands over `from … to` in order, as fast as the disk gives them. A batch's bytes are valid during the call only. */
  async replay(from: number, to: number, clock: Clock, visit: (decided: Decided) => void): Promise<void> {
    let sliceEnd = clock.mono() + SLICE_MS;
    for (let n = from; n <= to; n++) {
      const { index, groups } = this;
      const isFound = index.find(n);
      must(isFound ? n : undefined, `slot ${n}`);
      const { segment, group, record } = index;
      if (groups.inWindow(segment, group) === undefined) await groups.load(segment, group);
      visit({ slot: slot(n), value: this.valueInWindow(group, record) });
      if (clock.mono() < sliceEnd) continue;
      await new Promise<void>((settle) => clock.endOfTurn(settle));
      sliceEnd = clock.mono() + SLICE_MS;
    }
  }

  /** Lets go of a segment that is to be removed; no slot that is still wanted stands in it. */
  release(segment: number): Promise<void> {
    const result = this.last.then(() => this.groups.release(segment));
    this.last = result.then(nothing, nothing);
    return result;
  }

  /** Waits for the reads under way. */
  async close(): Promise<void> {
    await this.last;
    await this.groups.close();
  }

  private async readNow(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]> {
    const found: Held[] = [];
    let bytes = 0;
    for (let n: number = from; n <= to; n++) {
      const value = this.recent.get(n, this.index.ballotOf(n)) ?? (await this.valueAt(n));
      if (value === undefined) break;
      bytes += valueSize(value);
      if (bytes > maxBytes && found.length > 0) break;
      found.push({ slot: slot(n), ballot: DECIDED, value });
    }
    return found;
  }

  /** The value on disk, copied out of the window; undefined when there is none. */
  private async valueAt(n: number): Promise<Value | undefined> {
    if (!this.index.find(n)) return undefined;
    const { segment, group, record } = this.index;
    if (this.groups.inWindow(segment, group) === undefined) await this.groups.load(segment, group);
    this.moveTo(group, record);
    const bytes = copyOf(this.groups.bytes, this.cursor.valueStart, this.cursor.valueEnd);
    return readValue(bytes, 0, bytes.length);
  }

  private valueInWindow(group: number, record: number): Value {
    this.moveTo(group, record);
    return readValue(this.groups.bytes, this.cursor.valueStart, this.cursor.valueEnd);
  }

  private moveTo(group: number, record: number): void {
    const { groups, cursor } = this;
    cursor.open(groups.bytes, groups.placeOf(group) + record, groups.bytes.length);
    cursor.next();
  }
}

function nothing(): void {
  // Only the turn matters.
}
