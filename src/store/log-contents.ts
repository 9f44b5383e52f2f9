/**
 * What the sound groups of a log say, taken one after the other in the order in which they were written, and what is missing
 * between them. Knows nothing of files and blocks: that is the scan's business.
 *
 * Where records are missing, the next sound group tells what had been promised by then. Any slot above the prefix that was
 * decided before, up to the highest that the group knows of, may have been accepted in a missing record, in no ballot above that
 * promise: it is faulty, unless a record of such a ballot is at hand. Whether it was decided is another question: the decided
 * value may have been in a missing record, and be another than what was accepted before or after it. So where a header covers a
 * slot that may have been in the gap, only a decided record counts. A repair, which every start writes that found something
 * missing, ends that doubt for the slots that it says are faulty: whoever wrote the rest knew of it. It says nothing of what was
 * damaged later among the groups before it, so what is missing there counts as long as these are there.
 */

import { assert } from '../base/assert.js';
import { type Ballot, compareBallots, DECIDED, maxBallot, NO_BALLOT } from '../paxos/ballot.js';
import { FaultySlots } from '../paxos/faulty-slots.js';
import type { Run } from '../paxos/message.js';
import { BallotTable, DECIDED_PLACE } from './ballot-table.js';
import type { GroupHeader } from './log-format.js';
import { ACCEPTED_KIND, DECIDED_KIND, PROMISED_KIND, type RecordCursor } from './log-records.js';
import { SegmentLedger } from './segment-ledger.js';
import { SlotIndex } from './slot-index.js';
import { type Carried, NOTHING_CARRIED, type StateRecord } from './state-record.js';

export class LogContents {
  readonly ballots = new BallotTable();
  readonly index = new SlotIndex(this.ballots);
  readonly ledger = new SegmentLedger();
  readonly faulty = new FaultySlots();
  promised: Ballot = NO_BALLOT;
  decidedUpTo = 0;
  firstSlot = 1;
  highestSlot = 0;
  lastLsn = 0;
  /** The last group was written behind a lost end. */
  isLost = false;
  repairs = 0;
  firstSegment = 1;
  carried: Carried = NOTHING_CARRIED;
  /** Records are missing, and no repair has said yet what that means. */
  isDoubtful = false;
  /** Slots that a missing record may have decided. */
  private readonly doubted = new FaultySlots();
  private lastBallot: Ballot = NO_BALLOT;
  private lastPlace = 0;

  /** Records are missing before the group of this header; they may have stood in the segments `from … to`. */
  loseBefore(header: GroupHeader, from: number, to: number): void {
    const { promised, highestSlot } = header;
    this.isDoubtful = true;
    this.faulty.add(this.decidedUpTo + 1, highestSlot, promised);
    this.doubted.add(this.decidedUpTo + 1, highestSlot, DECIDED);
    for (const n of this.index.slotsAbove(this.decidedUpTo)) {
      if (compareBallots(this.ballotAt(n), promised) >= 0) this.faulty.heal(n);
      else if (n <= highestSlot) this.index.remove(n);
    }
    this.ledger.noteAll(from, to, highestSlot);
  }

  /** The log's first segments are missing, as only a later group could tell; `header` is of the first group there is. */
  loseBeginning(header: GroupHeader): void {
    this.isDoubtful = true;
    // A missing record may have decided them, as another value than was accepted later.
    const doubtedUpTo = Math.min(header.highestSlot, this.decidedUpTo);
    const doubtedFrom = Math.max(this.firstSlot, header.decidedUpTo + 1);
    for (let n = doubtedFrom; n <= doubtedUpTo; n++) this.index.remove(n);
    this.faulty.add(doubtedFrom, doubtedUpTo, DECIDED);
    let next = this.firstSlot;
    for (const n of [...this.index.slotsAbove(this.firstSlot - 1), header.highestSlot + 1]) {
      if (n > header.highestSlot + 1) break;
      this.faulty.add(next, n - 1, header.promised);
      next = n + 1;
    }
  }

  /** What a segment begins with. */
  takeState(state: StateRecord, header: GroupHeader, segment: number): void {
    this.carried = { configuration: state.configuration, founding: state.founding };
    if (header.isRepair) this.takeRepair(state.faulty, header, segment);
  }

  /**
   * The repair knew of all that was missing when it was written. Whatever is missing now besides that was damaged since, and is
   * still in doubt: of its slots the repair says nothing.
   */
  private takeRepair(runs: readonly Run[], header: GroupHeader, segment: number): void {
    this.begin(header.firstSlot);
    this.settle(header.decidedUpTo);
    this.decidedUpTo = header.decidedUpTo;
    const news = new FaultySlots(this.faulty.runs);
    news.dropBelow(this.decidedUpTo + 1);
    const known = new FaultySlots();
    for (const { from, to, ballot } of runs) {
      const above = Math.max(from, this.decidedUpTo + 1);
      news.remove(above, to);
      known.add(above, to, ballot);
      this.doubted.remove(above, to);
      this.faulty.add(above, to, ballot);
      this.ledger.note(segment, to);
    }
    this.isDoubtful = news.runs.length > 0;
    // Not one of the records at hand was good enough then, whatever the headers before make of them.
    for (const n of this.index.slotsAbove(this.decidedUpTo)) if (known.has(n)) this.index.remove(n);
  }

  /** Takes the records that the cursor still has before it; `start` is where their group stands in the cursor's bytes. */
  takeRecords(cursor: RecordCursor, header: GroupHeader, segment: number, offset: number, start: number): void {
    let count = 0;
    for (; cursor.next(); count++) {
      switch (cursor.kind) {
        case PROMISED_KIND:
          this.promised = maxBallot(this.promised, cursor.ballot());
          break;
        case ACCEPTED_KIND:
          this.takeValue(cursor, this.placeHere(cursor), segment, offset, start);
          break;
        default:
          assert(cursor.kind === DECIDED_KIND, `there is a record of kind ${cursor.kind} within a segment`);
          this.takeValue(cursor, DECIDED_PLACE, segment, offset, start);
      }
    }
    assert(count === header.lastLsn - header.firstLsn + 1, 'a group has as many records as LSNs');
    this.lastLsn = header.lastLsn;
  }

  takeHeader(header: GroupHeader): void {
    this.promised = maxBallot(this.promised, header.promised);
    this.highestSlot = Math.max(this.highestSlot, header.highestSlot);
    this.begin(header.firstSlot);
    this.settle(header.decidedUpTo);
    this.isLost = header.isLost;
    this.repairs = header.repairs;
    this.firstSegment = header.firstSegment;
  }

  /** The log begins at `first`: what it holds of earlier slots may never have been decided, and is in a snapshot. */
  begin(first: number): void {
    if (first === this.firstSlot) return;
    this.firstSlot = first;
    this.index.begin(first);
    this.faulty.dropBelow(first);
  }

  /** Everything up to `decidedUpTo` is decided, and the records of it that are at hand hold what was. */
  private settle(decidedUpTo: number): void {
    let missing = Math.max(this.decidedUpTo + 1, this.firstSlot);
    for (let n = missing; n <= decidedUpTo; n++) {
      if (this.isDoubtfulAt(n)) this.index.remove(n);
      if (!this.index.settle(n, DECIDED_PLACE)) continue;
      this.faulty.add(missing, n - 1, DECIDED);
      missing = n + 1;
    }
    this.faulty.add(missing, decidedUpTo, DECIDED);
    this.decidedUpTo = Math.max(this.decidedUpTo, decidedUpTo);
  }

  private isDoubtfulAt(n: number): boolean {
    return this.faulty.has(n) || (this.doubted.has(n) && this.index.ballotOf(n) !== DECIDED_PLACE);
  }

  private takeValue(cursor: RecordCursor, ballot: number, segment: number, offset: number, start: number): void {
    const { slot } = cursor;
    if (slot > this.highestSlot) this.highestSlot = slot;
    this.index.put(slot, ballot, segment, offset, cursor.at - start);
    this.ledger.note(segment, slot);
    if (this.faulty.runs.length > 0 || this.doubted.runs.length > 0) this.healBy(slot, ballot);
  }

  private healBy(slot: number, ballot: number): void {
    if (ballot === DECIDED_PLACE) this.doubted.heal(slot);
    if (compareBallots(this.ballots.at(ballot), this.faulty.at(slot)) >= 0) this.faulty.heal(slot);
  }

  /** Accepting in a ballot promises it. */
  private placeHere(cursor: RecordCursor): number {
    if (!cursor.isOf(this.lastBallot)) {
      this.lastBallot = cursor.ballot();
      this.lastPlace = this.ballots.placeOf(this.lastBallot);
      this.promised = maxBallot(this.promised, this.lastBallot);
    }
    return this.lastPlace;
  }

  private ballotAt(slot: number): Ballot {
    return this.ballots.at(this.index.ballotOf(slot));
  }
}
