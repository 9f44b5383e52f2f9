/** Trouble and forgiveness: how long a replica counts as unsteady after each trouble of a story. */

import { expect } from 'chai';
import { Steadiness } from '#src/paxos/steadiness.js';

/** Times of trouble in seconds, and when it is steady again. */
const ROWS: readonly (readonly [troubles: readonly number[], steadyAt: number])[] = [
  [[], Number.NEGATIVE_INFINITY],
  [[10], 11],
  [[10, 10], 12],
  [[10, 10.5], 12.5],
  [[10, 20], 22],
  [[10, 20, 30], 34],
  [[10, 20, 30, 40], 48],
  [[10, 20, 30, 40, 50], 66],
  [[10, 20, 30, 40, 50, 60], 90],
  [[10, 20, 30, 40, 50, 60, 70], 100],
  // Forgotten after 30 s without more of it, counted from the end of the last spell.
  [[10, 41], 43],
  [[10, 41.001], 42.001],
  [[10, 20, 52], 56],
  [[10, 20, 52.001], 53.001],
  [[10, 10, 10, 10, 10, 10, 10], 40],
  [[10, 10, 10, 10, 10, 10, 70.001], 71.001],
];

describe('steadiness', () => {
  for (const [troubles, steadyAt] of ROWS) {
    it(`after trouble at ${troubles.join(', ') || 'no time'} comes back at ${steadyAt}`, () => {
      const steadiness = new Steadiness();
      for (const seconds of troubles) steadiness.trouble(1_000 * seconds);
      expect(Math.round(steadiness.steadyAt())).to.equal(Math.round(1_000 * steadyAt));
      if (troubles.length === 0) return;
      expect(steadiness.steady(1_000 * steadyAt - 1)).to.equal(false);
      expect(steadiness.steady(1_000 * steadyAt + 1)).to.equal(true);
    });
  }

  it('is what everybody begins with', () => {
    expect(new Steadiness().steady(0)).to.equal(true);
  });
});
