/**
 * `synod inspect DIR`: what stands in a data directory, for a person or as JSON. It may be used while a replica runs over the
 * directory, and changes nothing. Exit code 0 when a replica would start over it, 1 when it would refuse, 2 for a wrong argument.
 */

import { resolve } from 'node:path';
import yargs from 'yargs/yargs';
import { CodedError } from '../../base/errors.js';
import { ballotText } from '../../paxos/ballot.js';
import { Disk } from '../../store/disk.js';
import { type Inspection, inspectDirectory, type LogInspection } from '../../store/inspection.js';

const LABEL = 14;
const MIB = 1024 * 1024;

export async function inspect(argv: readonly string[]): Promise<number> {
  let complaint = '';
  const given = await yargs([...argv])
    .scriptName('synod inspect')
    .usage('$0 <DIR> [options]\n\nTells what stands in the data directory of a replica. Changes nothing.')
    .option('json', { type: 'boolean', default: false, describe: 'One JSON object instead of lines' })
    .example('$0 data/8000', 'the first replica of `npm start`')
    .demandCommand(1, 1, 'tell which data directory to look at', 'one data directory at a time')
    .strictOptions()
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message) => {
      complaint = message;
    })
    .parseAsync();
  if (complaint !== '') return complain(`${complaint}; --help tells more`, 2);
  if (given._.length === 0) return 0;
  try {
    return await tell(resolve(String(given._[0])), given.json);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return complain(error.message, 1);
  }
}

async function tell(directory: string, asJson: boolean): Promise<number> {
  const disk = new Disk();
  const isRunning = await disk.isLocked(directory);
  const inspection = await inspectDirectory(disk, directory);
  const text = asJson ? json(directory, isRunning, inspection) : lines(directory, isRunning, inspection).join('\n');
  process.stdout.write(`${text}\n`);
  return inspection.damage.length === 0 ? 0 : 1;
}

function complain(message: string, code: number): number {
  process.stderr.write(`synod: ${message}\n`);
  return code;
}

function json(directory: string, isRunning: boolean, { identity, log, damage }: Inspection): string {
  const heard = identity === null ? {} : Object.fromEntries(identity.heard);
  const promised = log === null ? null : ballotText(log.state.promised);
  return JSON.stringify(
    {
      directory,
      running: isRunning,
      identity: identity === null ? null : { ...identity, heard },
      log: log === null ? null : { ...log, state: { ...log.state, promised } },
      damage,
    },
    null,
    2,
  );
}

function lines(directory: string, isRunning: boolean, { identity, log, damage }: Inspection): string[] {
  const told = [directory];
  const tell = (label: string, text: string): void => void told.push(`  ${label.padEnd(LABEL)}${text}`);
  if (identity === null && damage.length === 0) tell('identity', 'none: a replica would make a new one here');
  if (identity !== null) {
    const { clusterName, names, cluster, name, store, incarnation, longestLeaseMs, heard } = identity;
    tell('cluster', `'${clusterName}' of ${names.join(', ')}`);
    tell('cluster id', cluster);
    tell('replica', name);
    tell('store', store);
    tell('incarnation', `${incarnation}, begun ${new Date(incarnation).toISOString()} or later`);
    tell('lease', `${longestLeaseMs} ms at most were granted: so long a start waits before it promises`);
    for (const [peer, itsStore] of heard) tell('knows', `${peer} as store ${itsStore}`);
    if (!identity.settled) tell('log', 'none yet: its first start was cut short');
  }
  if (isRunning) tell('in use', 'by a running replica: the end of its log may be in motion while it is read');
  if (log !== null) tellLog(log, tell);
  for (const what of damage) tell('DAMAGE', what);
  if (damage.length === 0) tell('damage', 'none found');
  return told;
}

function tellLog({ state, lastLsn, segments, end, isMarked, tornBytes }: LogInspection, tell: Tell): void {
  const { promised, firstSlot, decidedUpTo, highestSlot } = state;
  const bytes = segments.reduce((sum, { size }) => sum + size, 0);
  const spares = segments.filter(({ number }) => number > end.segment).length;
  tell('promised', promised.round === 0 ? 'nobody' : ballotText(promised));
  tell('decided', decidedUpTo < firstSlot ? 'nothing' : `slots ${firstSlot} to ${decidedUpTo}`);
  if (highestSlot > decidedUpTo) tell('accepted', `up to slot ${highestSlot}, not known to be decided`);
  tell(
    'log',
    `${lastLsn} records in ${segments.length} files of ${(bytes / MIB).toFixed(0)} MiB, ${spares} of them spare`,
  );
  tell(
    'ends',
    `in file ${end.segment} at byte ${end.offset}, ${isMarked ? 'all of it marked as durable' : 'the last records not yet marked as durable'}`,
  );
  if (tornBytes > 0) tell('unfinished', `${tornBytes} bytes of a write nobody was told of; the next start drops them`);
}

type Tell = (label: string, text: string) => void;
