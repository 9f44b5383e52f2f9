/** How much may be under way at once, by how long what was under way took. */

import { expect } from 'chai';
import { Allowance } from '#src/paxos/allowance.js';
import { BATCH_BYTES, QUICK_MS, WINDOW_BYTES } from '#src/paxos/timing.js';

const MIB = 1024 * 1024;
const QUICK = QUICK_MS;
const SLOW = 3 * QUICK_MS + 1;

/** What got through, as `MiB sent took`; how many MiB may be under way afterwards. */
const ROWS: readonly (readonly [
  story: readonly (readonly [mib: number, sent: number, took: number])[],
  then: number,
])[] = [
  [[], 1],
  [[[1, 0, QUICK]], 2],
  [[[1, 0, QUICK + 1]], 1],
  [[[3, 0, 1]], 4],
  [[[99, 0, 1]], 16],
  [
    [
      [3, 0, 1],
      [1, 10, SLOW - 1],
    ],
    4,
  ],
  [
    [
      [3, 0, 1],
      [1, 10, SLOW],
    ],
    2,
  ],
  [
    [
      [3, 0, 1],
      [1, 10, SLOW],
      [1, 11, SLOW],
    ],
    2,
  ],
  [
    [
      [3, 0, 1],
      [1, 10, SLOW],
      [1, 10 + SLOW, SLOW],
    ],
    2,
  ],
  [
    [
      [3, 0, 1],
      [1, 10, SLOW],
      [1, 11 + SLOW, SLOW],
    ],
    1,
  ],
  [
    [
      [1, 0, SLOW],
      [1, 1_000, SLOW],
    ],
    1,
  ],
];

describe('an allowance', () => {
  for (const [story, then] of ROWS) {
    const told = story.map(([mib, sent, took]) => `${mib} MiB sent at ${sent} took ${took} ms`).join(', ');
    it(`is ${then} MiB ${told === '' ? 'at first' : `after ${told}`}`, () => {
      const allowance = new Allowance();
      for (const [mib, sent, took] of story) allowance.through(mib * MIB, sent, sent + took);
      expect(allowance.bytes).to.equal(then * MIB);
    });
  }

  it('is a batch at least and a window at most', () => {
    expect(new Allowance().bytes).to.equal(BATCH_BYTES);
    expect(WINDOW_BYTES).to.equal(16 * MIB);
  });
});
