/**
 * The files that the house rules look at, as a map from path to text: the real ones from the checkout, or a handful made
 * up in a test. Rules only ever see the parsed form and never touch the disk.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import { parseSource, type Source } from './source.js';

/** Parsed files by their path from the root of the checkout, with forward slashes. */
export type Tree = ReadonlyMap<string, Source>;

const root = new URL('../../../', import.meta.url);
const places = [
  ['src/', '.ts'],
  ['test/', '.ts'],
  ['scripts/', '.mjs'],
] as const;

export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files).map(([path, text]) => [path, parseSource(path, text)]));
}

export function readTree(): Tree {
  const files: Record<string, string> = {};
  for (const [folder, ending] of places) {
    for (const found of readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })) {
      if (!found.endsWith(ending)) continue;
      const path = posix.join(folder, found.split(sep).join('/'));
      files[path] = readFileSync(new URL(path, root), 'utf8');
    }
  }
  return treeOf(files);
}

/** The file of the tree that a relative or `#src/` specifier means; undefined for packages and for what is not there. */
export function resolveIn(tree: Tree, from: string, specifier: string): string | undefined {
  const target = specifier.startsWith('#src/')
    ? specifier.replace('#src/', 'src/')
    : specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier)
      : undefined;
  const path = target?.replace(/\.js$/, '.ts');
  return path !== undefined && tree.has(path) ? path : undefined;
}
