/**
 * Logs for tests: opened over simulated files with small segments and everything they tell written down, and records made
 * from a few numbers.
 */

import type { CodedError } from '#src/base/errors.js';
import { lsn, replicaName, slot, storeId } from '#src/base/ids.js';
import type { Ballot } from '#src/paxos/ballot.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import type { AcceptorState, Decided, LogRecord } from '#src/paxos/effects.js';
import type { BatchValue } from '#src/paxos/value.js';
import type { Files } from '#src/store/files.js';
import { type LogOwner, type OpenedLog, openLog } from '#src/store/log.js';
import type { SegmentSizes } from '#src/store/segment-files.js';
import { SimClock } from './sim-clock.js';

export const STORE = storeId('0123456789abcdef0123456789abcdef');
export const DIRECTORY = '/data';
export const SMALL: SegmentSizes = { first: 16 * 1024, largest: 64 * 1024 };

export interface MadeLog extends OpenedLog {
  readonly clock: SimClock;
  /** What the log told, in order: `persisted 3`, `failed log-failed`, `space true`. */
  readonly told: string[];
}

export interface Owner extends LogOwner {
  settled: boolean;
}

export function owner(settled: boolean, store = STORE): Owner {
  const made: Owner = {
    store,
    fresh: !settled,
    settled,
    settle: () => {
      made.settled = true;
      return Promise.resolve();
    },
  };
  return made;
}

export async function open(
  files: Files,
  identity: LogOwner,
  sizes: SegmentSizes = SMALL,
  snapshot = 0,
): Promise<MadeLog> {
  const clock = new SimClock();
  const told: string[] = [];
  const events = {
    persisted: (n: number) => told.push(`persisted ${n}`),
    failed: (error: CodedError) => told.push(`failed ${error.code}`),
    space: (ok: boolean) => told.push(`space ${ok}`),
  };
  const opened = await openLog({
    files,
    clock,
    directory: DIRECTORY,
    identity,
    events,
    sizes,
    snapshotSlot: slot(snapshot),
  });
  return { ...opened, clock, told };
}

export function ballot(round: number, name = 'node-a'): Ballot {
  return { round, replica: replicaName(name) };
}

export function batch(text: string, stamp = 1): BatchValue {
  return { type: 'batch', stamp, bytes: new TextEncoder().encode(text) };
}

export function promised(n: number, at: Ballot): LogRecord {
  return { type: 'promised', lsn: lsn(n), ballot: at };
}

export function accepted(n: number, place: number, at: Ballot, text: string): LogRecord {
  return { type: 'accepted', lsn: lsn(n), slot: slot(place), ballot: at, value: batch(text) };
}

export function decided(n: number, place: number, text: string): LogRecord {
  return { type: 'decided', lsn: lsn(n), slot: slot(place), value: batch(text) };
}

export function state(decidedUpTo: number, highestSlot: number, promise: Ballot = NO_BALLOT): AcceptorState {
  return { promised: promise, decidedUpTo: slot(decidedUpTo), firstSlot: slot(1), highestSlot: slot(highestSlot) };
}

/** What replay hands over, each as `slot text`. */
export async function replayed(opened: OpenedLog): Promise<string[]> {
  const seen: string[] = [];
  await opened.replay(({ slot: at, value }: Decided) => {
    seen.push(`${at} ${value.type === 'batch' ? new TextDecoder().decode(value.bytes) : value.type}`);
  });
  return seen;
}
