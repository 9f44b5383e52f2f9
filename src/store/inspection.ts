/**
 * Looks at a data directory and changes nothing: whose it is, what it has promised, which slots its log holds, and what is wrong
 * with it. It reads what a start would read; what a start would repair, it only tells. For an operator who has to decide
 * whether a directory can still be used; a running replica never comes here.
 */

import { CodedError } from '../base/errors.js';
import { type Lsn, lsn } from '../base/ids.js';
import type { AcceptorState } from '../paxos/effects.js';
import type { Run } from '../paxos/message.js';
import type { Files } from './files.js';
import { ownerless, readIdentity } from './identity.js';
import type { IdentityRecord } from './identity-file.js';
import type { Segment } from './log-format.js';
import { judge } from './log-judgement.js';
import { type Scan, scanLog, segmentNumbers } from './log-scan.js';

export interface LogInspection {
  readonly state: AcceptorState;
  readonly lastLsn: Lsn;
  /** Ascending; those behind `end.segment` are spares. */
  readonly segments: readonly Segment[];
  /** Behind the last record. */
  readonly end: Scan['end'];
  /** A mark behind the last record says that all of them were durable. */
  readonly isMarked: boolean;
  /** What a write that was never finished, and never acknowledged, left behind the end; the next start drops it. */
  readonly tornBytes: number;
  /** What cannot be read, a sentence each. A replica starts over it and heals from the others. */
  readonly damage: readonly string[];
  /** Slots that lost what was accepted in them, if a snapshot has everything before the log. */
  readonly faulty: readonly Run[];
  /** The end of the log is gone: the replica does not vote until every other one has told it what may have been in it. */
  readonly lost: boolean;
}

export interface Inspection {
  /** Null where there is none, and where it cannot be read. */
  readonly identity: IdentityRecord | null;
  /** Of a directory that was restored from a backup and that no replica has started over: the backup's digest. */
  readonly restored: string | null;
  readonly log: LogInspection | null;
  /** Why a replica would refuse to start over it, a sentence each; empty when it would not. */
  readonly damage: readonly string[];
}

/** Rejects with a CodedError where the directory itself cannot be read, or is none of a replica's. */
export async function inspectDirectory(files: Files, directory: string): Promise<Inspection> {
  const names = await files.list(directory);
  const damage: string[] = [];
  const found = await orDamage(damage, readIdentity(files, `${directory}/identity`));
  const identity = found?.type === 'owned' ? found.record : null;
  const restored = found?.type === 'restored' ? found.from : null;
  if (identity === null) {
    if (damage.length === 0 && names.includes('log')) {
      damage.push(ownerless(directory).message);
    } else if (damage.length === 0 && restored === null) refuseStrange(directory, names);
    return { identity, restored, log: null, damage };
  }
  if (!identity.settled) {
    // Before that a start finds nothing, or a log that nobody relied on; but another store's may have been put there.
    if (names.includes('log')) await orDamage(damage, scanUnsettled(files, `${directory}/log`, identity));
    return { identity, restored, log: null, damage };
  }
  if (!names.includes('log')) {
    damage.push(`${directory}/log is missing: what was promised and accepted here is not known any more`);
    return { identity, restored, log: null, damage };
  }
  const log = await orDamage(damage, inspectLog(files, `${directory}/log`, identity));
  return { identity, restored, log, damage };
}

/** Nothing is wrong with what is not there; but somebody looks at the wrong place. */
function refuseStrange(directory: string, names: readonly string[]): void {
  const strange = names.filter((name) => !/^(lock\..*|identity\.new|snapshots)$/.test(name));
  if (strange.length === 0) return;
  const shown = strange.slice(0, 3).join(', ') + (strange.length > 3 ? ', …' : '');
  const message = `${directory} is no replica's data directory: there is no identity file in it, but ${shown}`;
  throw new CodedError('no-data-directory', message, { directory });
}

/** Rejects where a start would. */
async function scanUnsettled(files: Files, directory: string, { store }: IdentityRecord): Promise<null> {
  if ((await segmentNumbers(files, directory)).length > 0) await scanLog(files, directory, store, true);
  return null;
}

async function inspectLog(files: Files, directory: string, { store }: IdentityRecord): Promise<LogInspection> {
  const scan = await scanLog(files, directory, store, false);
  const { contents, segments, end, isMarked, torn, damage } = scan;
  const { state, faulty, lost } = judge(scan, contents.firstSlot - 1);
  const tornBytes = torn.reduce((sum, { bytes }) => sum + bytes, 0);
  return { state, lastLsn: lsn(contents.lastLsn), segments, end, isMarked, tornBytes, damage, faulty, lost };
}

/** Null, with the reason among the damage, where it rejects with a CodedError. */
async function orDamage<T>(damage: string[], found: Promise<T | null>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    damage.push(error.message);
    return null;
  }
}
