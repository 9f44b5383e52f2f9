/**
 * The acceptor's log as the rest of the house sees it: opened over a directory, appended to by one driver, read for peers that
 * lag, replayed once at start. This file says what a log is and puts one together; format, recovery and writing are beside it.
 */

import type { Clock } from '../base/clock.js';
import type { Lsn, Slot, StoreId } from '../base/ids.js';
import { slot } from '../base/ids.js';
import { NO_BALLOT } from '../paxos/ballot.js';
import type { AcceptorState, Decided, LogRecord, Recovered } from '../paxos/effects.js';
import type { Held } from '../paxos/message.js';
import { BallotTable } from './ballot-table.js';
import type { Files } from './files.js';
import { GroupBuilder } from './group-builder.js';
import { damaged, GroupReader } from './group-reader.js';
import { segmentName, segmentSeed } from './log-format.js';
import { repairTail } from './log-repair.js';
import { type Scan, scanLog, segmentNumbers } from './log-scan.js';
import { type LogEvents, LogWriter, type WriterParts } from './log-writer.js';
import { RecentValues } from './recent-values.js';
import { DEFAULT_SIZES, makeSegment, removeUnfinished, type SegmentSizes } from './segment-files.js';
import { SlotIndex } from './slot-index.js';
import { SlotReader } from './slot-reader.js';

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
  /**
   * Values of slots `from … to`, which the caller knows to be decided, without gaps from `from` on, as many as `maxBytes`
   * allow but at least one if the log has it. Rejects with `log-damaged` when the disk gives back other bytes than it got.
   */
  read(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]>;
  /** Finishes what was appended, marks it, and closes. */
  close(): Promise<void>;
}

export interface OpenedLog {
  readonly log: ReplicaLog;
  readonly recovered: Recovered;
  /** What recovery did, one line each, for the operator; empty after a clean stop. */
  readonly notes: readonly string[];
  /** Hands over slots firstSlot … decidedUpTo in order; to be called once. A batch's bytes are valid during the call only. */
  replay(visit: (decided: Decided) => void): Promise<void>;
}

/** What replay reads at once, and what a read for a peer does. */
const REPLAY_WINDOW = 4 * 1024 * 1024;
const READ_WINDOW = 256 * 1024;

/** Opens, recovers or makes the log of a data directory. Rejects with a CodedError where it must not be used. */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  const { files, clock, identity, events, sizes = DEFAULT_SIZES } = options;
  const { store } = identity;
  const directory = `${options.directory}/log`;
  await files.makeDirectory(directory);
  await removeUnfinished(files, directory);
  if ((await segmentNumbers(files, directory)).length === 0) await makeLog(files, directory, identity, sizes);
  // An earlier life may have been killed between a rename and its sync: what is seen now must also be there later.
  await files.syncDirectory(directory);
  const scan = await scanLog(files, directory, store, identity.fresh);
  const notes = await repairTail(files, directory, store, scan);
  if (identity.fresh) await identity.settle();
  const { ballots, index, state } = scan;
  const recent = new RecentValues(ballots);
  const reader = new SlotReader(new GroupReader(files, directory, store, READ_WINDOW), index, recent);
  const parts: WriterParts = { files, clock, directory, store, events, sizes, ballots, index, recent, reader };
  const held = await reader.held(state.decidedUpTo, ballots);
  const log = await LogWriter.open(parts, scan);
  await log.begin();
  return {
    log,
    recovered: { ...state, lastLsn: scan.lastLsn, held, faulty: [], lost: false },
    notes,
    replay: (visit) => replay(new GroupReader(files, directory, store, REPLAY_WINDOW), scan, recent, clock, visit),
  };
}

/** The first segment, with its first group in it before it gets its name. */
async function makeLog(files: Files, directory: string, identity: LogOwner, sizes: SegmentSizes): Promise<void> {
  if (!identity.fresh) throw damaged(`${directory}/${segmentName(1)}`, 0, 'the file is missing');
  const ballots = new BallotTable();
  const builder = new GroupBuilder(ballots, new SlotIndex(ballots), NOTHING_YET, 0);
  const place = { segment: 1, seed: segmentSeed(identity.store, 1), size: sizes.first, offset: 0 };
  const bytes = builder.build(place, 0);
  const segment = { number: 1, size: sizes.first };
  await makeSegment(files, directory, segment, builder.bytes.subarray(0, bytes), () => Promise.resolve(true));
}

const NOTHING_YET: AcceptorState = {
  promised: NO_BALLOT,
  decidedUpTo: slot(0),
  firstSlot: slot(1),
  highestSlot: slot(0),
};

async function replay(
  groups: GroupReader,
  scan: Scan,
  recent: RecentValues,
  clock: Clock,
  visit: (decided: Decided) => void,
): Promise<void> {
  const reader = new SlotReader(groups, scan.index, recent);
  try {
    await reader.replay(scan.state.firstSlot, scan.state.decidedUpTo, clock, visit);
  } finally {
    await reader.close();
  }
}
