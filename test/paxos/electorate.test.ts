/** Who may lead as one replica sees it: why it may not itself, and whether, and when, it would let a candidate. */

import { expect } from 'chai';
import { incarnation, replicaName, slot } from '#src/base/ids.js';
import { Electorate } from '#src/paxos/electorate.js';
import type { Parts, ReplicaOptions } from '#src/paxos/parts.js';
import { configuration, parts } from './support/makers.js';
import { readBallot, readMessage, readValue, storeOf } from './support/notation.js';
import { Puppet } from './support/puppet.js';

interface Bench {
  readonly parts: Parts;
  readonly electorate: Electorate;
}

/** Replica a of a, b, c, priority 1, at 1,000 ms, with b (3) and c (2) heard and in contact just now. */
function bench(change: Partial<ReplicaOptions> = {}, silent: readonly string[] = []): Bench {
  const made = parts('a b c', change);
  for (const name of ['b', 'c']) if (!silent.includes(name)) hear(made, name, 'none');
  return { parts: made, electorate: new Electorate(made) };
}

const PRIORITIES: Readonly<Record<string, number>> = { b: 3, c: 2 };

/** A heartbeat and an echo at 1,000 - ago. */
function hear(made: Parts, name: string, text: string, ago = 0): void {
  const peer = replicaName(name);
  const link = { type: 'link-up', peer, store: storeOf(name), incarnation: incarnation(1) } as const;
  const neighbour = made.neighbours.linkUp({ ...link, remembered: null, rememberedLsn: null, founding: '' });
  const contacts = ['a', 'b', 'c'].filter((other) => other !== name).map(replicaName);
  const defaults = new Puppet(peer, PRIORITIES[name] ?? 0, contacts, slot(0)).next(0);
  const message = readMessage(`heartbeat ${text}`, defaults);
  if (message.type === 'heartbeat') made.neighbours.hear(neighbour, message, 1_000 - ago);
  made.neighbours.echoed(neighbour, defaults.echo, { number: 1, mono: 1_000 - ago, offset: 0 }, 1_000 - ago);
}

/** What is special, and why it may not lead. */
const INELIGIBLE: readonly (readonly [what: string, make: () => Bench, why: string | null])[] = [
  ['nothing', () => bench(), null],
  ['priority 0', () => bench({ priority: 0 }), 'priority-0'],
  [
    'a full disk, which the others have to know also of one that would not lead anyway',
    () =>
      changed(bench({ priority: 0 }), ({ condition }) => {
        condition.health = 'disk-full';
        condition.draining = true;
      }),
    'disk-full',
  ],
  ['an empty seat', () => bench(seats('a=- b=b c=c')), 'not-counted'],
  ['another store on its seat', () => bench(seats('a=aa b=b c=c')), 'not-counted'],
  ['draining', () => changed(bench(), (made) => (made.condition.draining = true)), 'draining'],
  ['bad health', () => changed(bench(), (made) => (made.condition.health = 'loop-slow')), 'loop-slow'],
  ['a write for 1 s', () => changed(bench(), (made) => (made.condition.unpersistedSince = 0)), null],
  ['a write for longer', () => changed(bench(), (made) => (made.condition.unpersistedSince = -0.1)), 'disk-slow'],
  ['a restart wait', () => bench({ restartWaitMs: 1_001 }), 'restart-wait'],
  ['a restart wait just over', () => bench({ restartWaitMs: 1_000 }), null],
  ['one of two others silent', () => bench({}, ['b']), null],
  ['both others silent', () => bench({}, ['b', 'c']), 'not-connected-to-a-majority'],
  ['the other heard long ago', () => stale(150), 'not-connected-to-a-majority'],
  ['the other heard not so long ago', () => stale(149), null],
  ['no founding, nobody founded', () => bench(UNFOUNDED), null],
  ['no founding, b founded', () => told(bench(UNFOUNDED), 'none, founding 0123456789abcdef'), 'recovering'],
  [
    'no founding, b founded and gone',
    () => {
      const made = told(bench(UNFOUNDED), 'none, founding 0123456789abcdef');
      made.parts.neighbours.linkDown(replicaName('b'));
      return made;
    },
    null,
  ],
  ['only uncounted ones in contact', () => bench(seats('a=a b=bb c=-')), 'not-connected-to-a-majority'],
];

const UNFOUNDED: Partial<ReplicaOptions> = {
  heard: new Map(configuration('b c').seats.map(({ name }) => [name, storeOf(name)])),
  replayed: { configuration: null, founding: '', lastStamp: 0 },
};

function seats(text: string): Partial<ReplicaOptions> {
  const value = readValue(`configuration(${text})`);
  if (value.type !== 'configuration') throw new Error('a configuration');
  return { replayed: { configuration: value, founding: '', lastStamp: 0 } };
}

function changed(made: Bench, change: (made: Parts) => void): Bench {
  change(made.parts);
  return made;
}

function told(made: Bench, text: string): Bench {
  hear(made.parts, 'b', `9 ${text}`);
  return made;
}

function stale(ago: number): Bench {
  const made = bench({}, ['b', 'c']);
  hear(made.parts, 'b', 'none', ago);
  return made;
}

describe('a replica may lead', () => {
  for (const [what, make, why] of INELIGIBLE) {
    it(`${why === null ? '' : 'not '}with ${what}`, () => expect(make().electorate.ineligible(1_000)).to.equal(why));
  }
});

/** Willing now, or when time alone may make it so: at a time, or never. */
const WILLING: readonly (readonly [
  what: string,
  make: () => Bench,
  candidate: string,
  answer: 'now' | 'never' | number,
])[] = [
  ['free for long', () => bench(), 'b', 'now'],
  ['free for long', () => bench(), 'c', 'now'],
  ['free for long', () => bench(), 'a', 'now'],
  ['b ineligible', () => told(bench(), 'none, ineligible draining'), 'b', 'never'],
  ['b silent', () => bench({}, ['b']), 'b', 'never'],
  ['a learner', () => bench(seats('a=aa b=b c=c')), 'b', 'never'],
  ['b not counted', () => bench(seats('a=a b=bb c=c')), 'b', 'never'],
  ['in restart wait', () => bench({ restartWaitMs: 1_200 }), 'b', 1_200],
  // Free since 990: the first in ranking at once, the second after a half of the contact time, the third after all of it.
  ['just free', () => bound('1.b', 690), 'b', 'now'],
  ['just free', () => bound('1.b', 690), 'c', 990 + 75],
  ['just free', () => bound('1.b', 690), 'a', 990 + 150],
  // Bound until 1,100.
  ['bound to b', () => bound('1.b', 800), 'b', 'now'],
  ['bound to b', () => bound('1.b', 800), 'c', 1_100 + 75],
  ['bound to b', () => bound('1.b', 800), 'a', 1_100 + 150],
  ['bound to c', () => bound('1.c', 800), 'b', 1_100],
  // Promised to c at 900.
  ['promised to c', () => promised('2.c', 900), 'b', 1_900],
  ['promised to c', () => promised('2.c', 900), 'c', 'now'],
  ['promised to c long ago', () => promised('2.c', -1), 'b', 'now'],
  ['promised to c, which is not live', () => promised('2.c', 900, ['c']), 'b', 'now'],
  ['promised to itself', () => promised('2.a', 900), 'b', 'now'],
  ['promised to c, which gave up', () => released('2.c', 'b'), 'b', 'now'],
  ['promised to c, which gave up an older ballot', () => released('1.c', 'b'), 'b', 1_900],
  // c gave up in favour of c itself: it is asked first although b ranks higher.
  ['left to c just now', () => left('1.b', 'c'), 'c', 'now'],
  ['left to c just now', () => left('1.b', 'c'), 'b', 1_000 + 75],
];

function bound(ballot: string, at: number): Bench {
  const made = bench();
  made.parts.binding.bind(readBallot(ballot), readBallot('none'), at);
  return made;
}

/** Those of `silent` were never heard, and b vouches for nobody. */
function promised(ballot: string, at: number, silent: readonly string[] = []): Bench {
  const made = bench({}, silent);
  if (silent.length > 0) hear(made.parts, 'b', '9 none, contacts a');
  made.electorate.promised(readBallot(ballot), at);
  return made;
}

function released(ballot: string, to: string): Bench {
  const made = promised('2.c', 900);
  made.electorate.released(readBallot(ballot), replicaName(to), false);
  return made;
}

function left(ballot: string, to: string): Bench {
  const made = bound(ballot, 900);
  made.parts.binding.release(readBallot(ballot), 1_000);
  made.electorate.released(readBallot(ballot), replicaName(to), true);
  return made;
}

describe('an acceptor', () => {
  for (const [what, make, candidate, answer] of WILLING) {
    it(`${what} would let ${candidate} lead ${typeof answer === 'number' ? `at ${answer}` : answer}`, () => {
      const { willing, atMono } = make().electorate.willing(replicaName(candidate), 1_000);
      expect(willing).to.equal(answer === 'now');
      if (answer === 'never') expect(atMono).to.equal(Number.POSITIVE_INFINITY);
      if (typeof answer === 'number') expect(atMono).to.equal(answer);
    });
  }

  it('forgets whom it was left to when it is bound again', () => {
    const { electorate, parts: made } = left('1.b', 'c');
    electorate.bound();
    made.binding.bind(readBallot('2.c'), readBallot('none'), 1_000);
    made.binding.release(readBallot('2.c'), 1_010);
    expect(electorate.ranking(1_010, null).map(({ name }) => name)).to.deep.equal(['b', 'c', 'a']);
  });

  it('has no favourite while it is bound', () => {
    const { electorate, parts: made } = left('1.b', 'c');
    expect(electorate.ranking(1_000, null).map(({ name }) => name)).to.deep.equal(['c', 'b', 'a']);
    made.binding.bind(readBallot('2.c'), readBallot('none'), 1_000);
    expect(electorate.ranking(1_000, null).map(({ name }) => name)).to.deep.equal(['b', 'c', 'a']);
  });
});
