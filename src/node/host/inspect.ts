/**
 * `synod inspect DIR`: what stands in a data directory, for a person or as JSON; `synod inspect FILE`: the same of a backup or a
 * snapshot. It may be used while a replica runs over the directory, and changes nothing. Exit code 0 when nothing is damaged, 1
 * when something is, 2 for a wrong argument.
 */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../../base/errors.js';
import { sizeText } from '../../base/size-text.js';
import { ballotText } from '../../paxos/ballot.js';
import { Disk } from '../../store/disk.js';
import { type Inspection, inspectDirectory, type LogInspection } from '../../store/inspection.js';
import { NO_SNAPSHOT } from '../../store/snapshot-format.js';
import { inspectSnapshots, type SnapshotsInspection } from '../../store/snapshot-inspection.js';
import { readSnapshot, type SnapshotInfo } from '../../store/snapshot-reader.js';
import { describeSnapshot, labelled } from './snapshot-text.js';
import { systemClock } from './system-clock.js';
import { readArguments, runTool } from './tool.js';

export function inspect(argv: readonly string[]): Promise<number> {
  return runTool(async () => {
    const given = await readArguments(argv, (parser) =>
      parser
        .scriptName('synod inspect')
        .usage(
          '$0 <DIR or FILE> [options]\n\nTells what stands in a data directory, a backup or a snapshot. Changes nothing.',
        )
        .option('json', { type: 'boolean', default: false, describe: 'One JSON object instead of lines' })
        .example('$0 data/8000', 'the first replica of `npm start`')
        .example('$0 monday.synod', 'a backup')
        .demandCommand(1, 1, 'tell which data directory or backup to look at', 'one at a time'),
    );
    if (given === null) return 0;
    const path = resolve(String(given._[0]));
    return (await isFile(path)) ? tellFile(path, given.json) : tellDirectory(path, given.json);
  });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw new CodedError('not-found', `cannot read ${path}: there is no such file or directory`, {}, error);
  }
}

/** Rejects as `readSnapshot` does where it is damaged. */
async function tellFile(path: string, asJson: boolean): Promise<number> {
  const info = await readSnapshot(new Disk(), path, systemClock, null).catch((error: unknown) => {
    throw isNoSnapshot(error)
      ? new CodedError('no-snapshot', `${path} is no backup and no snapshot; of a log, give the data directory`)
      : error;
  });
  say(asJson ? JSON.stringify({ file: path, snapshot: info, damage: [] }, null, 2) : fileLines(path, info).join('\n'));
  return 0;
}

function isNoSnapshot(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'snapshot-damaged' && error.data.reason === NO_SNAPSHOT;
}

function fileLines(path: string, info: SnapshotInfo): string[] {
  return [path, ...describeSnapshot(info), labelled('damage', 'none found')];
}

async function tellDirectory(directory: string, asJson: boolean): Promise<number> {
  const disk = new Disk();
  const isRunning = await disk.isLocked(directory);
  const found = await inspectDirectory(disk, directory);
  const snapshots = await inspectSnapshots(disk, systemClock, directory);
  // With the others' help a replica starts over the first and heals; over the second it does not.
  const damage = [...(found.log?.damage ?? []), ...snapshots.damage];
  const all = { directory, isRunning, found, snapshots, damage };
  say(asJson ? json(all) : lines(all).join('\n'));
  return damage.length + found.damage.length === 0 ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Found {
  readonly directory: string;
  /** Null: this user may not know. */
  readonly isRunning: boolean | null;
  readonly found: Inspection;
  readonly snapshots: SnapshotsInspection;
  readonly damage: readonly string[];
}

function json({ directory, isRunning, found, snapshots, damage }: Found): string {
  const { identity, restored, log } = found;
  const heard = identity === null ? {} : Object.fromEntries(identity.heard);
  const promised = log === null ? null : ballotText(log.state.promised);
  return JSON.stringify(
    {
      directory,
      running: isRunning,
      identity: identity === null ? null : { ...identity, heard },
      restored,
      log: log === null ? null : { ...log, state: { ...log.state, promised } },
      snapshots: snapshots.sound,
      others: snapshots.others,
      damage,
      refusal: found.damage,
    },
    null,
    2,
  );
}

type Tell = (label: string, text: string) => void;

function lines({ directory, isRunning, found, snapshots, damage }: Found): string[] {
  const told = [directory];
  const tell: Tell = (label, text) => void told.push(labelled(label, text));
  const { identity, restored, log } = found;
  if (restored !== null) {
    tell('restored', `from the backup ${restored}`);
    tell('identity', 'none yet: the first replica that starts over it gets it');
  } else if (identity === null && found.damage.length === 0)
    tell('identity', 'none: a replica would make a new one here');
  if (identity !== null) tellIdentity(identity, tell);
  if (isRunning === true) tell('in use', 'by a running replica: what it writes may be in motion while it is read');
  if (isRunning === null) tell('in use', 'perhaps: whether a replica runs here only its user, or root, can tell');
  if (log !== null) tellLog(log, tell);
  tellSnapshots(snapshots, tell);
  for (const what of damage) tell('DAMAGE', what);
  for (const what of found.damage) tell('REFUSAL', what);
  if (damage.length + found.damage.length === 0) tell('damage', 'none found');
  return told;
}

function tellIdentity(identity: NonNullable<Inspection['identity']>, tell: Tell): void {
  const { clusterName, names, cluster, name, store, incarnation, longestLeaseMs, heard, restoredFrom } = identity;
  tell('cluster', `'${clusterName}' of ${names.join(', ')}`);
  tell('cluster id', cluster);
  if (restoredFrom !== null) tell('restored', `from the backup ${restoredFrom}`);
  tell('replica', name);
  tell('store', store);
  tell('incarnation', `${incarnation}, begun ${new Date(incarnation).toISOString()} or later`);
  tell('lease', `${longestLeaseMs} ms at most were granted: so long a start waits before it promises`);
  for (const [peer, itsStore] of heard) tell('knows', `${peer} as store ${itsStore}`);
  if (!identity.settled) tell('log', 'none yet: its first start was cut short');
}

function tellSnapshots({ sound, others }: SnapshotsInspection, tell: Tell): void {
  for (const { slot, bytes, header } of sound) {
    const at = header.time === 0 ? '' : `, last write ${new Date(header.time).toISOString()}`;
    tell('snapshot', `slot ${slot}, ${header.keys} keys, ${sizeText(bytes)}${at}, sound`);
  }
  for (const name of others) tell('other file', `snapshots/${name}`);
}

function tellLog(log: LogInspection, tell: Tell): void {
  const { state, lastLsn, segments, end, isMarked, tornBytes, faulty, lost } = log;
  const { promised, firstSlot, decidedUpTo, highestSlot } = state;
  const bytes = segments.reduce((sum, { size }) => sum + size, 0);
  const spares = segments.filter(({ number }) => number > end.segment).length;
  tell('promised', promised.round === 0 ? 'nobody' : ballotText(promised));
  tell('decided', decidedUpTo < firstSlot ? 'nothing' : `slots ${firstSlot} to ${decidedUpTo}`);
  if (highestSlot > decidedUpTo) tell('accepted', `up to slot ${highestSlot}, not known to be decided`);
  tell('log', `${lastLsn} records in ${segments.length} files of ${sizeText(bytes)}, ${spares} of them spare`);
  tell(
    'ends',
    `in file ${end.segment} at byte ${end.offset}, ${isMarked ? 'all of it marked as durable' : 'the last records not yet marked as durable'}`,
  );
  for (const { from, to } of faulty) tell('faulty', from === to ? `slot ${from}` : `slots ${from} to ${to}`);
  if (lost) tell('lost', 'the end of the log: it would not vote until all others have told what may have been in it');
  if (tornBytes > 0) tell('unfinished', `${tornBytes} bytes of a write nobody was told of; the next start drops them`);
}
