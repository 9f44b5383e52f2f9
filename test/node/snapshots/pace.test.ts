// Work in the background: what share of the time it takes, that it gives way at every step, and that it can be hurried.

import { expect } from 'chai';
import { Pace } from '#src/node/snapshots/pace.js';
import { VirtualTime } from '../support/virtual-time.js';

/** Steps of so many milliseconds each; resolves to the times at which they ended. */
async function work(time: VirtualTime, pace: Pace, steps: readonly number[], leastMs = 0): Promise<readonly number[]> {
  const ends: number[] = [];
  for (const ms of steps) {
    await new Promise<void>((resolve) => void time.at(time.mono() + ms, resolve));
    ends.push(time.mono());
    await pace.rest(leastMs);
  }
  return ends;
}

async function run<T>(time: VirtualTime, working: Promise<T>): Promise<T> {
  let done = false;
  const finished = working.finally(() => {
    done = true;
  });
  await time.run(60_000, () => done);
  return finished;
}

describe('a pace', () => {
  for (const { name, share, steps, leastMs = 0, ends } of [
    { name: 'takes its share of the time', share: 0.25, steps: [10, 10, 20, 10], ends: [10, 50, 100, 170] },
    { name: 'saves short rests up', share: 0.5, steps: [0.5, 0.5, 0.5, 0.5, 0.5], ends: [0.5, 1, 1.5, 2, 4.5] },
    { name: 'rests a quarter of a second at most', share: 0.25, steps: [5_000, 10], ends: [5_000, 5_260] },
    { name: 'never rests on the whole of the time', share: 1, steps: [10, 10, 10], ends: [10, 20, 30] },
    { name: 'rests so long at least', share: 0.5, steps: [1, 1, 10, 1], leastMs: 4, ends: [1, 6, 20, 31] },
  ]) {
    it(name, async () => {
      const time = new VirtualTime();
      expect(await run(time, work(time, new Pace(time, share), steps, leastMs))).to.deep.equal(ends);
    });
  }

  it('gives way to what waits at every step, also where it need not rest', async () => {
    const time = new VirtualTime();
    const order: string[] = [];
    const rested = new Pace(time, 1).rest().then(() => order.push('rested'));
    time.endOfTurn(() => order.push('another'));
    await time.run(0);
    await rested;
    expect(order).to.have.members(['another', 'rested']);
  });

  it('does not take waiting for work', async () => {
    const time = new VirtualTime();
    const pace = new Pace(time, 0.5);
    time.freeze(1_000);
    pace.begin();
    expect(await run(time, work(time, pace, [10, 10]))).to.deep.equal([1_010, 1_030]);
  });

  it('ends its rest when it has to hurry, and takes no other', async () => {
    const time = new VirtualTime();
    const pace = new Pace(time, 0.1);
    time.at(12, () => pace.hurry());
    expect(await run(time, work(time, pace, [10, 10, 10], 4))).to.deep.equal([10, 22, 32]);
  });
});
