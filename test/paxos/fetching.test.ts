/** Pulling what is missing: whom is asked for what, what is taken from an answer, and what is answered. */

import { expect } from 'chai';
import { incarnation, lsn, replicaName, slot } from '#src/base/ids.js';
import { describeEffects } from '#src/paxos/describe.js';
import { Fetching } from '#src/paxos/fetching.js';
import type { Fetch, Values } from '#src/paxos/message.js';
import type { Parts } from '#src/paxos/parts.js';
import { Support } from '#src/paxos/support.js';
import { FETCH_BYTES, FETCH_SLOTS, READY_BYTES } from '#src/paxos/timing.js';
import { parts } from './support/makers.js';
import { Node } from './support/node.js';
import { readBallot, readHeld, readMessage, storeOf } from './support/notation.js';
import { Puppet } from './support/puppet.js';

interface Bench {
  readonly parts: Parts;
  readonly fetching: Fetching;
  readonly support: Support;
  /** What was asked for and answered since the last look. */
  readonly sent: () => string;
}

/** Replica a with slots up to 4 decided; `held` is what it has above. */
function bench(held = ''): Bench {
  const entries = held
    .split(/ (?=\d+@)/)
    .filter((text) => text !== '')
    .map(readHeld);
  const made = parts('a b c', {
    recovered: { ...Node.nothing(), decidedUpTo: slot(4), highestSlot: slot(9), lastLsn: lsn(9), held: entries },
  });
  const support = new Support(made.self.name, made.neighbours, made.journal);
  return {
    parts: made,
    support,
    fetching: new Fetching(made, support),
    sent: () => describeEffects(made.journal.take(), made.self.name).join('; '),
  };
}

/** A linked peer that told these applied slots in its last two heartbeats. */
function know({ parts: made }: Bench, name: string, before: number, applied: number): void {
  const peer = replicaName(name);
  const link = { type: 'link-up', peer, store: storeOf(name), incarnation: incarnation(1) } as const;
  const neighbour = made.neighbours.linkUp({ ...link, remembered: null, rememberedLsn: null, founding: '' });
  const puppet = new Puppet(peer, 1, [], slot(0));
  for (const at of [before, applied]) {
    const message = readMessage(`heartbeat none, applied ${at}`, puppet.next(0));
    if (message.type === 'heartbeat') made.neighbours.hear(neighbour, message, 10);
  }
}

/** b and c told so much in their last two heartbeats; a follows a ballot, which was said to be chosen up to a slot. */
const CATCH_UP: readonly (readonly [b: string, c: string, ballot: string, chosen: number, asked: string])[] = [
  ['4 4', '4 4', '1.b', 0, ''],
  ['0 9', '0 9', '1.b', 0, ''],
  ['5 5', '4 4', '1.c', 0, 'a → b fetch 5'],
  ['9 9', '4 4', '1.c', 0, 'a → b fetch 5-9'],
  ['9 9', '9 9', '1.b', 0, 'a → c fetch 5-9'],
  ['9 9', '9 9', '1.c', 0, 'a → b fetch 5-9'],
  ['9 9', '4 4', '1.b', 0, 'a → b fetch 5-9'],
  ['4 4', '4 4', '1.b', 7, 'a → b fetch 5-7'],
  ['4 4', '4 4', '1.c', 7, 'a → c fetch 5-7'],
  ['9 9', '4 4', '1.c', 7, 'a → b fetch 5-9'],
  ['9999 9999', '4 4', '1.c', 0, `a → b fetch 5-${4 + FETCH_SLOTS}`],
];

describe('a replica that lags', () => {
  for (const [b, c, ballot, chosen, asked] of CATCH_UP) {
    it(`b at ${b}, c at ${c}, following ${ballot}, chosen ${chosen}: ${asked || 'asks nobody'}`, () => {
      const made = bench();
      for (const [name, text] of [
        ['b', b],
        ['c', c],
      ] as const) {
        const [before = 0, applied = 0] = text.split(' ').map(Number);
        know(made, name, before, applied);
      }
      made.support.follow(readBallot(ballot));
      made.parts.learner.chosen(readBallot(ballot), slot(chosen));
      made.parts.journal.take();
      made.fetching.catchUp(20);
      expect(made.sent()).to.equal(asked);
    });
  }

  it('has one request outstanding, and asks again when its link fell', () => {
    const made = bench();
    know(made, 'b', 9, 9);
    made.fetching.catchUp(20);
    made.fetching.catchUp(30);
    made.fetching.request(made.parts.neighbours.get(replicaName('b')), slot(5), slot(6), 30);
    expect(made.sent()).to.equal('a → b fetch 5-9');
    made.fetching.linkDown(replicaName('b'));
    made.fetching.catchUp(40);
    expect(made.sent()).to.equal('a → b fetch 5-9');
  });
});

/** Fetched 5-9 of b: its answer, what follows, and whether b still owes one. */
const ANSWERS: readonly (readonly [answer: string, then: string, owes: boolean])[] = [
  ['from 5, decided 4', '', false],
  ['from 5 5@decided=noop, decided 5', 'log 10: decided 5=noop; decide 5=noop', false],
  [
    'from 5 5@decided=noop 6@decided=noop, decided 9',
    'log 10: decided 5=noop; log 11: decided 6=noop; decide 5=noop; decide 6=noop; a → b fetch 7-9',
    true,
  ],
  // What the answerer has not decided is no news to a learner.
  ['from 5 5@2.b=noop, decided 4', '', false],
  ['from 5 5@decided=noop 6@2.b=noop, decided 5', 'log 10: decided 5=noop; decide 5=noop', false],
  // An answer with a gap moves nothing, and nothing is asked at once for ever.
  ['from 5 7@decided=noop, decided 9', 'log 10: decided 7=noop', false],
  // A late answer to something else is as true as any other.
  ['from 6 6@decided=noop, decided 9', 'log 10: decided 6=noop', true],
  ['from 2 2@decided=noop, decided 9', '', true],
];

function answered(made: Bench, name: string, text: string, mono: number): void {
  const peer = made.parts.neighbours.get(replicaName(name));
  const message = readMessage(`values ${text}`, new Puppet(peer.name, 1, [], slot(0)).defaults(0)) as Values;
  made.fetching.take(peer, message, mono);
}

describe('an answer', () => {
  for (const [answer, then, owes] of ANSWERS) {
    it(`values ${answer}: ${then || 'nothing'}`, () => {
      const made = bench();
      know(made, 'b', 9, 9);
      made.fetching.catchUp(20);
      made.sent();
      answered(made, 'b', answer, 30);
      expect(made.sent()).to.equal(then);
      expect(made.fetching.isOutstanding(replicaName('b'))).to.equal(owes);
    });
  }

  it('is followed by more while it waits to be applied, until much waits', () => {
    const made = bench();
    know(made, 'b', 9, 9);
    made.fetching.catchUp(20);
    made.sent();
    const size = READY_BYTES / 2;
    answered(made, 'b', `from 5 5@decided=batch(${size} B at 1) 6@decided=batch(${size} B at 1), decided 9`, 30);
    expect(made.sent()).to.match(/decide 5=batch\(.*\); a → b fetch 7-9$/);
    answered(made, 'b', `from 7 7@decided=batch(${size} B at 1) 8@decided=batch(1 B at 1), decided 9`, 40);
    made.fetching.catchUp(40);
    expect(made.sent()).to.equal(`log 12: decided 7=batch(${size} B at 1); log 13: decided 8=batch(1 B at 1)`);
    made.parts.learner.turn();
    made.fetching.catchUp(50);
    expect(made.sent()).to.match(/^decide 6=.*; a → b fetch 9$/);
  });

  it('that does not come leads to somebody else, and back after a second', () => {
    const made = bench();
    know(made, 'b', 9, 9);
    know(made, 'c', 9, 9);
    made.fetching.catchUp(20);
    expect(made.sent()).to.equal('a → b fetch 5-9');
    made.fetching.catchUp(119);
    expect(made.sent()).to.equal('');
    made.fetching.catchUp(120);
    expect(made.sent()).to.equal('a → c fetch 5-9');
    for (const mono of [219, 220, 1_119]) {
      made.fetching.catchUp(mono);
      expect(made.sent()).to.equal('');
    }
    made.fetching.catchUp(1_120);
    expect(made.sent()).to.equal('a → b fetch 5-9');
  });

  it('with nothing in it leads to somebody else as well', () => {
    const made = bench();
    know(made, 'b', 9, 9);
    know(made, 'c', 9, 9);
    made.fetching.catchUp(20);
    made.sent();
    answered(made, 'b', 'from 5, decided 4', 30);
    made.fetching.catchUp(30);
    expect(made.sent()).to.equal('a → c fetch 5-9');
  });

  it('that tells of no decision is not asked for again at once', () => {
    const made = bench();
    know(made, 'b', 4, 4);
    made.support.follow(readBallot('1.b'));
    made.parts.learner.chosen(readBallot('1.b'), slot(5));
    made.fetching.catchUp(20);
    expect(made.sent()).to.equal('a → b fetch 5; follows 1.b');
    answered(made, 'b', 'from 5 5@1.b=noop, decided 4', 30);
    for (const mono of [30, 129]) {
      made.fetching.catchUp(mono);
      expect(made.sent()).to.equal('');
    }
    made.fetching.catchUp(130);
    expect(made.sent()).to.equal('a → b fetch 5');
  });
});

/** Slots up to 4 are decided; 5 and 7 are held. */
const FETCHES: readonly (readonly [fetch: string, answer: string])[] = [
  ['1-9', 'read the log 1-4 for b'],
  ['2-3', 'read the log 2-3 for b'],
  ['4', 'read the log 4 for b'],
  ['5-9', 'a → b values from 5 5@2.b=noop 7@decided=noop, decided 4, log from 1'],
  ['5', 'a → b values from 5 5@2.b=noop, decided 4, log from 1'],
  ['6', 'a → b values from 6, decided 4, log from 1'],
  ['8-99', 'a → b values from 8, decided 4, log from 1'],
];

describe('a fetch', () => {
  for (const [fetch, answer] of FETCHES) {
    it(`of ${fetch}: ${answer}`, () => {
      const made = bench('5@2.b=noop 7@decided=noop');
      const defaults = new Puppet(replicaName('b'), 1, [], slot(0)).defaults(0);
      made.fetching.answer(replicaName('b'), readMessage(`fetch ${fetch}`, defaults) as Fetch);
      expect(made.sent()).to.equal(answer);
    });
  }

  it('of large values gets as many as the bytes allow', () => {
    const half = FETCH_BYTES / 2;
    const made = bench(`5@2.b=batch(${half} B at 1) 6@2.b=batch(${half} B at 1) 7@2.b=batch(${half} B at 1)`);
    made.fetching.answer(replicaName('b'), { type: 'fetch', from: slot(5), to: slot(9) });
    const [send] = made.parts.journal.take().sends;
    expect(send?.message.type === 'values' && send.message.held.map((held) => held.slot)).to.deep.equal([5, 6]);
  });
});
