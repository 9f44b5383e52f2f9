/**
 * The file that `--config` names: a JSON object of options by their names, plus `listen` and `replicas`. It gives texts, to
 * be read by the same table as the command line's; what they mean is not looked at here.
 */

import { existsSync, readFileSync } from 'node:fs';
import { messageOf } from '../../base/errors.js';
import { OPTIONS } from './option-table.js';
import { UsageError } from './usage-error.js';

export interface ConfigFile {
  readonly texts: ReadonlyMap<string, string>;
  readonly listen: string | undefined;
  readonly replicas: readonly string[];
}

export const NO_CONFIG_FILE: ConfigFile = { texts: new Map(), listen: undefined, replicas: [] };

/** Throws UsageError. */
export function readConfigFile(path: string): ConfigFile {
  const what = `configuration file ${path}`;
  const { listen, replicas = [], ...options } = parse(path, what);
  if (!Array.isArray(replicas)) throw new UsageError(`${what}: "replicas" is not a list`);
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(options)) {
    if (!(name in OPTIONS)) throw new UsageError(`${what}: unknown option "${name}"`);
    texts.set(name, textOf(value, name, what));
  }
  return {
    texts,
    listen: listen === undefined ? undefined : textOf(listen, 'listen', what),
    replicas: replicas.map((entry: unknown) => textOf(entry, 'replicas', what)),
  };
}

/** What it sets. Throws UsageError. */
export function namesInConfigFile(path: string): readonly string[] {
  const { texts, listen, replicas } = readConfigFile(path);
  return [...texts.keys(), ...(listen === undefined ? [] : ['listen']), ...(replicas.length === 0 ? [] : ['replicas'])];
}

function textOf(value: unknown, name: string, what: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new UsageError(`${what}: "${name}" is neither text nor a number`);
}

function parse(path: string, what: string): Readonly<Record<string, unknown>> {
  const content = parseJson(path, what);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
  throw new UsageError(`${what}: is not a JSON object`);
}

function parseJson(path: string, what: string): unknown {
  const text = readText(path, what);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${what}: ${messageOf(error).split('\n').join(' ')}`);
  }
}

function readText(path: string, what: string): string {
  if (!existsSync(path)) throw new UsageError(`${what}: there is no such file`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${what}: cannot be read (${messageOf(error)})`);
  }
}
