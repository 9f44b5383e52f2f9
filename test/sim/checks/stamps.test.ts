// Stamps against clocks: one wrong clock of three must not show in them, two may.

import { Stamps } from './stamps.js';
import { violated } from './violated.js';

/** Three replicas, whose clocks are ahead of true time by so much. */
function stamps(...ahead: readonly number[]): Stamps {
  const made = new Stamps(3);
  for (const [index, ms] of ahead.entries()) made.read(`${index}`, 100 + ms, 100);
  return made;
}

describe('the stamps', () => {
  it('may be as late as a majority of clocks', () => {
    stamps(0, 50, 3_600_000).decided(7, 1_050, 1_000);
    stamps(-5_000, 0, 0).decided(7, 900, 1_000);
  });

  it('may drift', () => {
    stamps(0, 0, 0).decided(7, 10_150, 10_000);
  });

  it('must not follow the one clock that is ahead', () => {
    violated('no clock alone makes time', () => stamps(0, 50, 3_600_000).decided(7, 1_100, 1_000));
  });

  it('may come from a process that was ahead of time when it died', () => {
    const set = stamps(0, 0, 0);
    set.read('1', 1_500, 1_500);
    violated('no clock alone makes time', () => set.decided(7, 1_500, 1_200));
    set.cameBack('1', 7, 1_200);
    set.decided(7, 1_500, 1_200);
    violated('no clock alone makes time', () => set.decided(8, 1_700, 1_200));
  });

  it('go on from the last one, and on again', () => {
    const set = stamps(0, 0, 0);
    set.read('1', 1_500, 1_500);
    set.cameBack('1', 7, 1_200);
    set.decided(7, 1_800, 1_500);
    set.read('1', 2_000, 2_000);
    set.cameBack('1', 7, 1_600);
    set.decided(8, 2_600, 1_900);
    violated('no clock alone makes time', () => set.decided(9, 2_800, 1_900));
  });

  it('are no further ahead than one behind all that had been ahead', () => {
    const set = stamps(0, 0, 0);
    set.read('1', 3_000, 3_000);
    set.cameBack('1', 7, 1_000);
    set.decided(7, 1_100, 1_100);
    set.decided(8, 3_150, 1_150);
    set.decided(9, 3_200, 1_200);
    set.read('1', 3_000, 3_000);
    set.cameBack('1', 9, 1_300);
    set.decided(10, 3_300, 1_300);
    violated('no clock alone makes time', () => set.decided(11, 3_600, 1_350));
  });

  it('go by what a clock once showed', () => {
    const set = stamps(0, 0, 3_600_000);
    set.read('0', 5_100, 100);
    set.read('0', 200, 200);
    set.decided(7, 6_000, 1_000);
    violated('no clock alone makes time', () => set.decided(8, 6_100, 1_000));
  });

  it('need a majority of clocks', () => {
    violated('no clock alone makes time', () => stamps(0).decided(7, 0, 1_000));
  });
});
