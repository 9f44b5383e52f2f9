/** Phase 2's window: which prefix is chosen by whose votes, the leader's own by durability, and what it has room for. */

import { expect } from 'chai';
import { lsn, slot } from '#src/base/ids.js';
import { BATCH_BYTES, QUICK_MS, WINDOW_SLOTS } from '#src/paxos/timing.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { Window } from '#src/paxos/window.js';
import { Random } from './support/random.js';

/** Slots 5, 6, … as many as asked for, with LSNs 105, 106, …; the leader's own bit is 1. */
function windowOf(majority: number, slots: number): Window {
  const window = new Window(majority, slot(4));
  for (let at = 5; at < 5 + slots; at++) window.propose({ slot: slot(at), value: NOOP }, lsn(100 + at), at);
  return window;
}

/** `own 106`: durable up to that LSN; `b 5 7`: who has bit 2, 4, … accepted these. */
const ROWS: readonly (readonly [majority: number, votes: string, chosen: number])[] = [
  [1, '', 4],
  [1, 'own 106', 6],
  [2, 'own 107', 4],
  [2, 'b 5', 4],
  [2, 'b 5, c 5', 5],
  [2, 'b 5, b 5', 4],
  [2, 'own 105, b 5', 5],
  [2, 'b 5, own 105', 5],
  [2, 'own 104, b 5', 4],
  [2, 'own 107, b 6', 4],
  [2, 'own 107, b 6, c 5', 6],
  [2, 'own 107, b 5 7', 5],
  [2, 'own 107, b 5 7, b 6', 7],
  [2, 'b 5 6 7, c 5 6 7', 7],
  [2, 'b 5 6 7, c 5 6 7, own 107', 7],
  [2, 'own 107, b 3 9', 4],
  [3, 'own 107, b 5', 4],
  [3, 'own 107, b 5, c 5', 5],
  [3, 'b 5, c 5, d 5', 5],
];

function vote(window: Window, votes: string): void {
  for (const one of votes.split(', ').filter((text) => text !== '')) {
    const [who = '', ...numbers] = one.split(' ');
    if (who === 'own') window.persisted(lsn(Number(numbers[0])), 1, 0);
    else
      window.accepted(
        numbers.map((n) => slot(Number(n))),
        1 << (who.charCodeAt(0) - 97),
        0,
      );
  }
}

describe('a window', () => {
  for (const [majority, votes, chosen] of ROWS) {
    it(`of majority ${majority} with the votes ${votes || 'of nobody'} is chosen up to ${chosen}`, () => {
      const window = windowOf(majority, 3);
      vote(window, votes);
      expect(window.chosenUpTo).to.equal(chosen);
      expect(window.isEmpty).to.equal(chosen === 7);
      expect(window.oldestAt()).to.equal(chosen === 7 ? Number.POSITIVE_INFINITY : chosen + 1);
    });
  }

  it('agrees with counting, whatever comes in whatever order', () => {
    const random = new Random(3);
    for (let run = 0; run < 2_000; run++) {
      const majority = 1 + random.below(3);
      const window = windowOf(majority, 6);
      const votes = new Map<number, Set<number>>();
      const count = (at: number, who: number): void => {
        votes.set(at, (votes.get(at) ?? new Set()).add(who));
      };
      for (let i = random.below(30); i > 0; i--) {
        const before = window.chosenUpTo;
        let moved: boolean;
        if (random.chance(0.3)) {
          const durable = 104 + random.below(8);
          for (let at = 5; at <= durable - 100; at++) count(at, 0);
          moved = window.persisted(lsn(durable), 1, 0);
        } else {
          const who = 1 + random.below(4);
          const slots = [4, 5, 6, 7, 8, 9, 10, 11].filter(() => random.chance(0.4));
          for (const at of slots) count(at, who);
          moved = window.accepted(slots.map(slot), 1 << who, 0);
        }
        let chosen = 4;
        while (chosen < 10 && (votes.get(chosen + 1)?.size ?? 0) >= majority) chosen += 1;
        expect(window.chosenUpTo).to.equal(chosen);
        expect(moved).to.equal(chosen > before);
      }
    }
  });

  it('knows what a member has not accepted', () => {
    const window = windowOf(2, 3);
    vote(window, 'b 6');
    expect(window.unaccepted(2).map((proposal) => proposal.slot)).to.deep.equal([5, 7]);
    expect(window.unaccepted(4).map((proposal) => proposal.slot)).to.deep.equal([5, 6, 7]);
    vote(window, 'c 5 6 7, b 5');
    expect(window.unaccepted(2).map((proposal) => proposal.slot)).to.deep.equal([7]);
  });

  it('counts the own votes of slots proposed after others were chosen without them', () => {
    const window = windowOf(2, 2);
    vote(window, 'b 5 6, c 5 6');
    window.propose({ slot: slot(7), value: NOOP }, lsn(107), 0);
    vote(window, 'b 7');
    expect(window.chosenUpTo).to.equal(6);
    vote(window, 'own 107');
    expect(window.chosenUpTo).to.equal(7);
  });

  it('proposes in order', () => {
    const window = windowOf(2, 1);
    expect(window.next).to.equal(6);
    expect(() => window.propose({ slot: slot(7), value: NOOP }, lsn(1), 0)).to.throw('in order');
    expect(() => window.propose({ slot: slot(5), value: NOOP }, lsn(1), 0)).to.throw('in order');
  });

  it('has room for so many slots', () => {
    const window = windowOf(1, WINDOW_SLOTS - 1);
    expect(window.hasRoom).to.equal(true);
    window.propose({ slot: window.next, value: NOOP }, lsn(999), 0);
    expect(window.hasRoom).to.equal(false);
    vote(window, 'own 105');
    expect(window.hasRoom).to.equal(true);
  });

  it('has room for so many bytes, or one larger value', () => {
    const batch = (bytes: number): Value => ({ type: 'batch', stamp: 0, bytes: new Uint8Array(bytes) });
    const window = new Window(1, slot(0));
    window.propose({ slot: slot(1), value: batch(BATCH_BYTES - 1) }, lsn(1), 0);
    expect(window.hasRoom).to.equal(true);
    window.propose({ slot: slot(2), value: batch(1) }, lsn(2), 0);
    expect(window.hasRoom).to.equal(false);
    expect(window.oldestBytes()).to.equal(BATCH_BYTES - 1);
    window.persisted(lsn(1), 1, QUICK_MS + 1);
    expect(window.hasRoom).to.equal(true);
    expect(window.oldestBytes()).to.equal(1);
    window.persisted(lsn(2), 1, QUICK_MS + 1);
    expect(window.oldestBytes()).to.equal(0);
  });
});
