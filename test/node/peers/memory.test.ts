// What a replica remembers of its peers' lives: only what is above a peer's own claim is told it, since its present life is
// remembered as well.

import { expect } from 'chai';
import { incarnation, sequence, storeId } from '#src/base/ids.js';
import { Memory } from '#src/node/peers/memory.js';

const STORE = storeId('a'.repeat(32));
const life = (n: number) => ({ store: STORE, incarnation: incarnation(n) });

describe('the memory of peers', () => {
  const table: readonly [executed: number | null, met: readonly number[], claimed: number, told: number | null][] = [
    [null, [], 5, null],
    [5, [], 5, null],
    [4, [5], 5, null],
    [6, [], 5, 6],
    [4, [7, 3], 5, 7],
    [9, [7], 5, 9],
    [7, [9], 5, 9],
    [3, [2], 5, null],
  ];
  for (const [executed, met, claimed, told] of table) {
    it(`executed ${executed}, met [${met}]: who claims ${claimed} is told ${told}`, () => {
      const mark = executed === null ? undefined : { incarnation: incarnation(executed), last: sequence(1) };
      const memory = new Memory({ lastOf: (store) => (store === STORE ? mark : undefined) });
      for (const n of met) memory.note(life(n));
      expect(memory.above(life(claimed))).to.equal(told);
      expect(memory.above({ ...life(claimed), store: storeId('b'.repeat(32)) })).to.equal(null);
    });
  }
});
