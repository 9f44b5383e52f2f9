// The checker of linearizability: histories that are fine and histories that cannot be, one by one; then tens of thousands of
// small random ones, on which it has to agree with trying every order.

import { expect } from 'chai';
import type { Kind, Operation } from '../clients/history.js';
import { Random } from '../world/random.js';
import { hasOrder } from './brute-force.js';
import { checkKey, search, type Verdict } from './linearizability.js';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * `put x 1-3`, `get x 4-5`, `get nil 1-2`, `delete 1 3-4`, `exists 0 1-2`, `put x 1-?`; `> ` before it: asked for behind
 * the last one.
 */
function history(...lines: readonly string[]): Operation[] {
  return lines.map((line, id) => {
    const words = line.replace('> ', '').split(' ');
    const [kind, value = '', span = ''] = words as [Kind, string, string];
    const [called, returned] = span.split('-');
    const count = kind === 'delete' || kind === 'exists';
    return {
      id,
      client: 'c',
      kind,
      key: 'k',
      token: kind === 'put' ? value : kind === 'delete' ? `delete ${id}` : '',
      called: Number(called),
      returned: returned === '?' ? NEVER : Number(returned),
      output: kind === 'put' ? null : count ? Number(value) : value === 'nil' ? null : value,
      after: line.startsWith('> ') ? id - 1 : -1,
      hint: -1,
    };
  });
}

const cases: readonly [what: string, verdict: Verdict, lines: readonly string[]][] = [
  ['nothing at all', 'linearizable', []],
  ['a read of what was written', 'linearizable', ['put x 1-2', 'get x 3-4']],
  ['a stale read', 'not linearizable', ['put x 1-2', 'put y 3-4', 'get x 5-6']],
  ['a read of nothing after a write', 'not linearizable', ['put x 1-2', 'get nil 3-4']],
  ['a read of what nobody wrote', 'not linearizable', ['put x 1-2', 'get y 3-4']],
  ['a read of what is written only later', 'not linearizable', ['get x 1-2', 'put x 3-4']],
  ['two writes at once, either last', 'linearizable', ['put x 1-4', 'put y 1-4', 'get x 5-6', 'get x 7-8']],
  [
    'two writes at once, read both ways round',
    'not linearizable',
    ['put x 1-4', 'put y 1-4', 'get x 5-6', 'get y 7-8'],
  ],
  ['a read during a write, old value', 'linearizable', ['put x 1-2', 'put y 3-8', 'get x 4-5']],
  ['a read during a write, new value', 'linearizable', ['put x 1-2', 'put y 3-8', 'get y 4-5']],
  ['new and then old during a write', 'not linearizable', ['put x 1-2', 'put y 3-8', 'get y 4-5', 'get x 6-7']],
  ['a lost write', 'not linearizable', ['put x 1-2', 'put y 3-4', 'get x 5-6', 'get x 7-8']],
  ['an unknown write that took effect late', 'linearizable', ['put x 1-2', 'put y 3-?', 'get x 4-5', 'get y 9-10']],
  ['an unknown write that never did', 'linearizable', ['put x 1-2', 'put y 3-?', 'get x 4-5', 'get x 9-10']],
  ['an unknown write that came and went', 'not linearizable', ['put x 1-2', 'put y 3-?', 'get y 4-5', 'get x 9-10']],
  ['an unknown write seen before it began', 'not linearizable', ['get y 1-2', 'put y 3-?']],
  ['a delete that found something', 'linearizable', ['put x 1-2', 'delete 1 3-4', 'get nil 5-6']],
  ['a delete that found nothing there', 'not linearizable', ['put x 1-2', 'delete 0 3-4']],
  ['a key that outlived its delete', 'not linearizable', ['put x 1-2', 'delete 1 3-4', 'exists 1 5-6']],
  ['two deletes of one value', 'not linearizable', ['put x 1-2', 'delete 1 3-6', 'delete 1 3-6']],
  ['two deletes of one value, one of them unknown', 'linearizable', ['put x 1-2', 'delete 1 3-?', 'delete 1 3-6']],
  ['a connection that reads its own write', 'linearizable', ['put x 1-9', '> get x 1-9']],
  ['a connection that does not', 'not linearizable', ['put x 1-9', '> get nil 1-9']],
  ['a connection whose write was of unknown outcome', 'linearizable', ['put x 1-?', '> get nil 1-9']],
  ['one that reads past that write', 'not linearizable', ['put y 1-9', '> put x 1-?', '> get nil 1-9']],
];

describe('the checker of linearizability', () => {
  for (const [what, verdict, lines] of cases) {
    it(`calls ${what} ${verdict}`, () => {
      expect(search(history(...lines))).to.equal(verdict);
      expect(checkKey(history(...lines))).to.equal(verdict);
    });
  }

  it('says so when it cannot tell in time', () => {
    const lines = Array.from({ length: 14 }, (_, n) => `put v${n} 1-100`);
    expect(search(history(...lines, 'get v0 101-102', 'get v1 103-104'), 1_000)).to.equal('undecided');
  });

  it('agrees with trying every order on 40,000 small random histories', () => {
    const random = new Random(Number(process.env.SEED ?? 1), 'histories');
    const seen = new Map<Verdict, number>();
    for (let n = 0; n < 40_000; n++) {
      const operations = drawHistory(random);
      const expected = hasOrder(operations) ? 'linearizable' : 'not linearizable';
      const told = [search(operations), checkKey(operations)];
      if (told.some((verdict) => verdict !== expected)) {
        expect.fail(`${told.join(', ')} where ${expected} is right: ${JSON.stringify(operations)}`);
      }
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
    }
    for (const verdict of ['linearizable', 'not linearizable'] as const) expect(seen.get(verdict)).to.be.above(5_000);
  });
});

/** Few values, few moments: collisions of every sort. Hints are random too: they may only ever make the checker faster. */
function drawHistory(random: Random): Operation[] {
  const operations: Operation[] = [];
  const count = 1 + random.below(6);
  let puts = 0;
  for (let id = 0; id < count; id++) {
    const kind = random.pick(['put', 'put', 'get', 'get', 'get', 'delete', 'exists'] as const);
    const called = random.below(12);
    const isRead = kind === 'get' || kind === 'exists';
    const returned = !isRead && random.chance(0.25) ? NEVER : called + random.below(6);
    const before = operations.at(-1);
    const isPipelined = before !== undefined && before.called <= called && random.chance(0.4);
    operations.push({
      id,
      client: 'c',
      kind,
      key: 'k',
      token: kind === 'put' ? `v${puts++}` : kind === 'delete' ? `d${id}` : '',
      called,
      returned: isPipelined && returned !== NEVER ? Math.max(returned, finite(before.returned)) : returned,
      output: outputOf(kind, random),
      after: isPipelined ? before.id : -1,
      hint: random.chance(0.5) ? called + random.below(6) : -1,
    });
  }
  return operations;
}

function finite(returned: number): number {
  return returned === NEVER ? 0 : returned;
}

function outputOf(kind: Kind, random: Random): string | number | null {
  if (kind === 'put') return null;
  if (kind !== 'get') return random.below(2);
  return random.pick([null, 'v0', 'v0', 'v1', 'v2']);
}
