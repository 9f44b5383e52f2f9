// The simulated event loop: what waits while a process is stopped, in which order it is taken up, and that a process which
// goes on early goes on whole.

import { expect } from 'chai';
import { Quartz } from './quartz.js';
import { Random } from './random.js';
import { SimProcess } from './sim-process.js';
import { Timeline } from './timeline.js';

function made(seed = 1) {
  const timeline = new Timeline();
  const quartz = new Quartz(0, 1, 0);
  const random = new Random(seed, 'process');
  const process = new SimProcess({ timeline, quartz, random, run: (_, task) => task() });
  const pass = (until: number): void => {
    while (timeline.step(until));
  };
  return { timeline, quartz, process, pass };
}

describe('a simulated process', () => {
  it('does nothing while it is stopped, and all of it afterwards', () => {
    const { process, pass } = made();
    const done: string[] = [];
    process.at(5, () => done.push('timer'));
    process.deliverAt(6, () => done.push('bytes'));
    process.stop(10);
    pass(9.9);
    expect(done).to.deep.equal([]);
    pass(11);
    expect([...done].sort()).to.deep.equal(['bytes', 'timer']);
  });

  it('takes up timers in time when it goes on before it was to', () => {
    const { timeline, quartz, process, pass } = made();
    let fired = 0;
    process.at(500, () => {
      fired = timeline.now;
    });
    pass(100);
    quartz.suspend(timeline.now, 300);
    process.stop(60_000);
    pass(1_000);
    process.resume();
    pass(1_010);
    expect(fired).to.be.within(1_000, 1_010);
  });

  it('keeps the order of timers, and takes up what came from outside in any order', () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const { process, pass } = made(seed);
      let order = '';
      for (const name of ['1', '2']) process.at(name === '1' ? 2 : 4, () => (order += name));
      for (const name of ['a', 'b', 'c']) process.deliverAt(3, () => (order += name));
      process.stop(10);
      pass(20);
      expect(order).to.have.length(5);
      expect(order.indexOf('1')).to.be.below(order.indexOf('2'));
      orders.add(order.replaceAll(/\d/g, ''));
    }
    expect([...orders].sort()).to.deep.equal(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });

  it('is ahead of the others when it was stopped within a task, and does not go back', () => {
    const { process, pass } = made();
    let before = 0;
    let after = 0;
    process.stopWithin(2, 50);
    process.deliverAt(1, () => {
      before = process.mono();
      after = process.mono();
    });
    pass(2);
    process.resume();
    expect([before, after]).to.deep.equal([1, 51]);
    let next = 0;
    process.deliver(() => {
      next = process.mono();
    });
    pass(60);
    expect(next).to.equal(51);
  });

  it('is not stopped within a task any more when it was to go on before', () => {
    const { process, pass } = made();
    process.stopWithin(2, 50);
    process.resume();
    const readings: number[] = [];
    process.deliverAt(1, () => readings.push(process.mono(), process.mono()));
    pass(2);
    expect(readings).to.deep.equal([1, 1]);
  });

  it('does nothing any more when it is dead', () => {
    const { process, pass } = made();
    process.at(5, () => expect.fail('a timer'));
    process.deliverAt(5, () => expect.fail('bytes'));
    process.endOfTurn(() => expect.fail('the end of a turn'));
    pass(1e-3);
    process.die();
    pass(20);
  });
});
