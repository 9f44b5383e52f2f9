// The driver's one timer, and what it tells of the host's health: one that goes off late is how a busy or stopped process notices
// that it was.

import { expect } from 'chai';
import { replicaName, slot } from '#src/base/ids.js';
import type { Input } from '#src/paxos/effects.js';
import { Stage } from './fake-core.js';

const MESSAGE: Input = {
  type: 'message',
  from: replicaName('b'),
  message: { type: 'fetch', from: slot(1), to: slot(2) },
};

/** The last that the core heard of the host's health is that it is well. */
function isHealthy(stage: Stage): boolean {
  const told = stage.steps.flatMap(({ input }) => (input.type === 'health' ? [input] : []));
  return told.length > 0 && told.at(-1)?.reason === null;
}

describe('the alarm', () => {
  it('wakes the core when it wants, by the last word that it said', async () => {
    const wishes = [100, 50, 80];
    const stage: Stage = new Stage({
      script: ({ type }) => ({
        wakeAt: type === 'message' ? (wishes.shift() ?? 0) : stage.time.mono() < 80 ? 80 : 1_000,
      }),
    });
    for (let messages = 0; messages < 3; messages++) stage.driver.submit(MESSAGE);
    await stage.time.run(79);
    await stage.time.run(0.5);
    expect(stage.happened).to.not.include('step wake');
    await stage.time.run(0.5);
    expect(stage.happened).to.include('step wake');
  });

  it('that goes off more than 200 ms late makes the loop count as slow, for one second', async () => {
    const stage = new Stage({ script: (_input, now) => ({ wakeAt: now.mono + 50 }) });
    const told = () =>
      stage.steps.flatMap(({ input, now }) => (input.type === 'health' ? [[now.mono, input.reason]] : []));
    stage.driver.start();
    await stage.time.run(1_000);
    stage.time.freeze(240);
    await stage.time.run(100);
    expect(told()).to.deep.equal([]);
    const frozenAt = stage.time.mono();
    stage.time.freeze(400);
    await stage.time.run(2_000);
    expect(told()).to.deep.equal([
      [frozenAt + 400, 'loop-slow'],
      [frozenAt + 1_400, null],
    ]);
    expect(stage.logger.of('warn the event loop was held up')).to.have.length(1);
  });

  it('counts as slow for a second, however often: the machines may all be held up together', async () => {
    const stage = new Stage({ script: (_input, now) => ({ wakeAt: now.mono + 50 }) });
    const slowFor: number[] = [];
    stage.driver.start();
    await stage.time.run(100);
    for (const restMs of [100, 1_500, 100, 100]) {
      stage.time.freeze(400);
      const heldUpAt = stage.time.mono();
      await stage.time.run(1);
      await stage.time.run(31_000, () => isHealthy(stage));
      slowFor.push(stage.time.mono() - heldUpAt);
      await stage.time.run(restMs);
    }
    expect(slowFor).to.deep.equal([1_000, 1_000, 1_000, 1_000]);
  });

  it('yields to a full disk, which outlasts a slow loop', async () => {
    const stage = new Stage({ script: (_input, now) => ({ wakeAt: now.mono + 50 }) });
    const told = () => stage.steps.flatMap(({ input }) => (input.type === 'health' ? [input.reason] : []));
    stage.driver.start();
    await stage.time.run(100);
    stage.time.freeze(400);
    await stage.time.run(10);
    stage.driver.space(false);
    await stage.time.run(3_000);
    stage.driver.space(true);
    expect(told()).to.deep.equal(['loop-slow', 'disk-full', null]);
  });
});
