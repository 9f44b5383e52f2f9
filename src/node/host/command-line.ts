/**
 * The words of the daemon's command line, told apart: options with their values, switches, and places. What they mean is up to
 * options.ts. It is split here and not by yargs because that takes a tenth of a second of every start to load.
 */

import { OPTION_NAMES } from './option-table.js';
import { UsageError } from './usage-error.js';

export interface CommandLine {
  /** By name, without the dashes. */
  readonly options: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
  /** Everything else, in its order. */
  readonly places: readonly string[];
}

const WITH_VALUE: ReadonlySet<string> = new Set([...OPTION_NAMES, 'config']);
const SWITCHES: ReadonlySet<string> = new Set(['help', 'version', 'print-config']);

/** `--name value` or `--name=value`; behind `--` there are only places. Throws UsageError. */
export function splitCommandLine(argv: readonly string[]): CommandLine {
  const options = new Map<string, string>();
  const switches = new Set<string>();
  const places: string[] = [];
  const words = argv.values();
  for (const word of words) {
    const [, dashes, name = '', given] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (word === '--') places.push(...words);
    else if (dashes === undefined) places.push(word);
    else if (dashes === '--' && SWITCHES.has(name) && given === undefined) switches.add(name);
    else if (dashes === '--' && WITH_VALUE.has(name)) {
      if (options.has(name)) throw new UsageError(`--${name} is given more than once`);
      options.set(name, given ?? valueFor(name, words.next().value));
    } else throw new UsageError(`unknown option ${word}; --help lists all`);
  }
  return { options, switches, places };
}

function valueFor(name: string, word: string | undefined): string {
  if (word === undefined || word.startsWith('--')) throw new UsageError(`--${name} needs a value`);
  return word;
}
