/** What a transcript's script plays on: one replica among puppets (solo.ts) or a cluster of replicas (ensemble.ts). */

import type { Line } from './lines.js';

export interface Stage {
  /** Kinds of lines not shown unless a script asks for them. */
  readonly hidden: readonly string[];
  /** Does one line of the script; what it caused. */
  act(words: readonly string[], line: string): readonly Line[];
  /** Throws unless what the words say is so. */
  check(words: readonly string[]): void;
}

/** Options behind a stage's first words: `replica a of a b c, promised 2.b, reads quorum`. */
export function optionsOf(line: string): { readonly head: string; readonly options: ReadonlyMap<string, string> } {
  const [head = '', ...clauses] = line.split(', ');
  const options = clauses.map((clause) => {
    const [word = '', ...rest] = clause.split(' ');
    return [word, rest.join(' ')] as const;
  });
  return { head, options: new Map(options) };
}

/** Takes an option by its name; `known` lists all there are, so that a misspelt one is an error. */
export function refuseUnknown(options: ReadonlyMap<string, string>, known: readonly string[]): void {
  for (const name of options.keys()) if (!known.includes(name)) throw new Error(`no option ${name}`);
}

export function same(what: string, is: unknown, wanted: unknown): void {
  if (String(is) !== String(wanted)) throw new Error(`${what} is ${String(is)}, not ${String(wanted)}`);
}
