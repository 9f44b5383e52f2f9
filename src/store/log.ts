/**
 * The acceptor's log as the rest of the house sees it: opened over a directory, appended to by one driver, read for peers that
 * lag, replayed once at start. This file says what a log is and puts one together; format, recovery and writing are beside it.
 */

import { must } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import { type Lsn, lsn, type Slot, type StoreId, slot } from '../base/ids.js';
import { NO_BALLOT } from '../paxos/ballot.js';
import type { AcceptorState, Decided, LogRecord, Recovered, Repair } from '../paxos/effects.js';
import type { Held } from '../paxos/message.js';
import type { ConfigurationValue } from '../paxos/value.js';
import type { Files } from './files.js';
import { type BuilderStart, GroupBuilder } from './group-builder.js';
import { damaged, GroupReader } from './group-reader.js';
import { LogContents } from './log-contents.js';
import { segmentName, segmentSeed } from './log-format.js';
import { type Judgement, judge } from './log-judgement.js';
import { type Findings, repairTail } from './log-repair.js';
import { type Scan, scanLog, segmentNumbers } from './log-scan.js';
import { type LogEvents, LogWriter, type WriterParts, type WriterStart } from './log-writer.js';
import { RecentValues } from './recent-values.js';
import {
  DEFAULT_SIZES,
  EMPTY_START,
  makeSegment,
  nextSize,
  removeUnfinished,
  type SegmentSizes,
} from './segment-files.js';
import type { Keep } from './segment-ledger.js';
import { SlotReader } from './slot-reader.js';
import { NOTHING_CARRIED } from './state-record.js';

/** What the log needs to know of the directory's identity. */
export interface LogOwner {
  readonly store: StoreId;
  /** True when no earlier life of the directory has settled: only then may it hold no log. */
  readonly fresh: boolean;
  /** Durably notes that the log has been made, so that a log that is gone later is noticed. */
  settle(): Promise<void>;
}

export interface LogOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The data directory; the log is in its `log`. */
  readonly directory: string;
  readonly identity: LogOwner;
  readonly events: LogEvents;
  /** The state of the slots up to this one comes from a snapshot; 0 when there is none. */
  readonly snapshotSlot: Slot;
  /** The founding that the snapshot tells of, '' when there is none or it tells of none. */
  readonly snapshotFounding?: string;
  readonly sizes?: SegmentSizes;
}

export interface ReplicaLog {
  /**
   * Appends records (LSNs continue the last one) with the acceptor's state after them. They are written as one group with
   * whatever else gathers until the write under way is done. Without records it only updates the state that the next group,
   * mark included, carries. Both arguments belong to the log from here on.
   */
  append(records: readonly LogRecord[], state: AcceptorState): void;
  /** Every record up to this LSN is durable. */
  readonly durable: Lsn;
  /** Bytes of records that no write has taken yet: they wait in memory for the disk. */
  readonly backlog: number;
  /** The decided prefix as a durable group tells it. */
  readonly decided: Slot;
  /** Bytes of log that the start found, and that were written since. */
  readonly bytes: number;
  /**
   * Bytes of log since the first record of a slot above `after`: what a restart has to read that begins with a snapshot of
   * `after`.
   */
  bytesSince(after: Slot): number;
  /**
   * Where the log may begin once a snapshot of slot `upTo` is kept: as late as `upTo + 1`, but early enough for the last slots
   * and bytes that `keep` names, whichever is less. Never before it begins now.
   */
  firstToKeep(upTo: Slot, keep: Keep): Slot;
  /** What segments that are begun from here on carry, in case all earlier ones are gone. */
  note(configuration: ConfigurationValue | null, founding: string): void;
  /** The end of this log is gone, as others remember: resolves when every later start knows that. Records may go on before it. */
  lose(): Promise<void>;
  /**
   * Makes a log whole whose end was lost, as it found itself or as others remember: durable when it resolves, at the head
   * of a new segment, before which nothing is judged any more. Nothing may be appended between the call and then. The next
   * record has `nextLsn`, above all that there were.
   */
  repair(repair: Repair): Promise<void>;
  /**
   * Values of slots `from … to`, as far as they are decided by what was appended, and kept, without gaps from `from` on, as
   * many as `maxBytes` allow but at least one if the log has it. What is decided in this very turn is not appended yet: of
   * such a slot the log may hold a value that was accepted before and came to nothing. Rejects with `log-damaged` when the
   * disk gives back other bytes than it got.
   */
  read(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]>;
  /** Finishes what was appended, marks it, and closes. */
  close(): Promise<void>;
}

export interface OpenedLog {
  readonly log: ReplicaLog;
  readonly recovered: Recovered;
  readonly findings: Findings;
  /** As the newest segment carries them; the slots that replay hands over may have newer ones. */
  readonly configuration: ConfigurationValue | null;
  readonly founding: string;
  /**
   * Hands over slots snapshotSlot + 1 … decidedUpTo in order; to be called once. A batch's bytes are valid during the call
   * only.
   */
  replay(visit: (decided: Decided) => void): Promise<void>;
}

/** What replay reads at once, and what a read for a peer does. */
const REPLAY_WINDOW = 4 * 1024 * 1024;
const READ_WINDOW = 256 * 1024;

/**
 * Opens, recovers or makes the log of a data directory. Rejects with a CodedError where it must not be used; with
 * `foreign-snapshot`, and nothing changed, where log and snapshot go back to different foundings.
 */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  const { files, clock, identity, events, sizes = DEFAULT_SIZES, snapshotSlot } = options;
  const { store } = identity;
  const directory = `${options.directory}/log`;
  await files.makeDirectory(directory);
  await removeUnfinished(files, directory);
  if ((await segmentNumbers(files, directory)).length === 0) await makeLog(files, directory, identity, sizes);
  // An earlier life may have been killed between a rename and its sync: what is seen now must also be there later.
  await files.syncDirectory(directory);
  const scan = await scanLog(files, directory, store, identity.fresh);
  refuseForeign(scan, options.snapshotFounding ?? '');
  const judgement = judge(scan, snapshotSlot);
  const findings = await repairTail(files, directory, store, scan);
  if (identity.fresh) await identity.settle();
  const { ballots, index, ledger, carried } = scan.contents;
  const recent = new RecentValues(ballots);
  const reader = new SlotReader(new GroupReader(files, directory, store, READ_WINDOW), index, recent);
  const parts: WriterParts = { files, clock, directory, store, events, sizes, ballots, index, ledger, recent, reader };
  const { state, faulty, lost } = judgement;
  const held = await reader.held(state.decidedUpTo, ballots);
  const writer = await LogWriter.open(parts, await beginning(files, directory, sizes, scan, judgement));
  await writer.begin();
  return {
    log: writer,
    recovered: { ...state, lastLsn: lsn(scan.contents.lastLsn), held, faulty, lost },
    configuration: carried.configuration,
    founding: carried.founding,
    findings,
    replay: (visit) => {
      const groups = new GroupReader(files, directory, store, REPLAY_WINDOW);
      return replay(groups, scan, recent, clock, snapshotSlot + 1, state.decidedUpTo, visit);
    },
  };
}

/** The log goes on from a state of its own founding only: behind another, what is left of it would be trimmed. */
function refuseForeign({ contents }: Scan, snapshot: string): void {
  const { founding } = contents.carried;
  if (snapshot === '' || founding === '' || snapshot === founding) return;
  throw new CodedError('foreign-snapshot', `the snapshot was founded apart: ${snapshot}, and the log ${founding}`);
}

/** The first segment, with its first group in it before it gets its name. */
async function makeLog(files: Files, directory: string, identity: LogOwner, sizes: SegmentSizes): Promise<void> {
  if (!identity.fresh) throw damaged(`${directory}/${segmentName(1)}`, 0, 'the file is missing');
  const { ballots, index, ledger } = new LogContents();
  const builder = new GroupBuilder({ ballots, index, ledger }, NOTHING_YET);
  const place = { segment: 1, seed: segmentSeed(identity.store, 1), size: sizes.first, offset: 0 };
  const bytes = builder.build(place, 0);
  const segment = { number: 1, size: sizes.first };
  await makeSegment(files, directory, segment, builder.bytes.subarray(0, bytes), ALWAYS);
}

const NOTHING_YET: BuilderStart = {
  state: { promised: NO_BALLOT, decidedUpTo: slot(0), firstSlot: slot(1), highestSlot: slot(0) },
  lastLsn: 0,
  carried: NOTHING_CARRIED,
  repairs: 0,
  isLost: false,
  firstSegment: 1,
};

const ALWAYS = (): Promise<boolean> => Promise.resolve(true);

/**
 * Where the writer goes on. What was found missing is written down at once, at the head of a new segment; behind a lost end
 * nothing is written, but in a new segment. There is no start without room for that.
 */
async function beginning(
  files: Files,
  directory: string,
  sizes: SegmentSizes,
  scan: Scan,
  { state, faulty, lost, isNews }: Judgement,
): Promise<WriterStart> {
  const { contents, segments, end, isMarked, lostEnd } = scan;
  const { lastLsn, carried, repairs, firstSegment } = contents;
  const startsSegment = isNews || lostEnd !== null;
  const spares = [...scan.spares];
  let newest = must(segments.at(-1), 'a segment');
  if (startsSegment && spares.length === 0) {
    newest = { number: newest.number + 1, size: nextSize(newest.size, sizes) };
    await makeSegment(files, directory, newest, EMPTY_START, ALWAYS);
    spares.push(newest);
  }
  const { promised, highestSlot } = state;
  const repair = isNews ? { promised, highestSlot, nextLsn: lsn(lastLsn + 1), faulty } : null;
  return {
    state,
    lastLsn,
    carried,
    repairs,
    isLost: lost,
    firstSegment,
    segment: must(
      segments.find(({ number }) => number === end.segment),
      'the segment in use',
    ),
    offset: end.offset,
    spares,
    newest,
    isMarked: isMarked && !startsSegment,
    startsSegment,
    repair,
  };
}

async function replay(
  groups: GroupReader,
  { contents }: Scan,
  recent: RecentValues,
  clock: Clock,
  from: number,
  to: number,
  visit: (decided: Decided) => void,
): Promise<void> {
  const reader = new SlotReader(groups, contents.index, recent);
  try {
    await reader.replay(from, to, clock, visit);
  } finally {
    await reader.close();
  }
}
