/**
 * A planted bug as data: one line of the built program and what to put in its place. Nothing in the product knows of it; the
 * text is substituted while a process of its own loads the program (hook.ts). The lists of them are beside this file, by area.
 */

import type { Wishes } from '../plan.js';

export interface Mutant {
  /** Lower case, hyphens. */
  readonly name: string;
  /** What a replica does with it, in a few words: the rule that is broken. */
  readonly breaks: string;
  /** The built file, below `dist`. */
  readonly file: string;
  /** Stands exactly once in the file, on one line. */
  readonly find: string;
  readonly replace: string;
  /** Which runs should expose it. */
  readonly wishes: Wishes;
}

/** The source with the bug in it. Throws when the patch does not apply, so that a list that has grown old is noticed. */
export function plant({ name, file, find, replace }: Omit<Mutant, 'wishes' | 'breaks'>, source: string): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`the mutant ${name} does not apply: \`${find}\` stands ${places} times in ${file}`);
  return source.split(find).join(replace);
}
