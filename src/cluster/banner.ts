/** What the launcher says once everything serves, and when a replica has died: where things are and what to type. */

import { resolve } from 'node:path';
import pc from 'picocolors';
import { dialHost } from '../node/host/addresses.js';
import type { ClusterOptions } from './options.js';
import type { ReplicaPlan } from './plan.js';

export interface Standing {
  readonly plan: ReplicaPlan;
  readonly pid: number;
  readonly leads: boolean;
}

const INDENT = '  ';

export interface Troubles {
  /** Why nobody leads, when nobody does. */
  readonly waiting: string;
  /** Names of those that the others have no connection to. */
  readonly apart: readonly string[];
}

export function banner(options: ClusterOptions, replicas: readonly Standing[], { waiting, apart }: Troubles): string {
  const dialled = dialHost(options.host);
  const host = dialled === '127.0.0.1' ? 'localhost' : dialled;
  const first = replicas[0]?.plan.clientPort ?? 0;
  const victim = replicas.find(({ leads }) => leads) ?? replicas[0];
  const addresses = replicas.map(({ plan }) => `${host}:${plan.clientPort}`).join(' ');
  const comesBack = options.restart ? 'it is started again after 1 s (--no-restart: it stays dead)' : 'it stays dead';
  const isLed = replicas.some(({ leads }) => leads);
  const nothingLost = replicas.length > 2 ? 'nothing is lost, ' : '';
  // Whoever asks for the leader elsewhere would be sent to itself.
  const isNamed = dialled === options.host || options.advertise !== undefined;
  const lines = [
    '',
    `${pc.bold('Synod')}: ${counted(replicas.length - apart.length)} ${isLed ? 'at your service' : 'running'}, data in ${resolve(options.data)}`,
    ...(isLed ? [] : [pc.yellow(`Nobody leads yet, so reads and writes wait. ${waiting}`)]),
    ...apart.map((name) => pc.yellow(`${name} runs and is not connected to the others: the lines above say why.`)),
    ...(isNamed
      ? []
      : [pc.yellow(`Clients on other machines are told ${options.host}: --advertise HOST tells them where this is.`)]),
    '',
    pc.dim(row('replica', 'clients', 'pid', '')),
    ...replicas.map(({ plan, pid, leads }) =>
      row(plan.name, `${host}:${plan.clientPort}`, String(pid), leads ? pc.green('leads') : ''),
    ),
    '',
    'In another terminal:',
    hint(
      `nc ${host} ${first}`,
      `then type  ${pc.bold('PUT apple green')}  and  ${pc.bold('GET apple')}  (or HELP, STATUS)`,
    ),
    hint(`npm run repl -- ${addresses}`, ''),
    hint(
      `kill -9 ${victim?.pid}`,
      `kills ${victim?.leads === true ? 'the leader' : 'a replica'}: ${nothingLost}${comesBack}`,
    ),
    '',
    'Ctrl-C stops everything.',
    '',
  ];
  return lines.map((line) => (line === '' ? '' : INDENT + line)).join('\n');
}

const counted = (n: number): string => (n === 1 ? '1 replica' : `${n} replicas`);

function row(replica: string, clients: string, pid: string, note: string): string {
  return `${replica.padEnd(18)}${clients.padEnd(18)}${pid.padEnd(9)}${note}`.trimEnd();
}

function hint(command: string, meaning: string): string {
  return `  ${pc.cyan(command.padEnd(20))}  ${meaning}`.trimEnd();
}
