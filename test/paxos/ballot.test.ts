/** The order of ballots: every pair of a list that covers rounds, names and the two ends. */

import { expect } from 'chai';
import { ballotText, compareBallots, isDecided, maxBallot, sameBallot } from '#src/paxos/ballot.js';
import { readBallot } from './support/notation.js';

/** Ascending. Rounds count before names, and as numbers: 10 is above 9. */
const ASCENDING = ['none', '1.a', '1.aa', '1.b', '2.a', '9.z', '10.a', 'decided'].map(readBallot);

describe('ballots', () => {
  for (const [i, a] of ASCENDING.entries()) {
    for (const [j, b] of ASCENDING.entries()) {
      it(`${ballotText(a)} ${i < j ? '<' : i > j ? '>' : '='} ${ballotText(b)}`, () => {
        expect(Math.sign(compareBallots(a, b))).to.equal(Math.sign(i - j));
        expect(sameBallot(a, { ...b })).to.equal(i === j);
        expect(ballotText(maxBallot(a, b))).to.equal(ballotText(ASCENDING[Math.max(i, j)] ?? a));
      });
    }
  }

  it('are decided only above all', () => {
    expect(ASCENDING.map(isDecided)).to.deep.equal(ASCENDING.map((_, i) => i === ASCENDING.length - 1));
  });
});
