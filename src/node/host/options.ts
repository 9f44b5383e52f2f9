/**
 * From argv, environment and configuration file to settings. The command line wins over the environment (`SYNOD_LEASE_MS`),
 * that over the file named by `--config`, that over the defaults. yargs splits the command line and writes the help; what
 * values mean is in option-table.ts, what follows from them in make-settings.ts. Any mistake is a UsageError of one line.
 */

import yargs from 'yargs/yargs';
import { messageOf } from '../../base/errors.js';
import type { Settings } from '../settings.js';
import { addressText, type Entry } from './addresses.js';
import { type ConfigFile, NO_CONFIG_FILE, readConfigFile } from './config-file.js';
import { makeSettings, type Places } from './make-settings.js';
import { OPTION_NAMES, OPTIONS, type OptionName, type OptionValues } from './option-table.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

const WIDEST = 110;

/** What the surroundings bring in, so that reading options can be tested as a function. */
export interface Surroundings {
  /** How to start this program, for the help. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal. */
  readonly columns: number;
  /** Of these hosts, those that lead to this machine. */
  localHosts(hosts: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface Run {
  readonly type: 'run';
  readonly settings: Settings;
  readonly logLevel: OptionValues['log-level'];
  readonly logFormat: OptionValues['log-format'];
}

/** Something to print instead of running: help, version or the configuration. */
export interface Print {
  readonly type: 'print';
  readonly text: string;
}

type Argv = Readonly<Record<string, unknown>>;

/** Reads everything that a replica is told at its start. Rejects with UsageError. */
export async function readOptions(argv: readonly string[], surroundings: Surroundings): Promise<Run | Print> {
  let output = '';
  const parsed: Argv = await parser(surroundings).parseAsync([...argv], {}, (_error, _argv, text) => {
    output = text;
  });
  if (output !== '') return { type: 'print', text: output };
  const { env } = surroundings;
  const path = once('config', parsed) ?? env.SYNOD_CONFIG;
  const file = path === undefined ? NO_CONFIG_FILE : readConfigFile(path);
  const values = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, readOption(name, parsed, env, file)]),
  ) as OptionValues;
  const settings = await makeSettings(placesOf(parsed, file), values, surroundings.localHosts);
  if (parsed['print-config'] === true) return { type: 'print', text: configText(settings, values) };
  return { type: 'run', settings, logLevel: values['log-level'], logFormat: values['log-format'] };
}

function parser({ program, columns }: Surroundings) {
  let built = yargs()
    .scriptName(program)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .usage('$0 [listen] [replicas..]', 'Runs one replica of a cluster.', (command) =>
      command
        .positional('listen', { describe: 'host:port at which the other replicas reach this one' })
        .positional('replicas', { array: true, describe: '[name=]host:port of every replica' }),
    );
  for (const name of OPTION_NAMES) {
    const { describe, group, otherwise, placeholder, fallback } = { otherwise: '', fallback: '', ...OPTIONS[name] };
    built = built.option(name, {
      requiresArg: true,
      group,
      describe: `${describe} (${placeholder})`,
      defaultDescription: otherwise || fallback,
    });
  }
  return built
    .option('config', {
      requiresArg: true,
      describe: 'JSON file of options, such as {"lease-ms": 300}',
    })
    .option('print-config', { type: 'boolean', describe: 'Print the options in effect as such a file, and stop' })
    .example('$0 127.0.0.1:8000', 'a cluster of one; clients on port 9000')
    .example('$0 0.0.0.0:8001 0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002', 'the second of three on one machine')
    .example('$0 0.0.0.0:8000 --name b a=10.0.0.1:8000 b=10.0.0.2:8000 c=10.0.0.3:8000', 'the second of three machines')
    .epilogue('Every option is also an environment variable: --lease-ms is SYNOD_LEASE_MS.')
    .strict()
    .wrap(Math.min(columns, WIDEST))
    .exitProcess(false)
    .showHelpOnFail(false)
    .version(VERSION)
    .help()
    .fail((message, error) => {
      throw new UsageError(plain(message ?? messageOf(error)));
    });
}

/** yargs' complaints in this program's words. */
function plain(message: string): string {
  const [, missing] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (missing !== undefined) return `--${missing} needs a value`;
  const [, unknown] = /^Unknown arguments?: (.*)$/.exec(message) ?? [];
  if (unknown === undefined) return message.split('\n').join(' ');
  const names = unknown.split(', ').map((name) => `${name.length === 1 ? '-' : '--'}${name}`);
  return `unknown option ${names.join(', ')}; --help lists all`;
}

function readOption(name: OptionName, argv: Argv, env: Surroundings['env'], file: ConfigFile): unknown {
  const option = OPTIONS[name];
  const flag = once(name, argv);
  if (flag !== undefined) return option.read(flag, `--${name}`);
  const variable = `SYNOD_${name.toUpperCase().replaceAll('-', '_')}`;
  const set = env[variable];
  if (set !== undefined) return option.read(set, variable);
  const kept = file.texts.get(name);
  if (kept !== undefined) return option.read(kept, `configuration file, "${name}"`);
  return 'fallback' in option ? option.read(option.fallback, `--${name}`) : undefined;
}

function once(name: string, argv: Argv): string | undefined {
  const flag = argv[name];
  if (Array.isArray(flag)) throw new UsageError(`--${name} is given more than once`);
  return typeof flag === 'string' ? flag : undefined;
}

/** From the command line as a whole, else from the file. */
function placesOf(argv: Argv, file: ConfigFile): Places {
  const listen = once('listen', argv);
  if (listen !== undefined) return { listen, replicas: [...texts(argv.replicas), ...texts(argv._)] };
  if (file.listen !== undefined) return { listen: file.listen, replicas: file.replicas };
  throw new UsageError('tell where to listen, such as 127.0.0.1:8000; --help shows examples');
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** JSON that `--config` reads back to the same effect. */
function configText(settings: Settings, values: OptionValues): string {
  const text = ({ name, ...address }: Entry) =>
    name === addressText(address) ? addressText(address) : `${name}=${addressText(address)}`;
  const effective: Readonly<Record<string, unknown>> = {
    listen: addressText(settings.listen),
    replicas: settings.members.map(text),
    ...values,
    client: addressText(settings.client),
    'advertise-client': settings.advertiseClient,
    data: settings.dataDirectory,
    'request-bytes': settings.limits.requestBytes,
    name: settings.self.name,
    priority: settings.priority,
  };
  return JSON.stringify(effective, null, 2);
}
