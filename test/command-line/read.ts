/**
 * The command lines of the programs that test and measure: bench, chaos, simulate, mutants. Such a run takes minutes or
 * hours, so nothing is taken silently for something else: whatever is unknown, doubled, out of range or without effect is
 * refused in one line.
 */
import { messageOf } from '#src/base/errors.js';
import { nearestTo } from '#src/base/nearest.js';
import { UsageError } from '#src/node/host/usage-error.js';
import { helpText } from './help.js';
import type { Option, Options } from './option.js';
import type { Program } from './program.js';

export type Values<O extends Options> = { readonly [N in keyof O]: O[N] extends Option<infer T> ? T : never };

export interface CommandLine<O extends Options> {
  readonly values: Values<O>;
  readonly passedOn: readonly string[];
}

/** Null where only help was asked for, which is printed. Throws UsageError. */
export async function readCommandLine<O extends Options>(
  argv: readonly string[],
  program: Program<O>,
): Promise<CommandLine<O> | null> {
  const { own, passedOn } = split(argv, program.passesOn === true);
  if (own.includes('--help')) {
    process.stdout.write(`${await helpText(program)}\n`);
    return null;
  }
  const given = collect(own, program.options);
  const values = Object.entries(program.options).map(([name, option]) => [name, readValue(name, option, given)]);
  refuseWithoutEffect(given, program);
  return { values: Object.fromEntries(values) as Values<O>, passedOn };
}

/** 2 for a mistake at the keyboard, 1 for whatever else ends a program. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

function split(argv: readonly string[], passesOn: boolean): { own: readonly string[]; passedOn: readonly string[] } {
  const end = passesOn ? argv.indexOf('--') : -1;
  return end === -1 ? { own: argv, passedOn: [] } : { own: argv.slice(0, end), passedOn: argv.slice(end + 1) };
}

type Given = ReadonlyMap<string, readonly string[]>;

/** What was typed after each option that was given. */
function collect(words: readonly string[], options: Options): Given {
  const given = new Map<string, readonly string[]>();
  for (let at = 0; at < words.length; ) {
    const word = words[at++] ?? '';
    const [, dashes, name = '', joined] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === undefined || word === '--') throw new UsageError(`'${word}' is one argument too many`);
    const option = dashes === '--' && Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) throw new UsageError(unknownOption(word, name, options));
    const before = given.get(name);
    if (before !== undefined && option.takes !== 'values') throw new UsageError(`--${name} is given more than once`);
    const following = joined === undefined ? valuesFrom(words, at, option) : [];
    at += following.length;
    const typed = joined === undefined ? following : [joined];
    if (typed.length > 0 && option.takes === 'nothing') throw new UsageError(`--${name} takes no value`);
    const needsOne = option.takes === 'a value' || option.takes === 'values';
    if (typed.length === 0 && needsOne) throw new UsageError(`--${name} needs a value`);
    given.set(name, [...(before ?? []), ...typed]);
  }
  return given;
}

/** The words from `at` on that belong to an option. One dash may be that of a number, which its form refuses. */
function valuesFrom(words: readonly string[], at: number, { takes }: Option<unknown>): readonly string[] {
  if (takes === 'nothing') return [];
  const end = words.findIndex((word, i) => i >= at && word.startsWith('--'));
  const following = words.slice(at, end === -1 ? words.length : end);
  return takes === 'values' ? following : following.slice(0, 1);
}

function unknownOption(word: string, name: string, options: Options): string {
  const meant = nearestTo(name, [...Object.keys(options), 'help']);
  const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
  return `unknown option ${word.split('=')[0]}${hint}; --help lists all`;
}

function readValue(name: string, option: Option<unknown>, given: Given): unknown {
  try {
    return option.of(given.get(name));
  } catch (error) {
    throw new UsageError(`--${name}: ${messageOf(error)}`);
  }
}

function refuseWithoutEffect(given: Given, { goesWith = {}, replaces = {} }: Program<Options>): void {
  for (const [name, other] of Object.entries(goesWith))
    if (given.has(name) && !given.has(other)) throw new UsageError(`--${name} goes with --${other}`);
  for (const [name, others] of Object.entries(replaces)) {
    const other = given.has(name) ? others.find((candidate) => given.has(candidate)) : undefined;
    if (other !== undefined) throw new UsageError(`--${other} has no effect beside --${name}`);
  }
}
