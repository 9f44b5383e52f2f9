// The map of the code must not rot: every file of src stands in it, each once, and what the text says is where is there.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { filesOnMap, functionsGone } from './code-map.js';
import { readTree, treeOf } from './tree.js';

const page = readFileSync(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8');

/** A page with this table under this heading. */
const mapped = (heading: string, ...cells: readonly string[]) =>
  ['## Text', '| `no.ts` | |', '## Code map', `### ${heading}`, '| File | |', '| --- | --- |']
    .concat(cells.map((cell) => `| ${cell} | what \`for.ts\` |`))
    .concat('## Decisions', '| `none.ts` | |')
    .join('\n');

describe('the map of the code', () => {
  const tree = readTree();
  const files = [...tree.keys()].filter((path) => path.startsWith('src/'));

  const cells: readonly [page: string, files: readonly string[]][] = [
    [mapped('src', '`daemon.ts`'), ['src/daemon.ts']],
    [mapped('src/kv', '`a.ts`, `b.ts`', '`c.ts`'), ['src/kv/a.ts', 'src/kv/b.ts', 'src/kv/c.ts']],
    [
      mapped('src/kv', '`commands/a.ts`, `b.ts`', '`c.ts`'),
      ['src/kv/commands/a.ts', 'src/kv/commands/b.ts', 'src/kv/c.ts'],
    ],
    [mapped('src/cluster, src/repl', '`cluster/a.ts`', '`repl/b.ts`'), ['src/cluster/a.ts', 'src/repl/b.ts']],
    ['## Code map\n### src\n| `last.ts` | |\n', ['src/last.ts']],
    ['## Text\n### src\n| `a.ts` | |\n', []],
  ];
  for (const [text, found] of cells) {
    it(`is read: ${found.join(', ') || 'no map'}`, () => {
      expect(filesOnMap(text)).to.deep.equal(found);
    });
  }

  it('has every file of src, once, and no other', () => {
    expect(files).to.have.lengthOf.above(200);
    const told = filesOnMap(page);
    const wrong = {
      missing: files.filter((file) => !told.includes(file)),
      gone: told.filter((file) => !files.includes(file)),
      twice: told.filter((file, at) => told.indexOf(file) !== at),
    };
    expect(wrong).to.deep.equal({ missing: [], gone: [], twice: [] });
  });

  it('is in a page that names no function that is gone', () => {
    const source = 'class Log {\n  #next = 1;\n  append(): void {}\n}\nlog.gone();\n// write';
    const small = treeOf({ 'src/store/log.ts': source, 'test/log.ts': 'class Other {\n  told() {}\n}' });
    const told =
      '`Log.append`, `Log.#next`, `Log.append(records, now)`, `Log.write`, `Log.gone`, `Other.told`, `log.ts`';
    expect(functionsGone(told, small)).to.deep.equal(['Log.write', 'Log.gone', 'Other.told']);
    expect(functionsGone(page, tree)).to.deep.equal([]);
  });
});
