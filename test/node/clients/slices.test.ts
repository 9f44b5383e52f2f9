// Long work in slices: how much of it a turn does, in which order, and what becomes of work that rests.

import { expect } from 'chai';
import { Slices, type Work } from '#src/node/clients/slices.js';
import { ManualClock } from '../origin/manual-clock.js';

/** A millisecond passes whenever somebody looks. */
class PassingClock extends ManualClock {
  #looks = 0;

  override mono(): number {
    return super.mono() + this.#looks++;
  }
}

function work(name: string, steps: number, done: string[], restsAfter = 0): Work {
  function* run(): Generator<'rest' | undefined, void> {
    for (let step = 1; step <= steps; step++) {
      done.push(`${name}${step}`);
      yield step === restsAfter ? 'rest' : undefined;
    }
  }
  return run();
}

describe('work in slices', () => {
  it('goes on a few milliseconds a turn, everyone in turn', () => {
    const clock = new PassingClock();
    const slices = new Slices(clock);
    const done: string[] = [];
    for (const name of ['a', 'b', 'c']) slices.add(work(name, 4, done));
    const turns: string[] = [];
    while (clock.waits) {
      clock.turn();
      turns.push(done.splice(0).join(' '));
    }
    expect(turns.length).to.be.greaterThan(2);
    for (const turn of turns) expect(turn.split(' ').length).to.be.below(6);
    const order = turns.join(' ').trim().split(' ');
    expect(order).to.have.length(12);
    for (const step of [1, 2, 3, 4]) {
      const last = Math.max(...['a', 'b', 'c'].map((name) => order.indexOf(`${name}${step}`)));
      for (const name of ['a', 'b', 'c'])
        if (step < 4) expect(order.indexOf(`${name}${step + 1}`)).to.be.greaterThan(last - 3);
    }
  });

  it('leaves alone what rests, until it is added again', () => {
    const clock = new ManualClock();
    const slices = new Slices(clock);
    const done: string[] = [];
    const resting = work('a', 3, done, 2);
    slices.add(resting);
    slices.add(work('b', 3, done));
    clock.settle();
    expect(done.join(' ')).to.equal('a1 b1 a2 b2 b3');
    slices.add(resting);
    clock.settle();
    expect(done.at(-1)).to.equal('a3');
  });
});
