/**
 * One replica as a process: command line in, exit code out. 0 after an orderly stop, 1 when it cannot run or must not go
 * on, 2 for a wrong argument; each of the last two with one plain line. What a replica is stands in compose.ts.
 */

import { CodedError, messageOf } from '../../base/errors.js';
import { Disk } from '../../store/disk.js';
import { type RunningReplica, startReplica } from '../compose.js';
import type { Logger } from '../logger.js';
import type { Connection, ConnectionEvents, Listener } from '../ports.js';
import type { Address, Settings } from '../settings.js';
import { within } from '../within.js';
import { addressText, isLoopback } from './addresses.js';
import { localHosts } from './local-hosts.js';
import { openLogger } from './log.js';
import { type Run, readOptions } from './options.js';
import { onStopSignals } from './signals.js';
import { systemChance } from './system-chance.js';
import { systemClock } from './system-clock.js';
import { SystemMeter } from './system-meter.js';
import { tcp } from './tcp.js';
import { UsageError } from './usage-error.js';

const STOP_MS = 4_500;

/** `program`: how the user started it, for the help. */
export async function serve(argv: readonly string[], program: string): Promise<number> {
  try {
    const { env, stdout } = process;
    const options = await readOptions(argv, { program, env, columns: stdout.columns ?? 80, localHosts });
    if (options.type === 'run') return await run(options);
    stdout.write(`${options.text}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CodedError)) throw error;
    process.stderr.write(`synod: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Why a replica ends. */
type End = { readonly type: 'signal'; readonly name: string } | { readonly type: 'failure' };

async function run({ settings, logLevel, logFormat }: Run): Promise<number> {
  const logger = openLogger({ level: logLevel, format: logFormat, replica: settings.self.name });
  stopOnFaults(logger);
  let end: (end: End) => void = () => undefined;
  const ended = new Promise<End>((resolve) => {
    end = resolve;
  });
  onStopSignals((name) => end({ type: 'signal', name }));
  const ports = {
    clock: systemClock,
    chance: systemChance,
    files: new Disk(),
    net: tcp,
    logger,
    meter: new SystemMeter(),
  };
  await checkFree([settings.listen, settings.client]);
  const starting = startReplica({ ...settings, pid: process.pid }, ports, () => end({ type: 'failure' }));
  const first = await Promise.race([starting, ended]);
  // Nothing is under way during recovery, and the log bears an end at any moment.
  if ('type' in first) return codeOf(first);
  announce(logger, settings);
  const why = await ended;
  return why.type === 'failure' ? codeOf(why) : stop(first, why.name, logger);
}

/** Before anything is made on the disk. They are not kept: nobody may be let in before what is on the disk is known. */
async function checkFree(addresses: readonly Address[]): Promise<void> {
  const held: Listener[] = [];
  try {
    for (const { host, port } of addresses) held.push(await tcp.listen(host, port, turnAway));
  } finally {
    for (const listener of held) await listener.close();
  }
}

function turnAway(connection: Connection): ConnectionEvents {
  connection.destroy();
  return { data: () => undefined, ended: () => undefined, drained: () => undefined, closed: () => undefined };
}

async function stop(replica: RunningReplica, signal: string, logger: Logger): Promise<number> {
  logger.info('stops', { signal });
  const closed = await within(systemClock, STOP_MS, replica.close());
  if (closed) logger.info('stopped');
  return 0;
}

function codeOf(end: End): number {
  return end.type === 'signal' ? 0 : 1;
}

function announce(logger: Logger, settings: Settings): void {
  const { self, members, listen, client, dataDirectory, priority, faultRate } = settings;
  logger.info('serves', {
    name: self.name,
    replicas: members.map(({ name }) => name).join(' '),
    peers: addressText(listen),
    clients: addressText(client),
    data: dataDirectory,
    priority,
    pid: process.pid,
  });
  if (!isLoopback(listen.host) || !isLoopback(client.host)) {
    logger.warn('anyone who can reach these ports can read and change everything: there is no authentication', {
      peers: addressText(listen),
      clients: addressText(client),
    });
  }
  if (faultRate > 0) logger.warn('answers of this acceptor are lost on purpose', { faultRate });
}

/** A fault of the program must not go on to do damage: the log on disk is sound, what is in memory may not be. */
function stopOnFaults(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.error('a fault of the program; this replica stops', {
      origin,
      reason: messageOf(error),
      stack: error.stack,
    });
    process.exit(1);
  });
}
