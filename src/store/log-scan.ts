/**
 * The first half of recovery: reads the whole log, changes nothing, and decides. Every group is verified and every record
 * indexed. Where the chain of groups breaks, the scan goes on to the end of the last segment before it says why: what one
 * unfinished write can have left is a torn tail, which nobody was told of; anything else is damage, and the log is not used.
 *
 * One write is in flight at a time, so a sound group proves that all before it were durable when it was written; that is what
 * a durable mark says, too. Zeros up to a segment's end, followed by a segment that continues the LSNs, are where it was full.
 */

import { assert } from '../base/assert.js';
import { CodedError } from '../base/errors.js';
import { type Lsn, lsn, type Slot, type StoreId, slot } from '../base/ids.js';
import { type Ballot, maxBallot, NO_BALLOT } from '../paxos/ballot.js';
import type { AcceptorState } from '../paxos/effects.js';
import { BallotTable, DECIDED_PLACE } from './ballot-table.js';
import type { Files } from './files.js';
import { damaged, GroupReader } from './group-reader.js';
import {
  BLOCK,
  type Extent,
  type GroupHeader,
  HEADER_BYTES,
  roundUp,
  type Segment,
  segmentName,
  segmentNumber,
} from './log-format.js';
import { ACCEPTED_KIND, DECIDED_KIND, PROMISED_KIND, RecordCursor, STATE_KIND } from './log-records.js';
import { SlotIndex } from './slot-index.js';
import { isUnfinishedWrite } from './torn-tail.js';

const WINDOW_BYTES = 4 * 1024 * 1024;

/** What the scan found. Offsets and extents are multiples of a block. */
export interface Scan {
  /** Ascending, without gaps; those behind the end's are spares. */
  readonly segments: readonly Segment[];
  readonly ballots: BallotTable;
  readonly index: SlotIndex;
  readonly state: AcceptorState;
  readonly lastLsn: Lsn;
  /** Where the next group goes. */
  readonly end: { readonly segment: number; readonly offset: number };
  /** Sound groups at the end that nothing proves durable; never empty. */
  readonly unsure: readonly Extent[];
  /** True when the last group is an empty one that marks all before it, as after a clean stop. */
  readonly isMarked: boolean;
  /** What an unfinished write left behind the end. */
  readonly torn: readonly Extent[];
}

/** Where the chain of groups broke. */
interface Gap {
  segment: number;
  offset: number;
  reason: string;
  /** Something else than zeros was found. */
  isDirty: boolean;
}

/** `isFresh`: the directory's identity was made just now, so a log that it cannot read is another store's. */
export async function scanLog(files: Files, directory: string, store: StoreId, isFresh: boolean): Promise<Scan> {
  const reader = new GroupReader(files, directory, store, WINDOW_BYTES);
  try {
    return await new Scanner(reader, directory, isFresh).scan(await segmentNumbers(files, directory));
  } finally {
    await reader.close();
  }
}

/** The segments of a directory, ascending. */
export async function segmentNumbers(files: Files, directory: string): Promise<readonly number[]> {
  const names = await files.list(directory);
  return names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
}

class Scanner {
  private readonly reader: GroupReader;
  private readonly directory: string;
  private readonly isFresh: boolean;
  private readonly cursor = new RecordCursor();
  private readonly segments: Segment[] = [];
  private readonly ballots = new BallotTable();
  private readonly index = new SlotIndex(this.ballots);
  private lastBallot: Ballot = NO_BALLOT;
  private lastPlace = 0;
  private promised: Ballot = NO_BALLOT;
  private decidedUpTo = 0;
  private firstSlot = 1;
  private highestSlot = 0;
  private lastLsn = 0;
  private mark = 0;
  private isMarked = false;
  private end = { segment: 0, offset: 0 };
  private unsure: (Extent & { readonly lastLsn: number })[] = [];
  private torn: Extent[] = [];
  private gap: Gap | null = null;

  constructor(reader: GroupReader, directory: string, isFresh: boolean) {
    this.reader = reader;
    this.directory = directory;
    this.isFresh = isFresh;
  }

  async scan(numbers: readonly number[]): Promise<Scan> {
    for (const [place, number] of numbers.entries()) {
      if (number !== place + 1) throw damaged(this.path(place + 1), 0, 'the file is missing');
      const size = await this.checkedSize(number);
      this.segments.push({ number, size });
      await this.scanSegment(number, size);
    }
    const { gap } = this;
    if (gap?.isDirty && !(await isUnfinishedWrite(this.reader, this.end, this.torn, this.segments))) {
      throw damaged(this.path(gap.segment), gap.offset, `${gap.reason}, and no unfinished write can have left that`);
    }
    this.checkDecided();
    const { segments, ballots, index, end, unsure, isMarked, torn } = this;
    return { segments, ballots, index, end, unsure, isMarked, torn, state: this.state(), lastLsn: lsn(this.lastLsn) };
  }

  /** Segments are made whole before they get their name, and never smaller than the one before. */
  private async checkedSize(number: number): Promise<number> {
    const size = await this.reader.sizeOf(number);
    const before = this.segments.at(-1)?.size ?? BLOCK;
    if (size >= before && size % BLOCK === 0) return size;
    throw damaged(this.path(number), size, 'the file ends there, and it was made longer');
  }

  private async scanSegment(number: number, size: number): Promise<void> {
    let offset = 0;
    while (offset < size) {
      const found = await this.reader.inspect(number, offset);
      if (found.type === 'group') {
        this.take(number, offset, size, found.header);
        offset += roundUp(found.header.length);
        continue;
      }
      if (this.end.segment === 0) throw this.unreadable(found.reason);
      const zeros = this.reader.zeroBlocks(offset);
      this.skip(number, offset, zeros === 0, found.reason);
      offset += Math.max(1, zeros) * BLOCK;
    }
  }

  /** The first segment is given its first group before it gets its name, so that group is there or was damaged. */
  private unreadable(reason: string): CodedError {
    if (!this.isFresh) return damaged(this.path(1), 0, reason);
    const message = `${this.directory} holds a log that is not this store's: the identity file beside it was removed`;
    return new CodedError('log-foreign', message, { file: this.path(1) });
  }

  private skip(segment: number, offset: number, isDirty: boolean, reason: string): void {
    const { gap } = this;
    if (isDirty) addBlock(this.torn, segment, offset);
    if (gap === null) this.gap = { segment, offset, reason, isDirty };
    else if (isDirty && !gap.isDirty) Object.assign(gap, { segment, offset, reason, isDirty });
  }

  private take(segment: number, offset: number, size: number, header: GroupHeader): void {
    this.closeGap(segment, offset, header);
    const complain = (reason: string) => damaged(this.path(segment), offset, reason);
    if (header.firstLsn !== this.lastLsn + 1) {
      throw complain(`the records ${this.lastLsn + 1} to ${header.firstLsn - 1} should come before this group`);
    }
    assert(
      header.durable < header.firstLsn && header.lastLsn >= header.firstLsn - 1,
      'a group has LSNs that cannot be',
    );
    const start = this.reader.placeOf(offset);
    this.cursor.open(this.reader.bytes, start + HEADER_BYTES, header.recordsEnd);
    if (offset === 0 && !(this.cursor.next() && this.cursor.kind === STATE_KIND && this.cursor.segmentBytes === size)) {
      throw complain(`the segment should have ${this.cursor.segmentBytes} bytes and has ${size}`);
    }
    const count = this.takeRecords(segment, offset, start);
    assert(count === header.lastLsn - header.firstLsn + 1, 'a group has as many records as LSNs');
    this.takeHeader(segment, offset, header);
  }

  /** A sound group after a gap is where a full segment ended, or the proof that something before it is damaged. */
  private closeGap(segment: number, offset: number, header: GroupHeader): void {
    const { gap } = this;
    if (gap === null) return;
    const wasFull = gap.segment === segment - 1 && gap.offset > 0 && offset === 0;
    if (gap.isDirty || !wasFull || header.firstLsn !== this.lastLsn + 1) {
      const proof = `a sound group follows at byte ${offset} of ${segmentName(segment)}`;
      throw damaged(this.path(gap.segment), gap.offset, `${gap.reason}, and ${proof}`);
    }
    this.gap = null;
  }

  private takeRecords(segment: number, offset: number, start: number): number {
    const { cursor } = this;
    let count = 0;
    for (; cursor.next(); count++) {
      if (cursor.kind === PROMISED_KIND) this.promised = maxBallot(this.promised, this.ballotHere());
      else if (cursor.kind === ACCEPTED_KIND) this.takeValue(this.placeHere(), segment, offset, start);
      else if (cursor.kind === DECIDED_KIND) this.takeValue(DECIDED_PLACE, segment, offset, start);
      else throw damaged(this.path(segment), offset, `there is a record of kind ${cursor.kind} within a segment`);
    }
    return count;
  }

  private takeValue(ballot: number, segment: number, offset: number, start: number): void {
    if (this.cursor.slot > this.highestSlot) this.highestSlot = this.cursor.slot;
    this.index.put(this.cursor.slot, ballot, segment, offset, this.cursor.at - start);
  }

  /** Accepting in a ballot promises it. */
  private placeHere(): number {
    if (!this.cursor.isOf(this.lastBallot)) {
      this.lastBallot = this.ballotHere();
      this.lastPlace = this.ballots.placeOf(this.lastBallot);
      this.promised = maxBallot(this.promised, this.lastBallot);
    }
    return this.lastPlace;
  }

  private ballotHere(): Ballot {
    return this.cursor.ballot();
  }

  private takeHeader(segment: number, offset: number, header: GroupHeader): void {
    this.promised = maxBallot(this.promised, header.promised);
    this.decidedUpTo = Math.max(this.decidedUpTo, header.decidedUpTo);
    this.firstSlot = Math.max(this.firstSlot, header.firstSlot);
    this.highestSlot = Math.max(this.highestSlot, header.highestSlot);
    this.isMarked = header.firstLsn > header.lastLsn && header.durable === header.lastLsn;
    this.mark = Math.max(this.mark, header.durable);
    this.lastLsn = header.lastLsn;
    const bytes = roundUp(header.length);
    this.unsure = this.unsure.filter((extent) => extent.lastLsn > this.mark);
    this.unsure.push({ segment, offset, bytes, lastLsn: header.lastLsn });
    this.end = { segment, offset: offset + bytes };
  }

  private checkDecided(): void {
    for (let n = this.firstSlot; n <= this.decidedUpTo; n++) {
      if (this.index.ballotOf(n) === 0) {
        throw damaged(
          this.path(this.end.segment),
          this.end.offset,
          `slot ${n} is decided and has no record up to here`,
        );
      }
    }
  }

  private state(): AcceptorState {
    const at = (n: number): Slot => slot(n);
    return {
      promised: this.promised,
      decidedUpTo: at(this.decidedUpTo),
      firstSlot: at(this.firstSlot),
      highestSlot: at(this.highestSlot),
    };
  }

  private path(segment: number): string {
    return `${this.directory}/${segmentName(segment)}`;
  }
}

function addBlock(extents: Extent[], segment: number, offset: number): void {
  const last = extents.at(-1);
  if (last === undefined || last.segment !== segment || last.offset + last.bytes !== offset) {
    extents.push({ segment, offset, bytes: BLOCK });
  } else {
    extents[extents.length - 1] = { segment, offset: last.offset, bytes: last.bytes + BLOCK };
  }
}
