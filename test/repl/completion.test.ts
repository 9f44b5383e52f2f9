// Tab: commands, options and keys, in the case and the quotes in which they are typed.
import { expect } from 'chai';
import { COMMANDS } from '#src/kv/command-table.js';
import { complete } from '#src/repl/completion.js';
import type { Reply } from '#src/wire/reply.js';

const keys = ['apple', 'my key', 'pear', 'user:1', 'user:2', 'z\xc3\xbcri', 'zz\xff'];

const holding =
  (all: readonly string[], maxPairs = Number.POSITIVE_INFINITY) =>
  async ([name, prefix = '', , limit]: readonly string[]): Promise<Reply> => {
    expect(name).to.equal('PREFIX');
    if (Number(limit) > maxPairs) return { type: 'error', code: 'TOOLARGE', text: 'use LIMIT' };
    const found = all.filter((key) => key.startsWith(prefix)).slice(0, Number(limit));
    return { type: 'pairs', pairs: found.map((key) => [key, 'x']) };
  };

const TABBED: readonly (readonly [line: string, candidates: readonly string[], partial: string])[] = [
  ['PREF', ['PREFIX '], 'PREF'],
  ['pref', ['prefix '], 'pref'],
  ['REN', ['RENAME', 'RENAMENX'], 'REN'],
  ['.con', ['.connect '], '.con'],
  ['GET a', ['apple '], 'a'],
  ['GET user:', ['user:1', 'user:2'], 'user:'],
  ['DELETE apple us', ['user:1', 'user:2'], 'us'],
  ['GET my', ['"my key" '], 'my'],
  ['GET "my', ['"my key" '], '"my'],
  ["GET 'my k", ['"my key" '], "'my k"],
  ['GET z', ['züri', '"zz\\xff"'], 'z'],
  ['RANGE a pe', ['pear '], 'pe'],
  ['PREFIX user: AFTER user:1', ['user:1 '], 'user:1'],
  ['PREFIX user: li', ['limit '], 'li'],
  ['PREFIX user: ', ['AFTER', 'LIMIT'], ''],
  ['SET apple x ', ['NX', 'XX', 'IFEQ', 'IFREV', 'GET'], ''],
  ['HELP PREF', ['PREFIX '], 'PREF'],
  ['ONCE my-id DELIFE', ['DELIFEQ '], 'DELIFE'],
  ['ONCE my-id DELIFEQ pe', ['pear '], 'pe'],
  ['.timing o', ['on', 'off'], 'o'],
  ['PUT apple us', [], 'us'],
  ['FROB us', [], 'us'],
];

describe('completion', () => {
  for (const [line, candidates, partial] of TABBED) {
    it(`of '${line}'`, async () => {
      const [found, rest] = await complete(line, holding(keys));
      expect(rest).to.equal(partial);
      if (line.startsWith('SET')) expect(found).to.include.members([...candidates]);
      else expect(found).to.deep.equal(candidates);
    });
  }

  it('of nothing offers every command', async () => {
    const [found] = await complete('', holding(keys));
    expect(found).to.include.members(COMMANDS.map(({ name }) => name));
  });

  it('types nothing for the person where there may be more keys than it saw', async () => {
    const many = Array.from({ length: 60 }, (_, i) => `user:00${10 + i}`);
    const [found] = await complete('GET us', holding(many));
    expect(found.length).to.equal(51);
    expect(found.at(-1)).to.equal('us…');
  });

  it('asks for fewer when values are large', async () => {
    const [found] = await complete('GET user:', holding(keys, 3));
    expect(found).to.deep.equal(['user:1', 'user:2']);
  });

  it('offers no keys when nobody answers', async () => {
    expect(await complete('GET us', async () => null)).to.deep.equal([[], 'us']);
    const [found] = await complete('GET us', async () => ({ type: 'error', code: 'NOQUORUM', text: '' }));
    expect(found).to.deep.equal([]);
  });
});
