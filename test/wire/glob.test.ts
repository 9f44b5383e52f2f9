// Patterns of keys, each with what it matches and what not; the cases that differ between globs are as Redis has them.

import { expect } from 'chai';
import { Glob } from '#src/wire/glob.js';

describe('a pattern', () => {
  const patterns: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
    ['', [''], ['a'], ''],
    ['*', ['', 'a', 'a/b', '\n\xff'], [], ''],
    ['a*', ['a', 'ab'], ['', 'ba'], 'a'],
    ['*a', ['a', 'ba', 'aa'], ['', 'ab'], ''],
    ['a**b', ['ab', 'axb'], ['a', 'abx'], 'a'],
    ['a*b*c', ['abc', 'axbxbc', 'abcbc'], ['acb', 'ab'], 'a'],
    ['h?llo', ['hello', 'h\xffllo'], ['hllo', 'heello'], 'h'],
    ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'h[ae]llo'], 'h'],
    ['h[^e]llo', ['hallo', 'h^llo'], ['hello', 'hllo'], 'h'],
    ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', '-x'], ''],
    ['[c-a]x', ['ax', 'bx', 'cx'], ['dx'], ''],
    ['[a-]', ['a', ']', '^'], ['b', '['], ''],
    ['[\\]]', [']'], ['\\', 'a'], ''],
    ['[]a', [], ['a', ']a', ''], ''],
    ['[ab', ['a', 'b'], ['c', '[ab'], ''],
    ['a\\*b', ['a*b'], ['axb'], 'a*b'],
    ['a\\', ['a\\'], ['a'], 'a\\'],
    ['user:*', ['user:', 'user:1'], ['user'], 'user:'],
  ];
  for (const [pattern, matching, others, prefix] of patterns) {
    it(`${pattern} begins with '${prefix}'`, () => {
      const glob = new Glob(pattern);
      expect(glob.prefix).to.equal(prefix);
      for (const text of matching) expect(glob.matches(text), text).to.equal(true);
      for (const text of others) expect(glob.matches(text), text).to.equal(false);
    });
  }

  for (const [pattern, cost] of [
    ['user:1', 1],
    ['user:*', 1],
    ['*1', 2],
    ['*a?c*e', 4],
    ['**', 1],
  ] as const) {
    it(`${pattern} looks at a byte up to ${cost} times`, () => expect(new Glob(pattern).cost).to.equal(cost));
  }

  it('with many stars costs no more than the product of the lengths', () => {
    const text = 'a'.repeat(1_000);
    expect(new Glob(`${'*a'.repeat(100)}b`).matches(text)).to.equal(false);
    expect(new Glob('*a'.repeat(100)).matches(text)).to.equal(true);
  });
});
