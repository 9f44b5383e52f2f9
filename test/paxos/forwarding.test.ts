/** The origin's parcels on their way: what goes when the way is new or broke, what is settled, what a neighbour passes on. */

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { Forwarding } from '#src/paxos/forwarding.js';
import type { Forward } from '#src/paxos/message.js';
import type { Route } from '#src/paxos/support.js';
import { SLOW_BYTES_PER_MS } from '#src/paxos/timing.js';
import { parcel, parts, Sessions } from './support/makers.js';
import { readBallot } from './support/notation.js';

const route = (ballot: string, via: string, direct = true): Route => ({
  ballot: readBallot(ballot),
  via: replicaName(via),
  direct,
});

interface Bench {
  readonly forwarding: Forwarding;
  readonly sessions: Sessions;
}

function bench(count: number): Bench {
  const sessions = new Sessions();
  const forwarding = new Forwarding(parts('a b c', { sessions }));
  for (let first = 1; first <= count; first++) forwarding.propose(parcel('a', 1, first, 1), 0);
  return { forwarding, sessions };
}

const sent = (forwarding: Forwarding, way: Route): string =>
  forwarding
    .take(way, 0)
    .map(({ first }) => first)
    .join(' ');

/** What is done between two takes along `1.b via b`; what the second one gives. Three parcels are there from the start. */
const ROWS: readonly (readonly [what: string, act: (bench: Bench) => void, way: Route, then: string])[] = [
  ['nothing', () => undefined, route('1.b', 'b'), ''],
  ['a parcel more', ({ forwarding }) => forwarding.propose(parcel('a', 1, 4, 1), 0), route('1.b', 'b'), '4'],
  ['another ballot', () => undefined, route('2.b', 'b'), '1 2 3'],
  ['another way', () => undefined, route('1.b', 'c', false), '1 2 3'],
  ['silence', ({ forwarding }) => forwarding.again(), route('1.b', 'b'), '1 2 3'],
  ['one not let in', ({ forwarding }) => forwarding.untake(1), route('1.b', 'b'), '3'],
  ['all not let in', ({ forwarding }) => forwarding.untake(3), route('1.b', 'b'), '1 2 3'],
  ['2 executed', ({ forwarding, sessions }) => settle(forwarding, sessions, 1, 2), route('1.b', 'b'), ''],
  [
    '2 executed, another ballot',
    ({ forwarding, sessions }) => settle(forwarding, sessions, 1, 2),
    route('2.c', 'c'),
    '3',
  ],
  [
    'all executed, another ballot',
    ({ forwarding, sessions }) => settle(forwarding, sessions, 1, 3),
    route('2.c', 'c'),
    '',
  ],
  [
    'an older life executed',
    ({ forwarding, sessions }) => settle(forwarding, sessions, 0, 9),
    route('2.c', 'c'),
    '1 2 3',
  ],
  ['a newer life executed', ({ forwarding, sessions }) => settle(forwarding, sessions, 2, 1), route('2.c', 'c'), ''],
];

function settle(forwarding: Forwarding, sessions: Sessions, life: number, last: number): void {
  sessions.applied('a', life, last);
  expect(forwarding.settle(0)).to.equal(life > 0);
  expect(forwarding.settle(0)).to.equal(false);
}

describe('forwarding', () => {
  for (const [what, act, way, then] of ROWS) {
    it(`sends ${then || 'nothing'} again after ${what}`, () => {
      const made = bench(3);
      expect(sent(made.forwarding, route('1.b', 'b'))).to.equal('1 2 3');
      act(made);
      expect(sent(made.forwarding, way)).to.equal(then);
      expect(sent(made.forwarding, way)).to.equal('');
    });
  }

  it('settles parcels as a whole', () => {
    const { sessions, forwarding } = bench(0);
    forwarding.propose(parcel('a', 1, 1, 3), 0);
    forwarding.propose(parcel('a', 1, 4, 2), 0);
    sessions.applied('a', 1, 2);
    expect(forwarding.settle(0)).to.equal(false);
    sessions.applied('a', 1, 3);
    expect(forwarding.settle(0)).to.equal(true);
    expect(sent(forwarding, route('1.b', 'b'))).to.equal('4');
    sessions.applied('a', 1, 5);
    forwarding.settle(0);
    expect(forwarding.isEmpty).to.equal(true);
  });

  /** Parcels 1 and 2 are proposed at 0; `2@70`: executed up to 2 at 70; `?100`: it is looked whether they are stuck. */
  for (const [story, again, dueAt] of [
    ['?99', '', 100],
    ['?100', '1 2', 300],
    ['?100 ?299 ?300', '1 2', 700],
    ['1@70 ?100', '', 170],
    ['1@70 ?170', '', 370],
    ['1@70 ?170 ?370', '2', 770],
    ['1@20 ?120', '2', 320],
    ['2@70 ?500', '', Number.POSITIVE_INFINITY],
  ] as const) {
    it(`finds ${again || 'nothing'} stuck in ${story}`, () => {
      const { forwarding, sessions } = bench(2);
      sent(forwarding, route('1.b', 'b'));
      for (const event of story.split(' ')) {
        const [last = 0, mono = 0] = event.split(/[@?]/).map(Number);
        if (event.startsWith('?')) forwarding.againIfStuck(mono);
        else {
          sessions.applied('a', 1, last);
          forwarding.settle(mono);
        }
      }
      expect(sent(forwarding, route('1.b', 'b'))).to.equal(again);
      expect(forwarding.dueAt).to.equal(dueAt);
    });
  }

  it('gives many bytes more time, each time they are sent', () => {
    const { forwarding } = bench(0);
    forwarding.propose({ ...parcel('a', 1, 1, 1), bytes: new Uint8Array(1_000 * SLOW_BYTES_PER_MS) }, 0);
    const again = [100, 300, 700, 999, 1_000, 1_999, 2_000].filter((mono) => {
      sent(forwarding, route('1.b', 'b'));
      forwarding.againIfSlow(mono);
      return sent(forwarding, route('1.b', 'b')) !== '';
    });
    expect(again).to.deep.equal([1_000, 2_000]);
  });

  it('stops an origin that leaves a gap, and lets a new life begin anew', () => {
    const { forwarding } = bench(3);
    expect(() => forwarding.propose(parcel('a', 1, 5, 1), 0)).to.throw('without gaps');
    forwarding.propose(parcel('a', 2, 1, 1), 0);
    expect(sent(forwarding, route('1.b', 'b'))).to.equal('1 2 3 1');
  });

  for (const [hops, way, refusal] of [
    [0, route('1.b', 'b'), null],
    [1, route('1.b', 'b'), 'it was relayed before'],
    [0, null, 'no link to that leader'],
    [0, route('1.b', 'c', false), 'no link to that leader'],
    [0, route('2.b', 'b'), 'no link to that leader'],
    [0, route('1.c', 'c'), 'no link to that leader'],
  ] as const) {
    it(`${refusal === null ? 'relays' : 'does not relay'} after ${hops} hops along ${way?.ballot.round ?? 'no'}.${way?.via ?? 'way'}`, () => {
      const made = parts('a b c');
      const message: Forward = { type: 'forward', ballot: readBallot('1.b'), hops, parcels: [parcel('c', 1, 1, 1)] };
      expect(new Forwarding(made).relay(message, way)).to.equal(refusal);
      const { sends } = made.journal.effects;
      if (refusal !== null) expect(sends).to.have.length(0);
      else expect(sends).to.deep.equal([{ to: ['b'], message: { ...message, hops: 1 }, after: 0 }]);
    });
  }
});
