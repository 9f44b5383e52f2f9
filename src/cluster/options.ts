/**
 * The command line of `synod cluster`. Its own options are few; those of the daemon go to every daemon as they stand, which knows
 * best what their values mean. Options that make one replica what it is are refused here, since the cluster sets them, and so is
 * what nobody knows: before a single process is started.
 */

import yargs from 'yargs/yargs';
import { messageOf } from '../base/errors.js';
import { nearestTo } from '../base/nearest.js';
import { OPTION_NAMES, OPTIONS, variableOf } from '../node/host/option-table.js';
import { plainly } from '../node/host/usage-error.js';

export const MOST_REPLICAS = 9;
const WIDEST = 110;
/** Of a name or an address, as far as a slip of the hand shows; whether it leads anywhere is for clients to find. */
const HOST = /^[a-z0-9_.:-]+$/;
/** From a replica's own port to the port for its clients. */
export const CLIENT_OFFSET = 1000;
const SET_HERE: readonly string[] = ['name', 'client', 'advertise-client', 'priority', 'log-format'];
const SWITCHES: readonly string[] = ['fresh', 'restart'];
const OWN: readonly string[] = ['host', 'advertise', 'port', 'data', 'fault-rate', ...SWITCHES, 'help'];

export interface ClusterOptions {
  readonly replicas: number;
  readonly host: string;
  /** Of what clients are told, where it is not the host. */
  readonly advertise: string | undefined;
  /** Of the first replica; the others follow, and their clients' ports are 1000 higher. */
  readonly port: number;
  readonly data: string;
  readonly fresh: boolean;
  /** Whether a replica that died is started again. */
  readonly restart: boolean;
  /** For every daemon, as given. */
  readonly passedOn: readonly string[];
}

export type Asked =
  | { readonly type: 'run'; readonly options: ClusterOptions }
  | { readonly type: 'print'; readonly text: string }
  | { readonly type: 'refuse'; readonly complaint: string };

/** Never throws for what a person typed: that is a `refuse`. */
export async function readClusterOptions(argv: readonly string[], columns: number): Promise<Asked> {
  let text = '';
  try {
    const { own, passedOn } = split(argv);
    const parsed = await parser(columns).parseAsync([...own], {}, (_error, _argv, output) => {
      text = output;
    });
    if (text !== '') return { type: 'print', text: `${text}\n` };
    return { type: 'run', options: optionsOf(parsed, passedOn) };
  } catch (error) {
    return { type: 'refuse', complaint: messageOf(error) };
  }
}

/**
 * A mistake in the environment or a configuration file: what would make all replicas the same one, or what the cluster overrules.
 * Undefined when there is none.
 */
export function mistakeAround(
  env: Readonly<Record<string, string | undefined>>,
  inFile: readonly string[],
): string | undefined {
  const forOne = [...SET_HERE, 'data'];
  const why = 'is for one daemon: the cluster sets it for each replica';
  const variable = forOne.map(variableOf).find((name) => env[name] !== undefined);
  if (variable !== undefined) return `${variable} ${why}`;
  const kept = inFile.find((name) => [...forOne, 'listen', 'replicas'].includes(name));
  return kept === undefined ? undefined : `configuration file: "${kept}" ${why}`;
}

/** What is read here, and what goes to the daemons. Throws a plain sentence for what is neither. */
function split(argv: readonly string[]): { readonly own: readonly string[]; readonly passedOn: readonly string[] } {
  const own: string[] = [];
  const passedOn: string[] = [];
  const words = argv.values();
  for (const word of words) {
    const [, dashes, name = '', given] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === undefined || (dashes === '--' && isOwn(name, given))) own.push(word);
    else if (SET_HERE.includes(name)) throw new Error(`--${name} is set by the cluster for each replica`);
    else if (dashes !== '--' || !isOfDaemons(name)) throw new Error(unknownOption(word, name));
    else passedOn.push(`--${name}`, checked(name, given ?? valueFor(word, words.next().value)));
  }
  return { own, passedOn };
}

function isOwn(name: string, given: string | undefined): boolean {
  if (name === 'help' || SWITCHES.includes(name.replace(/^no-/, ''))) return given === undefined;
  return OWN.includes(name);
}

function isOfDaemons(name: string): name is keyof typeof OPTIONS | 'config' {
  return name === 'config' || name in OPTIONS;
}

function valueFor(option: string, word: string | undefined): string {
  if (word === undefined || word.startsWith('--')) throw new Error(`${option} needs a value`);
  return word;
}

/** Before anything is deleted or started. Throws the daemon's own sentence. */
function checked(name: keyof typeof OPTIONS | 'config', text: string): string {
  if (name !== 'config') OPTIONS[name].read(text, `--${name}`);
  return text;
}

function unknownOption(word: string, name: string): string {
  if (word.startsWith('--') && OWN.includes(name))
    return `--${name} takes no value${name === 'restart' ? '; --no-restart turns it off' : ''}`;
  const meant = nearestTo(name, [...OWN, ...OPTION_NAMES, 'config']);
  return `unknown option ${word.split('=')[0]}${meant === undefined ? '' : `; did you mean --${meant}?`}`;
}

function parser(columns: number) {
  return yargs()
    .scriptName('synod')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      'duplicate-arguments-array': false,
    })
    .usage('$0 cluster [N] [options]\n\nRuns N replicas (1 to 9, default 3) on this machine, in the foreground.')
    .option('host', { type: 'string', default: '127.0.0.1', requiresArg: true, describe: 'Where to listen' })
    .option('advertise', {
      type: 'string',
      requiresArg: true,
      describe: 'Host that WHO tells clients (default: --host)',
    })
    .option('port', { type: 'string', default: '8000', requiresArg: true, describe: 'Of the first replica' })
    .option('data', { type: 'string', default: 'data', requiresArg: true, describe: 'Directory of what is kept' })
    .option('fresh', { type: 'boolean', default: false, describe: 'Delete what these replicas kept, first' })
    .option('restart', { type: 'boolean', default: true, describe: 'Start again what died (--no-restart: do not)' })
    .option('fault-rate', { type: 'string', requiresArg: true, describe: 'Chance that an acceptor does not answer' })
    .example('npm start', 'replicas on 8000, 8001, 8002; clients on 9000, 9001, 9002')
    .example('npm start -- 5 --fresh', 'five, on empty disks')
    .example('npm start -- --lease-ms 500', 'any option of the daemon goes to all of them')
    .epilogue(`Options of the daemon: node dist/daemon.js --help`)
    .strict(false)
    .wrap(Math.min(columns, WIDEST))
    .exitProcess(false)
    .showHelpOnFail(false)
    .version(false)
    .help()
    .fail((message, error) => {
      throw new Error(plainly(message ?? messageOf(error)));
    });
}

function optionsOf(parsed: Readonly<Record<string, unknown>>, passedOn: readonly string[]): ClusterOptions {
  const [first, second] = (Array.isArray(parsed._) ? parsed._ : []).map(String);
  if (second !== undefined) throw new Error(`'${second}' is one argument too many`);
  const empty = ['data', 'host', 'advertise'].find((name) => parsed[name] === '');
  if (empty !== undefined) throw new Error(`--${empty} must not be empty`);
  const advertise = typeof parsed.advertise === 'string' ? parsed.advertise.toLowerCase() : undefined;
  if (advertise !== undefined && /^[^:]*:\d+$/.test(advertise))
    throw new Error(`--advertise: '${advertise}' is more than a host`);
  if (advertise !== undefined && !HOST.test(advertise)) throw new Error(`--advertise: '${advertise}' is not a host`);
  const faultRate = typeof parsed['fault-rate'] === 'string' ? ['--fault-rate', parsed['fault-rate']] : [];
  for (const text of faultRate.slice(1)) checked('fault-rate', text);
  const replicas = first === undefined ? 3 : whole('the number of replicas', first, 1, MOST_REPLICAS);
  return {
    replicas,
    host: String(parsed.host).toLowerCase(),
    advertise,
    port: whole('--port', String(parsed.port), 1, 65_535 - CLIENT_OFFSET - replicas + 1),
    data: String(parsed.data),
    fresh: parsed.fresh === true,
    restart: parsed.restart === true,
    passedOn: [...faultRate, ...passedOn],
  };
}

function whole(what: string, text: string, least: number, most: number): number {
  const n = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (n >= least && n <= most) return n;
  throw new Error(`${what}: '${text}' is not a whole number from ${least} to ${most}`);
}
