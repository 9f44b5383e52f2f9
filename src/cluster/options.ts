/**
 * The command line of `synod cluster`. Its own options are few; whatever else is given goes to every daemon as it stands, which
 * knows its options best and refuses what it does not know. Options that make one replica what it is are refused here,
 * since the cluster sets them.
 */

import yargs from 'yargs/yargs';
import { messageOf } from '../base/errors.js';

export const MOST_REPLICAS = 9;
const WIDEST = 110;
/** From a replica's own port to the port for its clients. */
export const CLIENT_OFFSET = 1000;
const SET_HERE = ['--name', '--client', '--advertise-client', '--priority', '--log-format', '--print-config'];

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
    const parsed = await parser(columns).parseAsync([...argv], {}, (_error, _argv, output) => {
      text = output;
    });
    if (text !== '') return { type: 'print', text: `${text}\n` };
    return { type: 'run', options: optionsOf(parsed) };
  } catch (error) {
    return { type: 'refuse', complaint: messageOf(error) };
  }
}

function parser(columns: number) {
  return yargs()
    .scriptName('synod')
    .parserConfiguration({
      'unknown-options-as-args': true,
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
      throw new Error(
        (message ?? messageOf(error)).replace(/^Not enough arguments following: (.*)$/, '--$1 needs a value'),
      );
    });
}

function optionsOf(parsed: Readonly<Record<string, unknown>>): ClusterOptions {
  const rest = (Array.isArray(parsed._) ? parsed._ : []).map(String);
  const first = rest[0];
  const counted = first !== undefined && !first.startsWith('-');
  const passedOn = counted ? rest.slice(1) : rest;
  const mine = passedOn.find((argument) => SET_HERE.includes(argument.split('=')[0] ?? ''));
  if (mine !== undefined) throw new Error(`${mine} is set by the cluster for each replica`);
  if (passedOn[0]?.startsWith('-') === false) throw new Error(`'${passedOn[0]}' is one argument too many`);
  const faultRate = typeof parsed['fault-rate'] === 'string' ? ['--fault-rate', parsed['fault-rate']] : [];
  const replicas = counted ? whole('the number of replicas', first, 1, MOST_REPLICAS) : 3;
  return {
    replicas,
    host: String(parsed.host).toLowerCase(),
    advertise: typeof parsed.advertise === 'string' ? parsed.advertise.toLowerCase() : undefined,
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
