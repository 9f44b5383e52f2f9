/**
 * Every option of the daemon: its name, what it is for, its default in words, and how its text is read. The command line,
 * the environment and the configuration file all go through this one table, so that they cannot differ in what they accept.
 */

import { DEFAULT_TIMING } from '../../paxos/timing.js';
import type { Reads } from '../settings.js';
import { parseAddress, parseEntryName, parseName } from './addresses.js';
import { UsageError } from './usage-error.js';

export interface Option<T> {
  readonly placeholder: string;
  readonly describe: string;
  /** Shown by --help where the default follows from something else. */
  readonly otherwise?: string;
  /** Read like a text that was given; absent where the default follows from something else. */
  readonly fallback?: string;
  readonly group: string;
  /** `what` begins the complaint. Throws UsageError. */
  readonly read: (text: string, what: string) => T;
}

const REPLICA = 'Replica:';
const CLUSTER = 'Cluster (the same on every replica):';
const LIMITS = 'Limits:';
const STORAGE = 'Storage:';
const RUNNING = 'Running:';

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const LOG_FORMATS = ['auto', 'text', 'json'] as const;
const READS: readonly Reads[] = ['lease', 'quorum'];

export const OPTIONS = {
  client: given(REPLICA, 'host:port', 'Where clients are served', 'the listen host, its port + 1000', parseAddress),
  'advertise-client': given(REPLICA, 'host:port', 'What WHO tells clients', 'from --client', parseAddress),
  data: given(REPLICA, 'DIR', 'Directory of what must survive', 'data/<port>', readText),
  name: given(REPLICA, 'NAME', 'Which replica of the list this is', 'found by its address', parseEntryName),
  priority: given(
    REPLICA,
    'N',
    'The highest that is up leads; 0 never leads; equal: the smaller name',
    'by place in the list',
    whole(0, 1_000_000),
  ),
  cluster: set(CLUSTER, 'NAME', 'Keeps clusters apart that could reach each other', 'synod', parseName),
  'heartbeat-ms': set(
    CLUSTER,
    'MS',
    'How often replicas show they live',
    `${DEFAULT_TIMING.heartbeatMs}`,
    whole(5, 10_000),
  ),
  'lease-ms': set(CLUSTER, 'MS', 'How long a leader is relied upon', `${DEFAULT_TIMING.leaseMs}`, whole(50, 60_000)),
  reads: set(CLUSTER, 'lease|quorum', 'Answer reads by lease, or ask a majority each time', 'lease', oneOf(READS)),
  'request-timeout-ms': set(LIMITS, 'MS', 'How long a request may wait for a leader', '5000', whole(50, 600_000)),
  'key-bytes': set(LIMITS, 'SIZE', 'Longest key', '1024', size(1024 ** 2)),
  'value-bytes': set(LIMITS, 'SIZE', 'Longest value', '1MiB', size(16 * 1024 ** 2)),
  'request-bytes': given(LIMITS, 'SIZE', 'Longest request', 'room for both, at least 4MiB', size(32 * 1024 ** 2)),
  connections: set(LIMITS, 'N', 'Client connections', '20000', whole(1, 1_000_000)),
  'output-bytes': set(LIMITS, 'SIZE', 'What a client may leave unread', '64MiB', size(1024 ** 3)),
  'data-bytes': set(LIMITS, 'SIZE', 'All keys and values together', '1GiB', size(1024 ** 4)),
  'snapshot-log-bytes': set(STORAGE, 'SIZE', 'Log after which a snapshot is written', '64MiB', size(1024 ** 4)),
  'keep-slots': set(STORAGE, 'N', 'Log kept behind it, in slots', '100000', whole(0, 1_000_000_000)),
  'keep-log-bytes': set(STORAGE, 'SIZE', 'Log kept behind it, if that is less', '256MiB', size(1024 ** 4)),
  'log-level': set(RUNNING, LOG_LEVELS.join('|'), 'What is logged', 'info', oneOf(LOG_LEVELS)),
  'log-format': set(RUNNING, LOG_FORMATS.join('|'), 'auto: text on a terminal, else JSON', 'auto', oneOf(LOG_FORMATS)),
  'fault-rate': set(RUNNING, 'P', 'Chance that an acceptor does not answer, for demonstrations', '0', chance),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type OptionName = keyof typeof OPTIONS;

/** What reading gave; options without a value and without a fallback are undefined. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends { readonly fallback: string }
    ? ReturnType<(typeof OPTIONS)[Name]['read']>
    : ReturnType<(typeof OPTIONS)[Name]['read']> | undefined;
};

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Of the environment, in which the option can be set as well. */
export function variableOf(name: string): string {
  return `SYNOD_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** An option whose default follows from other things. */
function given<T>(
  group: string,
  placeholder: string,
  describe: string,
  otherwise: string,
  read: (text: string, what: string) => T,
): Option<T> {
  return { group, placeholder, describe, otherwise, read };
}

/** An option with a default of its own. */
function set<T>(
  group: string,
  placeholder: string,
  describe: string,
  fallback: string,
  read: (text: string, what: string) => T,
): Option<T> & { readonly fallback: string } {
  return { group, placeholder, describe, fallback, read };
}

function readText(text: string, what: string): string {
  if (text === '') throw new UsageError(`${what}: must not be empty`);
  return text;
}

function whole(least: number, most: number): (text: string, what: string) => number {
  return (text, what) => {
    const n = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (n >= least && n <= most) return n;
    throw new UsageError(`${what}: '${text}' is not a whole number from ${least} to ${most}`);
  };
}

function size(most: number): (text: string, what: string) => number {
  return (text, what) => {
    const [, digits, unit = ''] = /^(\d{1,15})(KiB|MiB|GiB)?$/.exec(text) ?? [];
    const bytes = digits === undefined ? Number.NaN : Number(digits) * (UNITS[unit] ?? 1);
    if (bytes >= 1 && bytes <= most) return bytes;
    throw new UsageError(`${what}: '${text}' is not a size from 1 to ${sizeText(most)}, such as 4096, 64KiB or 1MiB`);
  };
}

function sizeText(bytes: number): string {
  const unit = bytes % 1024 ** 3 === 0 ? 'GiB' : 'MiB';
  return `${bytes / (UNITS[unit] ?? 1)}${unit}`;
}

function oneOf<T extends string>(choices: readonly T[]): (text: string, what: string) => T {
  return (text, what) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new UsageError(`${what}: '${text}' is none of ${choices.join(', ')}`);
  };
}

function chance(text: string, what: string): number {
  const p = /^(\d+|\d*\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (p >= 0 && p <= 1) return p;
  throw new UsageError(`${what}: '${text}' is not a chance from 0 to 1`);
}
