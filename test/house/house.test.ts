// The house rules: each is held against the real tree, and first against a small made-up tree that breaks it, since a rule
// that cannot fail says nothing. The trees come as [rule, files that break it, what must be reported, files that keep it].
import { expect } from 'chai';
import { importRules } from './import-rules.js';
import { rooms } from './rooms.js';
import type { Rule } from './rule.js';
import { textRules } from './text-rules.js';
import { readTree, treeOf } from './tree.js';

type Files = Readonly<Record<string, string>>;

const rules: readonly Rule[] = [...importRules, ...textRules];
const lines = (count: number) => 'x();\n'.repeat(count);
const words = (length: number) =>
  'word '
    .repeat(length)
    .slice(0, length - 1)
    .concat('s');

const planted: readonly [rule: string, broken: Files, reported: readonly RegExp[], kept: Files][] = [
  [
    'every file under src belongs to a room',
    { 'src/cellar/a.ts': '' },
    [/^src\/cellar\/a\.ts: belongs to no room/],
    { 'src/base/a.ts': '', 'src/daemon.ts': '' },
  ],
  [
    'imports lead to a file that is there',
    { 'src/base/a.ts': "\nimport { b } from './b.js';" },
    [/^src\/base\/a\.ts:2: there is no \.\/b\.js/],
    { 'src/base/a.ts': "import { b } from './b.js';", 'src/base/b.ts': '' },
  ],
  [
    'nothing under src imports tests, scripts or built files',
    {
      'src/kv/a.ts': "import '../../test/t.js';\nimport { b } from '#src/kv/b.js';",
      'src/kv/b.ts': '',
      'test/t.ts': '',
    },
    [/^src\/kv\/a\.ts:1: .*test\/t\.js/, /^src\/kv\/a\.ts:2: .*#src/],
    { 'src/kv/a.ts': "import { b } from './b.js';", 'src/kv/b.ts': '' },
  ],
  [
    'imports go down the floors',
    {
      'src/paxos/a.ts': "import type { C } from '../kv/c.js';",
      'src/kv/c.ts': '',
      'src/repl/r.ts': "import { s } from '../store/s.js';",
      'src/node/n.ts': "const s = await import('./host/s.js');",
      'src/node/host/s.ts': '',
      'src/cluster/l.ts': "import { s } from '../node/host/s.js';",
      'src/store/s.ts': "export { main } from '../daemon.js';",
      'src/daemon.ts': '',
    },
    [/paxos must not import kv/, /repl must not/, /node must not import host/, /cluster must not/, /store must not/],
    {
      'src/kv/c.ts': "import { a } from '../paxos/a.js';\nimport { d } from './d.js';",
      'src/kv/d.ts': '',
      'src/paxos/a.ts': '',
      'src/cluster/l.ts': "import { o } from '../node/host/option-table.js';",
      'src/node/host/option-table.ts': '',
      'src/daemon.ts': "import '../src/kv/c.js'",
    },
  ],
  [
    'only the rooms at the edge import Node',
    {
      'src/kv/a.ts': "import { createHash } from 'node:crypto';",
      'src/store/log.ts': "import type { Socket } from 'node:net';",
      'src/wire/crc.ts': "import { crc32 } from 'node:zlib';",
    },
    [/kv\/a\.ts:1: .*node:crypto/, /store\/log\.ts:1: .*node:net/, /wire\/crc\.ts:1: .*node:zlib/],
    {
      'src/store/log.ts': "import { crc32 } from 'node:zlib';",
      'src/store/disk.ts': "import { open } from 'node:fs/promises';",
      'src/node/host/net.ts': "import { connect } from 'node:net';",
    },
  ],
  [
    'below the host, only store/disk.ts imports node:fs',
    { 'src/store/log.ts': "import { openSync } from 'node:fs';", 'src/kv/a.ts': "import 'node:fs/promises';" },
    [/store\/log\.ts:1/, /kv\/a\.ts:1/],
    { 'src/store/disk.ts': "import { openSync } from 'node:fs';", 'src/repl/h.ts': "import 'node:fs';" },
  ],
  [
    'packages stay out of the rooms that do without',
    {
      'src/base/a.ts': "import pc from 'picocolors';",
      'src/paxos/a.ts': "import x from '@scope/x';",
      'src/node/log.ts': "import { pino } from 'pino';",
      'src/wire/a.ts': "import yargs from 'yargs/yargs';",
    },
    [/base\/a\.ts:1/, /paxos\/a\.ts:1/, /node\/log\.ts:1/, /wire\/a\.ts:1/],
    {
      'src/wire/codec.ts': "import { Packr } from 'msgpackr';",
      'src/node/host/log.ts': "import { pino } from 'pino';",
    },
  ],
  [
    'no file imports itself, however far round',
    {
      'src/kv/a.ts': "import './b.js';",
      'src/kv/b.ts': "import type { C } from './c.js';",
      'src/kv/c.ts': "import './a.js';",
    },
    [/^src\/kv\/a\.ts → src\/kv\/b\.ts → src\/kv\/c\.ts → src\/kv\/a\.ts$/],
    { 'src/kv/a.ts': "import './b.js';\nimport './c.js';", 'src/kv/b.ts': "import './c.js';", 'src/kv/c.ts': '' },
  ],
  [
    'clocks, chance, timers and the process stay at the edge',
    {
      'src/kv/a.ts': 'const now = Date.now();\nconst luck = Math.random();',
      'src/node/b.ts': 'await new Promise((done) => setTimeout(done, 5));\nprocess.exit(1);',
      'src/store/disk.ts': 'const a = [setImmediate, performance.now()];',
    },
    [
      /a\.ts:1: uses Date/,
      /a\.ts:2: uses Math/,
      /b\.ts:1: .*setTimeout/,
      /b\.ts:2: .*process/,
      /Immediate/,
      /performance/,
    ],
    {
      'src/kv/a.ts':
        '// Date.now() is banned\nclock.setTimeout(x.process.y, `Math.random()`);\ninterface P { process: 1; Date?: 2 }',
      'src/node/host/clock.ts': 'Date.now(); setTimeout(f, 1);',
    },
  ],
  [
    'every file opens with a comment that says what it is for',
    { 'src/a.ts': "import './b.js';\n// late", 'scripts/a.mjs': '#!/usr/bin/env node\nrun();' },
    [/^src\/a\.ts:1/, /^scripts\/a\.mjs:1/],
    {
      'src/a.ts': '/** What for. */',
      'scripts/a.mjs': '#!/usr/bin/env node\n// What for.',
      'test/a.ts': '// What for.',
    },
  ],
  [
    'no file is longer than 400 lines',
    { 'src/a.ts': lines(401), 'test/b.ts': lines(401) },
    [/^src\/a\.ts: has 401 lines/, /^test\/b\.ts/],
    { 'src/a.ts': lines(400) },
  ],
  [
    'no function is longer than 70 lines',
    {
      'src/a.ts': `function a(b = (1)): { c: D } | undefined {\n${lines(69)}}`,
      'src/b.ts': `const b = async (c: D): Promise<E> => {\n${lines(69)}};`,
      'src/c.ts': `class C<T> {\n  get<U>(d: T) {\n${lines(69)}}\n}`,
      'src/d.ts': `d.map((e) => {\n${lines(69)}});\nf((e, g) => {\n});`,
      'src/e.ts': `const h = i => {\n${lines(69)}};`,
      'test/f.ts': `describe('f', () => {\n  it('g', () => {\n${lines(69)}});\n});`,
      'scripts/h.mjs': `function h() {\n${lines(69)}}`,
    },
    [
      ...[/a\.ts:1: a has 71/, /b\.ts:1: .* has 71/, /c\.ts:2: get has 71/, /d\.ts:1: .* has 71/, /e\.ts:1: .* has 71/],
      ...[/f\.ts:2: .* has 71/, /h\.mjs:1: h has 71/],
    ],
    {
      'test/d.ts': `describe('d', () => {\n  it('e', () => {\n${lines(40)}});\n  it('f', () => {\n${lines(40)}});\n});`,
      'src/a.ts': `function a() {\n${lines(68)}}\nif (b) {\n${lines(99)}}\nfor (;;) {\n${lines(99)}}`,
      'src/b.ts': `class B {\n  c() {\n${lines(30)}}\n  d() {\n${lines(60)}}\n}\nconst e = {\n${lines(99)}};`,
    },
  ],
  [
    'no comment has a line of more than 130 characters',
    {
      'src/a.ts': `// ${words(128)}\nconst a = 1;`,
      'test/b.ts': `/**\n * ${words(128)}\n */`,
      'src/c.ts': `  /** ${words(128)} */`,
    },
    [/^src\/a\.ts:1: has 131/, /^test\/b\.ts:2: has 131/, /^src\/c\.ts:1: has 137/],
    {
      'src/a.ts': `// ${words(127)}\nconst text = '${words(140)}';`,
      'src/b.ts': `// https://example.org/${'x'.repeat(130)}`,
    },
  ],
  [
    'no file only passes on what others export',
    { 'src/index.ts': "// Everything.\nexport * from './a.js';\nexport { type B, c } from './b.js';" },
    [/^src\/index\.ts: is a barrel file/],
    { 'src/a.ts': "export { b } from './b.js';\nexport const c = 1;", 'src/empty.ts': '// Nothing.' },
  ],
];

describe('the house', () => {
  const tree = readTree();

  it('is read: the rules would pass on an empty tree', () => {
    expect([...tree.keys()]).to.include.members(['src/base/assert.ts', 'test/house/tree.ts', 'scripts/test.mjs']);
    expect(tree.get('src/paxos/ballot.ts')?.imports.map(({ specifier }) => specifier)).to.include('../base/ids.js');
  });

  it('opens a closed room only for files that are there', () => {
    const opened = rooms.flatMap(({ alsoImports = [] }) => alsoImports);
    expect(opened).to.have.lengthOf.above(0);
    expect(opened.filter((path) => !tree.has(path))).to.deep.equal([]);
  });

  for (const rule of rules) {
    it(rule.name, () => {
      const problems = rule.check(tree);
      expect(problems, `\n${problems.join('\n')}\n`).to.deep.equal([]);
    });
  }
});

describe('each house rule', () => {
  it('has a tree that breaks it', () => {
    expect(planted.map(([name]) => name)).to.have.members(rules.map(({ name }) => name));
  });

  for (const [name, broken, reported, kept] of planted) {
    it(`can fail: ${name}`, () => {
      const rule = rules.find((candidate) => candidate.name === name);
      const problems = rule?.check(treeOf(broken)) ?? [];
      expect(problems).to.have.lengthOf(reported.length);
      for (const pattern of reported)
        expect(
          problems.some((problem) => pattern.test(problem)),
          String(pattern),
        ).to.equal(true);
      expect(rule?.check(treeOf(kept))).to.deep.equal([]);
    });
  }
});
