/**
 * What a house rule is: a name that reads as a sentence, and a function from the tree to what is wrong with it.
 */
import type { Source } from './source.js';
import type { Tree } from './tree.js';

export interface Rule {
  /** Continues "the house: …". */
  readonly name: string;
  /** One line for each thing wrong, beginning with `path:line` or `path`. */
  check(tree: Tree): string[];
}

/** A rule that looks at one file at a time, among those whose path begins with one of `folders`. */
export function perFile(
  name: string,
  folders: readonly string[],
  check: (source: Source, tree: Tree) => string[],
): Rule {
  return {
    name,
    check: (tree) =>
      [...tree.values()]
        .filter((source) => folders.some((folder) => source.path.startsWith(folder)))
        .flatMap((source) => check(source, tree)),
  };
}
