/**
 * The rules about who imports whom: floors, the way out to Node and to packages, and cycles. What the rooms are and what
 * they may do is in rooms.ts; here is only how it is checked.
 */
import { fileSystemUsers, hostPackages, machineExceptions, roomOf } from './rooms.js';
import { perFile, type Rule } from './rule.js';
import { resolveIn, type Tree } from './tree.js';

const source = ['src/'];

export const importRules: readonly Rule[] = [
  perFile('every file under src belongs to a room', source, ({ path }) =>
    roomOf(path) ? [] : [`${path}: belongs to no room of test/house/rooms.ts`],
  ),

  perFile('imports lead to a file that is there', ['src/', 'test/'], ({ path, imports }, tree) =>
    imports
      .filter(({ specifier }) => /^(\.|#)/.test(specifier))
      .filter(({ specifier }) => resolveIn(tree, path, specifier) === undefined)
      .map(({ specifier, line }) => `${path}:${line}: there is no ${specifier}`),
  ),

  perFile('nothing under src imports tests, scripts or built files', source, ({ path, imports }, tree) =>
    imports
      .filter(({ specifier }) => /^[.#]/.test(specifier))
      .filter(
        ({ specifier }) => !/^\./.test(specifier) || resolveIn(tree, path, specifier)?.startsWith('src/') === false,
      )
      .map(({ specifier, line }) => `${path}:${line}: imports ${specifier}`),
  ),

  perFile('imports go down the floors', source, ({ path, imports }, tree) => {
    const room = roomOf(path);
    return imports.flatMap(({ specifier, line }) => {
      const target = resolveIn(tree, path, specifier);
      const other = target === undefined ? undefined : roomOf(target);
      if (!room || !target || !other || other === room) return [];
      if (room.imports.includes(other.name) || room.alsoImports?.includes(target)) return [];
      return [`${path}:${line}: ${room.name} must not import ${other.name} (${specifier})`];
    });
  }),

  perFile('only the rooms at the edge import Node', source, ({ path, imports }) =>
    imports
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .filter(({ specifier }) => !roomOf(path)?.touchesMachine && !isException(path, specifier))
      .map(({ specifier, line }) => `${path}:${line}: must not import ${specifier}`),
  ),

  perFile('below the host, only store/disk.ts imports node:fs', source, ({ path, imports }) =>
    imports
      .filter(({ specifier }) => /^node:fs(\/|$)/.test(specifier) && !fileSystemUsers.test(path))
      .map(({ specifier, line }) => `${path}:${line}: must not import ${specifier}`),
  ),

  perFile('packages stay out of the rooms that do without', source, ({ path, imports }) => {
    const allowed = roomOf(path)?.packages;
    if (allowed === undefined) return [];
    return imports
      .filter(({ specifier }) => /^[a-z@]/.test(specifier) && !specifier.startsWith('node:'))
      .filter(({ specifier }) => allowed === 'none' || hostPackages.includes(packageOf(specifier)))
      .map(({ specifier, line }) => `${path}:${line}: must not import the package ${specifier}`);
  }),

  { name: 'no file imports itself, however far round', check: cycles },
];

function isException(path: string, specifier: string): boolean {
  return machineExceptions.some(({ files, modules }) => files.test(path) && modules.test(specifier));
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Depth first; a file met again while still on the path closes a cycle, which is told once, where it was found. */
function cycles(tree: Tree): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const before = trail.indexOf(path);
    if (before !== -1) found.push([...trail.slice(before), path].join(' → '));
    if (before !== -1 || done.has(path)) return;
    for (const { specifier } of tree.get(path)?.imports ?? []) {
      const target = resolveIn(tree, path, specifier);
      if (target !== undefined) walk(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of tree.keys()) walk(path, []);
  return found;
}
