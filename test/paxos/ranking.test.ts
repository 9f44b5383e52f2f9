/** Who should lead: the order over every combination of what a contender can be, and the favourite of a release. */

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { byClaim, type Contender, isLagging, ranking } from '#src/paxos/ranking.js';
import { LAG_SLOTS } from '#src/paxos/timing.js';

const FRONT = 50_000;

/** `a3` is a with priority 3; `!` ineligible, `-` not live, `~` unsteady, `<` more than lagSlots behind, `=` exactly so many. */
function contender(text: string): Contender {
  return {
    name: replicaName(text.slice(0, 1)),
    priority: Number(text.slice(1, 2)),
    eligible: !text.includes('!'),
    live: !text.includes('-'),
    steady: !text.includes('~'),
    applied: FRONT - (text.includes('<') ? LAG_SLOTS + 1 : text.includes('=') ? LAG_SLOTS : 0),
  };
}

/** Besides these a dead and ineligible z is known, which has applied the most. */
const ROWS: readonly (readonly [contenders: string, favourite: string, order: string])[] = [
  ['a3 b2 c1', '', 'a b c'],
  ['c1 b2 a3', '', 'a b c'],
  ['a2 b2 c2', '', 'a b c'],
  ['b2 a1 c2', '', 'b c a'],
  ['a3! b2 c1', '', 'b c'],
  ['a3- b2 c1', '', 'b c'],
  ['a3!- b2! c1-', '', ''],
  ['a3~ b2 c1', '', 'b c a'],
  ['a3< b2 c1', '', 'b c a'],
  ['a3= b2 c1', '', 'a b c'],
  ['a3~ b2< c1', '', 'c a b'],
  ['a3~ b2~ c1~', '', 'a b c'],
  ['a3~ b2 c1<', '', 'b a c'],
  ['a3 b2 c1', 'c', 'c a b'],
  ['a3 b2 c1~<', 'c', 'c a b'],
  ['a3 b2 c1!', 'c', 'a b'],
  ['a3 b2 c1-', 'c', 'a b'],
  ['a3 b2 c1', 'x', 'a b c'],
  ['a3 b2 c1', 'a', 'a b c'],
];

describe('the ranking', () => {
  for (const [contenders, favourite, order] of ROWS) {
    it(`of ${contenders}${favourite === '' ? '' : ` with favourite ${favourite}`} is ${order || 'empty'}`, () => {
      const all = [...contenders.split(' '), 'z9!-'].map(contender);
      const ranked = ranking(all, favourite === '' ? null : replicaName(favourite));
      expect(ranked.map(({ name }) => name).join(' ')).to.equal(order);
    });
  }

  it('does not depend on the order in which contenders are known', () => {
    const marks = ['', '~', '<', '~<', '!', '-'];
    for (const a of marks) {
      for (const b of marks) {
        for (const c of marks) {
          const all = [`a2${a}`, `b2${b}`, `c3${c}`, 'd1'].map(contender);
          const order = (some: readonly Contender[]) => ranking(some, null).map(({ name }) => name);
          expect(order([...all].reverse())).to.deep.equal(order(all));
        }
      }
    }
  });

  for (const [behind, lags] of [
    [0, false],
    [LAG_SLOTS, false],
    [LAG_SLOTS + 1, true],
  ] as const) {
    it(`${lags ? 'takes' : 'does not take'} ${behind} slots behind for lagging`, () => {
      const self = { ...contender('a1'), applied: FRONT - behind };
      expect(isLagging(self, [self, contender('b1')])).to.equal(lags);
    });
  }

  for (const [a, b, order] of [
    ['a3', 'b2', -1],
    ['a2', 'b3', 1],
    ['a2', 'b2', -1],
    ['b2', 'a2', 1],
    ['a2', 'a2', 0],
  ] as const) {
    it(`gives ${a} ${order < 0 ? 'the higher' : order > 0 ? 'the lower' : 'an equal'} claim against ${b}`, () => {
      expect(Math.sign(byClaim(contender(a), contender(b)))).to.equal(order);
    });
  }
});
