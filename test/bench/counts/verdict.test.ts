// A count that has changed must be told, whichever way, and one that has not must not.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { SCENARIOS } from './scenario.js';
import type { Counts } from './tally.js';
import { verdict } from './verdict.js';

const puts = must(
  SCENARIOS.find(({ name }) => name === 'puts'),
  'puts',
);
const idle = must(
  SCENARIOS.find(({ asks }) => asks === null),
  'idle',
);

describe('a count', () => {
  const cases: readonly [what: string, known: Partial<Counts>, counted: Partial<Counts>, told: string[]][] = [
    ['is fine as it is written down', { frames: 2, peerBytes: 300 }, { frames: 2, peerBytes: 300 }, []],
    ['may rise a little', { frames: 2 }, { frames: 2.19 }, []],
    ['may fall a little', { frames: 2 }, { frames: 1.81 }, []],
    [
      'is told when it has risen, with all others that have',
      { frames: 2, slots: 1, peerBytes: 300 },
      { frames: 2.5, slots: 1, peerBytes: 600.04 },
      [
        'puts: frames to peers: 2.5 a command, 25.0 % above the 2 written down',
        'puts: bytes to peers: 600 a command, 100.0 % above the 300 written down',
      ],
    ],
    [
      'is told when it has fallen',
      { slots: 1 },
      { slots: 0.5 },
      ['puts: slots decided: 0.5 a command, 50.0 % below the 1 written down'],
    ],
    ['is fine while it is next to nothing', { frames: 0.001, peerBytes: 0 }, { frames: 0.019, peerBytes: 4.9 }, []],
    [
      'is told when it is no longer next to nothing',
      { otherDisk: 0 },
      { otherDisk: 0.03 },
      ['puts: other disk operations: 0.03 a command, 50.0 % above the 0 written down'],
    ],
    ['is told when nobody knows it', {}, { steps: 1 }, ['puts: steps of the cores: nothing is written down']],
  ];
  for (const [what, known, counted, told] of cases) {
    it(what, () => expect(verdict(puts, known, counted)).to.deep.equal(told));
  }

  it('of a second has another size', () => {
    expect(verdict(idle, { frames: 0 }, { frames: 0.9 })).to.deep.equal([]);
    expect(verdict(idle, { frames: 200 }, { frames: 300 })).to.deep.equal([
      'idle: frames to peers: 300 a second, 50.0 % above the 200 written down',
    ]);
  });
});
