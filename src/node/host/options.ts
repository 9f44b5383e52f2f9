/**
 * From argv, environment and configuration file to settings. The command line wins over the environment (`SYNOD_LEASE_MS`),
 * that over the file named by `--config`, that over the defaults. What values mean is in option-table.ts, what follows from them
 * in make-settings.ts. Any mistake is a UsageError of one line.
 */

import type { Settings } from '../settings.js';
import { addressText, type Entry } from './addresses.js';
import { type CommandLine, splitCommandLine } from './command-line.js';
import { type ConfigFile, NO_CONFIG_FILE, readConfigFile } from './config-file.js';
import { makeSettings, type Places } from './make-settings.js';
import { OPTION_NAMES, OPTIONS, type OptionName, type OptionValues, variableOf } from './option-table.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

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

/** Reads everything that a replica is told at its start. Rejects with UsageError. */
export async function readOptions(argv: readonly string[], surroundings: Surroundings): Promise<Run | Print> {
  const { env, program, columns } = surroundings;
  const given = splitCommandLine(argv);
  if (given.switches.has('help')) return { type: 'print', text: await helpText(program, columns) };
  if (given.switches.has('version')) return { type: 'print', text: VERSION };
  const path = given.options.get('config') ?? env.SYNOD_CONFIG;
  const file = path === undefined ? NO_CONFIG_FILE : readConfigFile(path);
  const values = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, readOption(name, given, env, file)]),
  ) as OptionValues;
  const settings = await makeSettings(placesOf(given, file), values, surroundings.localHosts);
  if (given.switches.has('print-config')) return { type: 'print', text: configText(settings, values) };
  return { type: 'run', settings, logLevel: values['log-level'], logFormat: values['log-format'] };
}

async function helpText(program: string, columns: number): Promise<string> {
  return (await import('./help-text.js')).helpText(program, columns);
}

function readOption(name: OptionName, given: CommandLine, env: Surroundings['env'], file: ConfigFile): unknown {
  const option = OPTIONS[name];
  const flag = given.options.get(name);
  if (flag !== undefined) return option.read(flag, `--${name}`);
  const variable = variableOf(name);
  const set = env[variable];
  if (set !== undefined) return option.read(set, variable);
  const kept = file.texts.get(name);
  if (kept !== undefined) return option.read(kept, `configuration file, "${name}"`);
  return 'fallback' in option ? option.read(option.fallback, `--${name}`) : undefined;
}

/** From the command line as a whole, else from the file. */
function placesOf({ places }: CommandLine, file: ConfigFile): Places {
  const [listen, ...replicas] = places;
  if (listen !== undefined) return { listen, replicas };
  if (file.listen !== undefined) return { listen: file.listen, replicas: file.replicas };
  throw new UsageError('tell where to listen, such as 127.0.0.1:8000; --help shows examples');
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
