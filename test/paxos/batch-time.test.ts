/** The cluster's time: the q-th largest of the clocks heard, so that none alone can raise it; and a leader's stamps. */

import { expect } from 'chai';
import { clusterTime, FollowedTime, StampClock } from '#src/paxos/batch-time.js';
import { STAMP_STEP_MS } from '#src/paxos/timing.js';
import { Random } from './support/random.js';

/** Clocks as `wall` or `wall@arrival`, looked at at 100. */
const ROWS: readonly (readonly [q: number, clocks: string, time: number])[] = [
  [1, '5000@100', 5_000],
  [2, '5000@100', 0],
  [2, '5000@100 4000@100', 4_000],
  [2, '5000@100 4000@100 3000@100', 4_000],
  [2, '9999999@100 4000@100 3000@100', 4_000],
  [2, '9999999@100 4000@100', 4_000],
  [2, '0@100 4000@100 3000@100', 3_000],
  [3, '5@100 4@100 3@100 2@100 1@100', 3],
  [3, '999@100 999@100 3@100 2@100 1@100', 3],
  // Each is aged by what has passed since it came.
  [2, '5000@100 4000@40', 4_060],
  [2, '5000@100 4980@60', 5_000],
];

describe('the time of a cluster', () => {
  for (const [q, clocks, time] of ROWS) {
    it(`by the ${q}. of ${clocks} is ${time}`, () => {
      const readings = clocks.split(' ').map((text) => {
        const [wallMs = 0, atMono = 0] = text.split('@').map(Number);
        return { wallMs, atMono };
      });
      expect(clusterTime(readings, q, 100)).to.equal(time);
    });
  }

  it('is never above what the right clocks say, whatever one of them says and whoever is heard', () => {
    const random = new Random(9);
    for (let run = 0; run < 5_000; run++) {
      const members = random.pick([3, 4, 5, 7]);
      const q = Math.floor(members / 2) + 1;
      const right = Array.from({ length: members - 1 }, () => 10_000 + random.below(100)).filter(() =>
        random.chance(0.8),
      );
      const readings = [...right, random.below(1_000_000)].map((wallMs) => ({ wallMs, atMono: 0 }));
      expect(clusterTime(readings, q, 0)).to.be.at.most(Math.max(0, ...right));
    }
  });
});

/** Looks at the stamp as `time@mono`; what it gives. Begins at mono 0 with last time and time as given. */
const STAMPS: readonly (readonly [last: number, time: number, looks: string, stamps: readonly number[]])[] = [
  [0, 1_000, '1000@0 1000@50', [1_000, 1_050]],
  [5_000, 1_000, '1000@0 1000@50', [5_000, 5_050]],
  // It follows nothing upwards within the step,
  [0, 1_000, `${1_000 + STAMP_STEP_MS}@0 ${1_050 + STAMP_STEP_MS}@50`, [1_000, 1_050]],
  // and steps up when it has fallen farther behind, once.
  [0, 1_000, `${1_001 + STAMP_STEP_MS}@0 ${1_001 + STAMP_STEP_MS}@50`, [11_001, 11_051]],
  [0, 1_000, `9000000@0 0@100 0@200`, [9_000_000, 9_000_100, 9_000_200]],
  // Nothing takes it down.
  [0, 1_000, '0@0 0@100', [1_000, 1_100]],
  [0, 1_000, '1000@0.9 1000@1', [1_000, 1_001]],
];

describe("a leader's stamps", () => {
  for (const [last, time, looks, stamps] of STAMPS) {
    it(`after ${last} with time ${time}, looked at as ${looks}, are ${stamps.join(' ')}`, () => {
      const clock = new StampClock(last, time, 0);
      const seen = looks.split(' ').map((text) => {
        const [now = 0, mono = 0] = text.split('@').map(Number);
        return clock.stamp(now, mono);
      });
      expect(seen).to.deep.equal(stamps);
    });
  }
});

describe("a leader's running time, as another follows it,", () => {
  it('runs on from the last stamp, goes by the next, and is never farther behind the cluster than a step', () => {
    const followed = new FollowedTime(1_000, 0);
    expect(followed.at(0, 50)).to.equal(1_050);
    followed.follow(1_000, 70);
    expect(followed.at(0, 80)).to.equal(1_080);
    followed.follow(1_060, 80);
    expect(followed.at(0, 90)).to.equal(1_070);
    expect(followed.at(1_070 + STAMP_STEP_MS, 90)).to.equal(1_070);
    expect(followed.at(1_090 + STAMP_STEP_MS, 90)).to.equal(1_090);
  });
});
