// The lock must name exactly what npm installs: `npm start` and the other scripts compare the two to see whether an install
// is due, so that a leftover entry would make every one of them install again, under the feet of what runs.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, Entry>>;

/** Where npm finds `name` for the package at `path`: in its own node_modules, or in those of a package around it. */
function found(packages: Packages, path: string, name: string): string | undefined {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = `${from}${from === '' ? '' : '/'}node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (from === '') return undefined;
  }
}

/** The packages that nothing needs, directly or by way of others. */
function leftovers(packages: Packages): string[] {
  const needed = new Set(['']);
  for (const path of needed) {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
    for (const name of Object.keys(all)) {
      const target = found(packages, path, name);
      if (target !== undefined) needed.add(target);
    }
  }
  return Object.keys(packages).filter((path) => !needed.has(path));
}

describe('the lock of the packages', () => {
  it('is told apart from leftovers, however deep they are', () => {
    const packages: Packages = {
      '': { dependencies: { a: '1' }, devDependencies: { '@x/b': '1' } },
      'node_modules/a': { peerDependencies: { c: '1' }, optionalDependencies: { absent: '1' } },
      'node_modules/@x/b': { dependencies: { c: '2', a: '1' } },
      'node_modules/@x/b/node_modules/c': { dependencies: { a: '1' } },
      'node_modules/c': {},
      'node_modules/d': { dependencies: { e: '1' } },
      'node_modules/e': {},
      'node_modules/a/node_modules/a': {},
    };
    expect(leftovers(packages)).to.deep.equal(['node_modules/d', 'node_modules/e', 'node_modules/a/node_modules/a']);
  });

  it('has nothing that npm would not install', () => {
    const lock: { packages: Packages } = JSON.parse(
      readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
    );
    expect(Object.keys(lock.packages).length).to.be.greaterThan(20);
    expect(leftovers(lock.packages), 'run `npm prune --package-lock-only`').to.deep.equal([]);
  });
});
