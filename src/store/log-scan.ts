/**
 * The first half of recovery: reads the whole log, changes nothing, and decides. Every group is verified and every record
 * indexed. Where the chain of groups breaks, the scan goes on to the end of the last segment before it says why. What one
 * unfinished write can have left at the end is a torn tail, which nobody was told of. Anything else is damage: with a sound group
 * behind it, it costs slots (log-contents.ts says which); without one, the end of the log is lost.
 *
 * One write is in flight at a time, so a sound group proves that all before it were durable when it was written; that is what
 * a durable mark says, too. As LSNs run without gaps, whatever is unreadable between two groups that follow one another held no
 * record. Zeros up to a segment's end, followed by a segment that continues the LSNs, are where it was full.
 */

import { assert, must } from '../base/assert.js';
import { CodedError } from '../base/errors.js';
import type { StoreId } from '../base/ids.js';
import { ballotText } from '../paxos/ballot.js';
import type { Files } from './files.js';
import { damaged, GroupReader } from './group-reader.js';
import { LogContents } from './log-contents.js';
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
import { RecordCursor, STATE_KIND } from './log-records.js';
import { readStateRecord } from './state-record.js';
import { isUnfinishedWrite } from './torn-tail.js';

const WINDOW_BYTES = 4 * 1024 * 1024;

/** What the scan found. Offsets and extents are multiples of a block. */
export interface Scan {
  readonly contents: LogContents;
  /** Ascending. */
  readonly segments: readonly Segment[];
  /** Those in which nothing was written yet, or only the torn tail. */
  readonly spares: readonly Segment[];
  /** Behind the last group. */
  readonly end: { readonly segment: number; readonly offset: number };
  /** Sound groups at the end that nothing proves durable; never empty. */
  readonly unsure: readonly Extent[];
  /** True when the last group is an empty one that marks all before it, as after a clean stop. */
  readonly isMarked: boolean;
  /** What an unfinished write left behind the end. */
  readonly torn: readonly Extent[];
  /** Segments that were cut where nothing had been written yet: what they lack of their zeros. */
  readonly short: readonly Extent[];
  /** Why the end of the log is lost, null when it is not, or when that was known before. */
  readonly lostEnd: string | null;
  /** What is damaged, a line each; everything it cost is in `contents`. */
  readonly damage: readonly string[];
}

/** Where the chain of groups broke. */
interface Gap {
  segment: number;
  offset: number;
  reason: string;
  /** Something else than zeros was found. */
  isDirty: boolean;
  /** No unfinished write leaves that: a file is missing, was cut, or cannot be read in a place. */
  isCut: boolean;
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
  private readonly contents = new LogContents();
  private readonly segments: Segment[] = [];
  private readonly damage: string[] = [];
  private first: GroupHeader | null = null;
  private mark = 0;
  private isMarked = false;
  private end = { segment: 0, offset: 0 };
  private unsure: (Extent & { readonly lastLsn: number })[] = [];
  private torn: Extent[] = [];
  private short: Extent[] = [];
  private gap: Gap | null = null;
  /** The last segment with something in it that is not a sound group. */
  private touched = 0;

  constructor(reader: GroupReader, directory: string, isFresh: boolean) {
    this.reader = reader;
    this.directory = directory;
    this.isFresh = isFresh;
  }

  async scan(numbers: readonly number[]): Promise<Scan> {
    const lowest = numbers[0] ?? 1;
    let expected = lowest;
    for (const number of numbers) {
      for (; expected < number; expected++) this.skip(expected, 0, 'cut', 'the file is missing');
      await this.scanSegment(number);
      expected = number + 1;
    }
    const { contents, segments, end, unsure, isMarked, torn, gap, damage } = this;
    const first = this.first ?? this.refuse();
    if (contents.firstSegment < lowest) this.missBeginning(first);
    const isTorn = gap?.isDirty !== true || (!gap.isCut && (await isUnfinishedWrite(this.reader, end, torn, segments)));
    const lostEnd = isTorn || gap === null ? null : this.loseEnd(gap);
    const used = lostEnd === null ? end.segment : Math.max(end.segment, this.touched);
    const spares = segments.filter(({ number }) => number > used);
    for (const { number } of spares) contents.ledger.drop(number);
    const short = this.short.filter(({ segment }) => segment >= used + (lostEnd === null ? 0 : 1));
    return { contents, segments, spares, end, unsure, isMarked, torn: isTorn ? torn : [], short, lostEnd, damage };
  }

  private async scanSegment(number: number): Promise<void> {
    const actual = await this.reader.sizeOf(number);
    this.contents.ledger.fill(number, 0);
    let size = actual - (actual % BLOCK);
    let whole = Math.max(roundUp(actual), this.segments.at(-1)?.size ?? BLOCK);
    let isUnused = false;
    let offset = 0;
    while (offset < size) {
      const found = await this.reader.inspect(number, offset);
      if (found.type === 'group') {
        const declared = this.take(number, offset, found.header);
        if (offset === 0) whole = declared;
        size = Math.min(size, whole);
        offset += roundUp(found.header.length);
        isUnused = false;
        continue;
      }
      const zeros = this.reader.zeroBlocks(offset);
      if (zeros > 0 && offset === this.behind(number)) isUnused = true;
      const dirt = this.reader.isUnreadable(offset) ? 'unreadable' : 'dirt';
      this.skip(number, offset, zeros > 0 ? 'zeros' : dirt, found.reason);
      offset += Math.max(1, zeros) * BLOCK;
    }
    if (actual < whole) this.meetCut(number, actual, whole, isUnused);
    // As it was made: nothing is written into one that was cut, and the next must not be smaller.
    this.segments.push({ number, size: whole });
  }

  /** Where the next group of the segment would stand. */
  private behind(number: number): number {
    return this.end.segment === number ? this.end.offset : 0;
  }

  /**
   * Segments are made whole before they get their name, so the file was cut. Zeros behind the last group are proof that it
   * is.
   */
  private meetCut(segment: number, actual: number, whole: number, isUnused: boolean): void {
    if (isUnused) this.short.push({ segment, offset: actual, bytes: whole - actual });
    else this.skip(segment, actual, 'cut', 'the file ends there, and it was made longer');
  }

  private skip(segment: number, offset: number, what: 'zeros' | 'dirt' | 'unreadable' | 'cut', reason: string): void {
    const { gap } = this;
    const isCut = what === 'cut' || what === 'unreadable';
    const isDirty = what !== 'zeros';
    if (isDirty) this.touched = segment;
    if (isDirty && !isCut) addBlock(this.torn, segment, offset);
    if (gap === null) this.gap = { segment, offset, reason, isDirty, isCut };
    else if (isDirty && !gap.isDirty)
      Object.assign(gap, { segment, offset, reason, isDirty, isCut: isCut || gap.isCut });
    else if (isCut) gap.isCut = true;
  }

  /** Takes a sound group; returns the size of its segment, if it is the first there. */
  private take(segment: number, offset: number, header: GroupHeader): number {
    this.closeGap(segment, offset, header);
    assert(
      header.durable < header.firstLsn && header.lastLsn >= header.firstLsn - 1,
      'a group has LSNs that cannot be',
    );
    const start = this.reader.placeOf(offset);
    this.cursor.open(this.reader.bytes, start + HEADER_BYTES, header.recordsEnd);
    let declared = 0;
    if (offset === 0) {
      assert(this.cursor.next() && this.cursor.kind === STATE_KIND, 'a segment begins with its state');
      const state = readStateRecord(this.reader.bytes, this.cursor.at, this.cursor.valueEnd);
      this.contents.takeState(state, header, segment);
      declared = state.segmentBytes;
    }
    this.contents.takeRecords(this.cursor, header, segment, offset, start);
    this.contents.takeHeader(header);
    this.takeMark(segment, offset, header);
    return declared;
  }

  /** Records missing before the group make it the proof of damage; so does a repair that is not there. */
  private closeGap(segment: number, offset: number, header: GroupHeader): void {
    const { gap, contents, first } = this;
    this.gap = null;
    this.torn = [];
    this.first ??= header;
    const follows = contents.lastLsn + 1;
    const isBeginning = first === null && offset === 0 && gap === null;
    // A repair goes on above all LSNs there were; its mark says how far they were at hand when it was written.
    if (header.isRepair && (isBeginning || header.durable <= contents.lastLsn)) return;
    if (isBeginning && (segment > 1 || header.firstLsn === 1)) return;
    const isWhole =
      header.firstLsn === follows && header.repairs === contents.repairs && (first !== null || segment === 1);
    const place = gap ?? { segment, offset, reason: 'records are missing before this group', isDirty: false };
    if (isWhole) {
      const wasFull = place.segment !== segment && !place.isDirty;
      if (gap !== null && !wasFull && !header.isLost) this.tell(place, 'no record was in it');
      return;
    }
    if (first !== null && header.firstLsn < follows) {
      const reason = `the records from ${header.firstLsn} on are there twice: two lives of this store were mixed`;
      throw damaged(this.path(segment), offset, reason);
    }
    const { decidedUpTo } = contents;
    contents.loseBefore(header, Math.min(place.segment, segment), segment);
    const range = `the slots ${decidedUpTo + 1} to ${header.highestSlot}`;
    const cost = `records are missing up to ${header.firstLsn - 1}; what was accepted in ${range} may be among them`;
    this.tell(place, `${cost}, at most at ballot ${ballotText(header.promised)}`);
  }

  private takeMark(segment: number, offset: number, header: GroupHeader): void {
    this.isMarked = header.firstLsn > header.lastLsn && header.durable === header.lastLsn;
    this.mark = Math.max(this.mark, header.durable);
    const bytes = roundUp(header.length);
    this.unsure = this.unsure.filter((extent) => extent.lastLsn > this.mark);
    this.unsure.push({ segment, offset, bytes, lastLsn: header.lastLsn });
    this.end = { segment, offset: offset + bytes };
    this.contents.ledger.fill(segment, offset + bytes);
  }

  private missBeginning(first: GroupHeader): void {
    const { contents } = this;
    this.tell(
      { segment: contents.firstSegment, offset: 0, reason: 'the file is missing' },
      'slots that it held may be lost',
    );
    contents.loseBeginning(first);
  }

  private loseEnd(gap: Gap): string {
    this.tell(gap, 'it is the end of the log: what was promised and accepted last is not known');
    return must(this.damage.at(-1), 'what was told just now');
  }

  /** There is not one group, not even the one that the first segment is made with. */
  private refuse(): never {
    const { segment, offset, reason } = this.gap ?? { segment: 1, offset: 0, reason: 'the file is missing' };
    if (!this.isFresh) throw damaged(this.path(segment), offset, `${reason}, and nothing else in the log can be read`);
    const message = `${this.directory} holds a log that is not this store's: the identity file beside it was removed`;
    throw new CodedError('log-foreign', message, { file: this.path(segment) });
  }

  private tell(place: { segment: number; offset: number; reason: string }, cost: string): void {
    this.damage.push(`${this.path(place.segment)} is damaged at byte ${place.offset}: ${place.reason}; ${cost}`);
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
