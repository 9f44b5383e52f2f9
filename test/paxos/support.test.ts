/**
 * Whom a replica follows and by what way: a followed ballot against lower, equal and higher words; direct, relayed and no
 * ways.
 */

import { expect } from 'chai';
import { incarnation, lsn, replicaName, slot } from '#src/base/ids.js';
import { ballotText } from '#src/paxos/ballot.js';
import { Journal } from '#src/paxos/journal.js';
import { Neighbours } from '#src/paxos/neighbours.js';
import { Support } from '#src/paxos/support.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { names } from './support/makers.js';
import { readBallot, readMessage, storeOf } from './support/notation.js';
import { Puppet } from './support/puppet.js';

interface Bench {
  readonly support: Support;
  readonly neighbours: Neighbours;
  readonly journal: Journal;
}

function bench(): Bench {
  const journal = new Journal(lsn(0));
  const neighbours = new Neighbours(names('b c d'), DEFAULT_TIMING, journal);
  return { neighbours, journal, support: new Support(replicaName('a'), neighbours, journal) };
}

/** What is said to one who follows 2.b; what it follows then. */
const WORDS: readonly (readonly [word: 'follow' | 'end' | 'promised', ballot: string, then: string])[] = [
  ['follow', '1.c', '2.b'],
  ['follow', '2.a', '2.b'],
  ['follow', '2.b', '2.b'],
  ['follow', '2.c', '2.c'],
  ['follow', '3.a', '3.a'],
  ['end', '1.c', '2.b'],
  ['end', '2.a', '2.b'],
  ['end', '2.b', 'none'],
  ['end', '3.a', 'none'],
  ['promised', '1.c', '2.b'],
  ['promised', '2.b', '2.b'],
  ['promised', '2.c', 'none'],
  ['promised', '3.a', 'none'],
];

/** After it ended so, which ballot is followed when its leader is heard again. */
const AFTER: readonly (readonly [ended: 'end' | 'promised', by: string, said: string, then: string])[] = [
  ['end', '2.b', '2.b', 'none'],
  ['end', '2.b', '2.c', '2.c'],
  // The release of a candidate above it says nothing of a leader at work.
  ['end', '3.a', '2.b', '2.b'],
  ['end', '3.a', '2.c', '2.c'],
  ['end', '3.a', '3.a', 'none'],
  ['end', '3.a', '3.b', '3.b'],
  ['promised', '3.a', '2.b', '2.b'],
  ['promised', '3.a', '1.c', 'none'],
  ['promised', '3.a', '3.a', '3.a'],
  ['promised', '3.a', '3.b', '3.b'],
];

describe('following', () => {
  for (const [word, ballot, then] of WORDS) {
    it(`2.b, ${word} ${ballot} leaves ${then}`, () => {
      const { support } = bench();
      support.follow(readBallot('2.b'));
      support[word](readBallot(ballot));
      expect(ballotText(support.ballot)).to.equal(then);
    });
  }

  for (const [ended, by, said, then] of AFTER) {
    it(`2.b, ${ended} ${by}, follow ${said} leaves ${then}`, () => {
      const { support } = bench();
      support.follow(readBallot('2.b'));
      support[ended](readBallot(by));
      support.follow(readBallot(said));
      expect(ballotText(support.ballot)).to.equal(then);
    });
  }

  it('is told once for each ballot, and not for the own', () => {
    const { support, journal } = bench();
    for (const ballot of ['1.b', '1.b', '2.a', '3.c']) support.follow(readBallot(ballot));
    expect(
      journal.effects.roles.map((change) => change.type === 'followed' && ballotText(change.ballot)),
    ).to.deep.equal(['1.b', '3.c']);
  });
});

/** What is known at 1,000: `b` linked and heard; `-b` linked, silent; `/b` heard, without a link; clauses are its heartbeat. */
const WAYS: readonly (readonly [ballot: string, known: readonly string[], way: string])[] = [
  ['none', ['b'], 'none'],
  ['2.a', [], 'a directly'],
  ['2.b', ['b'], 'b directly'],
  ['2.b', ['-b'], 'none'],
  ['2.b', ['/b'], 'none'],
  ['2.x', ['b'], 'none'],
  ['2.b', ['/b', 'c, supports 2.b, contacts a b'], 'c for it'],
  ['2.b', ['-b', 'c, supports 2.b, contacts a b'], 'c for it'],
  ['2.b', ['/b', 'c, supports 2.b, contacts a'], 'none'],
  ['2.b', ['/b', 'c, supports 1.b, contacts a b'], 'none'],
  ['2.b', ['/b', 'c, supports 3.b, contacts a b'], 'none'],
  ['2.b', ['/b', '-c, supports 2.b, contacts a b'], 'none'],
  ['2.b', ['/b', 'c, supports 1.c, contacts a b', 'd, supports 2.b, contacts b'], 'd for it'],
  ['2.b', ['b', 'c, supports 2.b, contacts a b'], 'b directly'],
];

function know({ neighbours }: Bench, text: string): void {
  const [, mark, name = '', clauses = ''] = /^([-/]?)(\w)(.*)$/.exec(text) ?? [];
  const peer = replicaName(name);
  const link = { type: 'link-up', peer, store: storeOf(name), incarnation: incarnation(1) } as const;
  const neighbour = neighbours.linkUp({ ...link, remembered: null, rememberedLsn: null, founding: '' });
  const { heartbeat, echo } = new Puppet(peer, 1, [], slot(0)).next(0);
  const message = readMessage(`heartbeat none${clauses}`, { heartbeat, echo });
  const mono = mark === '-' ? 800 : 990;
  if (message.type === 'heartbeat') neighbours.hear(neighbour, message, mono);
  neighbours.echoed(neighbour, echo, { number: 1, mono, offset: 0 }, mono);
  if (mark === '/') neighbours.linkDown(peer);
}

describe('the way to a leader', () => {
  for (const [ballot, known, way] of WAYS) {
    it(`of ${ballot}, with ${known.join('; ') || 'nobody'}: ${way}`, () => {
      const made = bench();
      for (const text of known) know(made, text);
      if (ballot !== 'none') made.support.follow(readBallot(ballot));
      const route = made.support.route(1_000);
      const text = route === null ? 'none' : `${route.via} ${route.direct ? 'directly' : 'for it'}`;
      expect(text).to.equal(way);
    });
  }
});
