/** The leader's half of a lease: how many grants, of which heartbeat, for how long, and when clocks make it void. */

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import { Binding } from '#src/paxos/binding.js';
import { Lease } from '#src/paxos/lease.js';
import { at } from './support/makers.js';
import { Random } from './support/random.js';

const OFFSET = 1_720_000_000_000;
const sent = (number: number) => ({ number, mono: 100 * number, offset: OFFSET });
/** What a lease of 300 ms is worth: two clocks may drift by 1 % each, and 20 ms are slack. */
const WORTH = (300 * 0.99) / 1.01 - 20;

/** Grants as `a1 b2`: name and number of the heartbeat granted. The number that a majority proved. */
const GRANTS: readonly (readonly [majority: number, grants: string, proven: number])[] = [
  [1, '', 0],
  [1, 'a1', 1],
  [2, 'a1', 0],
  [2, 'a1 a2 a3', 0],
  [2, 'a1 b1', 1],
  [2, 'a2 b1', 1],
  [2, 'b1 a2', 1],
  [2, 'a2 b1 b2', 2],
  [2, 'a2 b2 b1', 2],
  [2, 'a5 b1 c3', 3],
  [2, 'c3 b1 a5', 3],
  [3, 'a5 b4', 0],
  [3, 'a5 b4 c1', 1],
  [3, 'a5 b4 c1 d2', 2],
  [3, 'a5 b5 c1 d2 e9', 5],
];

function granted(majority: number, grants: string): Lease {
  const lease = new Lease(300, majority, 50);
  for (const grant of grants.split(' ').filter((text) => text !== '')) {
    lease.grant(replicaName(grant.slice(0, 1)), sent(Number(grant.slice(1))));
  }
  return lease;
}

describe('a lease', () => {
  for (const [majority, grants, proven] of GRANTS) {
    it(`of ${majority} with grants ${grants || 'of nobody'} is proved by heartbeat ${proven}`, () => {
      const lease = granted(majority, grants);
      expect(lease.provenNumber).to.equal(proven);
      const base = proven === 0 ? null : sent(proven);
      expect(lease.leftMs(at(100))).to.be.closeTo(base === null ? 0 : base.mono + WORTH - 100, 1e-9);
      expect(lease.lostAt()).to.equal((base?.mono ?? 50) + 300);
    });
  }

  it('agrees with the definition whatever the order of grants', () => {
    const random = new Random(7);
    for (let run = 0; run < 2_000; run++) {
      const majority = 1 + random.below(3);
      const best = new Map<string, number>();
      const lease = new Lease(300, majority, 0);
      for (let i = random.below(12); i > 0; i--) {
        const name = random.pick(['a', 'b', 'c', 'd', 'e']);
        const number = 1 + random.below(9);
        lease.grant(replicaName(name), sent(number));
        best.set(name, Math.max(best.get(name) ?? 0, number));
      }
      // The highest number that a majority granted or surpassed.
      const proven = [...best.values()].filter((n) => [...best.values()].filter((m) => m >= n).length >= majority);
      expect(lease.provenNumber).to.equal(Math.max(0, ...proven));
    }
  });

  it('ends by the monotonic clock, to the fraction of a millisecond', () => {
    const lease = granted(2, 'a1 b1');
    expect(lease.leftMs(at(100 + WORTH - 0.01))).to.be.closeTo(0.01, 1e-9);
    expect(lease.leftMs(at(100 + WORTH))).to.equal(0);
    expect(lease.leftMs(at(100 + WORTH + 1_000))).to.equal(0);
  });

  for (const [moved, holds] of [
    [0, true],
    [9.9, true],
    [-9.9, true],
    [10, false],
    [-10, false],
    [3_600_000, false],
  ] as const) {
    it(`${holds ? 'holds' : 'is void'} when the clocks have moved apart by ${moved} ms since it began`, () => {
      const lease = granted(2, 'a1 b1');
      expect(lease.leftMs(at(150, OFFSET + 150 + moved)) > 0).to.equal(holds);
    });
  }

  it('holds again with the first heartbeat granted after the clocks moved', () => {
    const lease = granted(2, 'a1 b1');
    const now = at(350, OFFSET + 350 + 5_000);
    expect(lease.leftMs(now)).to.equal(0);
    const later = { number: 2, mono: 340, offset: OFFSET + 5_000 };
    lease.grant(replicaName('a'), later);
    expect(lease.leftMs(now)).to.equal(0);
    lease.grant(replicaName('b'), later);
    expect(lease.leftMs(now)).to.be.closeTo(WORTH - 10, 1e-9);
  });
});

describe('a lease in true time', () => {
  const drifts = [-0.01, -0.005, 0, 0.005, 0.01];
  for (const leader of drifts) {
    for (const acceptor of drifts) {
      it(`ends before any binding behind it, with clocks that drift by ${100 * leader} % and ${100 * acceptor} %`, () => {
        // Long enough for 1 % to be more than the slack. Received at once: every later receipt binds for longer.
        const binding = new Binding(3_000, 0, 0);
        const ballot = { round: 1, replica: replicaName('a') };
        binding.bind(ballot, NO_BALLOT, 0);
        const lease = new Lease(3_000, 2, 0);
        for (const name of ['a', 'b']) lease.grant(replicaName(name), { number: 1, mono: 0, offset: OFFSET });
        for (let truth = 0; truth < 3_200; truth += 0.5) {
          const held = lease.leftMs(at(truth * (1 + leader), OFFSET + truth * (1 + leader))) > 0;
          if (held) expect(binding.isFree(truth * (1 + acceptor)), `at ${truth} ms`).to.equal(false);
        }
      });
    }
  }
});
