/**
 * What is chosen and decided: only what was accepted at exactly the ballot spoken of, or is known to be decided; in order,
 * once.
 */

import { expect } from 'chai';
import { lsn, replicaName, slot } from '#src/base/ids.js';
import { Acceptor } from '#src/paxos/acceptor.js';
import { DECIDED } from '#src/paxos/ballot.js';
import { Journal } from '#src/paxos/journal.js';
import { Learner } from '#src/paxos/learner.js';
import { foundingDigest } from '#src/paxos/membership.js';
import { TURN_BYTES } from '#src/paxos/timing.js';
import { NOOP } from '#src/paxos/value.js';
import { configuration, parts } from './support/makers.js';
import { Node } from './support/node.js';
import { readBallot, readHeld, readValue, storeOf } from './support/notation.js';

interface Bench {
  readonly learner: Learner;
  readonly journal: Journal;
  readonly decided: () => string;
}

/** A learner with slots up to 4 decided, and what its acceptor holds above. */
function bench(held: string): Bench {
  const journal = new Journal(lsn(9));
  const entries = held
    .split(/ (?=\d+@)/)
    .filter((text) => text !== '')
    .map(readHeld);
  const acceptor = new Acceptor(journal, { ...Node.nothing(), held: entries, highestSlot: slot(9) });
  const replayed = { configuration: null, founding: '0', lastStamp: 50 };
  const { membership } = parts('a b c');
  const learner = new Learner(journal, acceptor, membership, { ...Node.nothing(), decidedUpTo: slot(4), replayed });
  return { learner, journal, decided: () => journal.effects.decided.map((entry) => entry.slot).join(' ') };
}

const installed = {
  type: 'installed',
  configuration: configuration('a b c'),
  founding: '0',
  lastStamp: 60,
  lineage: storeOf('b'),
} as const;

/** The leader of a ballot says that everything up to a slot is chosen, once or more; what is decided then. */
const ROWS: readonly (readonly [held: string, said: string, decided: string])[] = [
  ['', '2.b 5', ''],
  ['5@1.b=noop', '2.b 5', ''],
  ['5@2.b=noop', '2.b 5', '5'],
  ['5@2.c=noop', '2.b 5', ''],
  ['5@3.a=noop', '2.b 5', ''],
  ['5@decided=noop', '2.b 5', '5'],
  ['5@decided=noop', '2.b 4', '5'],
  ['5@2.b=noop 6@2.b=noop', '2.b 5', '5'],
  ['5@2.b=noop 6@2.b=noop', '2.b 6', '5 6'],
  ['5@2.b=noop 6@2.b=noop', '2.b 9', '5 6'],
  ['5@2.b=noop 7@2.b=noop', '2.b 7', '5'],
  ['5@1.a=noop 6@2.b=noop', '2.b 6', ''],
  ['5@2.b=noop 6@decided=noop 7@2.b=noop', '2.b 7', '5 6 7'],
  // A lower ballot's word is old, a higher one's replaces it; within a ballot only more is news.
  ['5@2.b=noop', '3.a 5, 2.b 5', ''],
  ['5@3.a=noop 6@3.a=noop', '2.b 6, 3.a 5', '5'],
  ['5@3.a=noop 6@3.a=noop', '3.a 6, 3.a 5', '5 6'],
  // What was chosen in a lower ballot stays chosen only where it is known as decided.
  ['5@2.b=noop 6@3.a=noop', '2.b 5, 3.a 6', '5 6'],
  ['5@2.b=noop 6@3.a=noop', '3.a 6', ''],
];

describe('a learner', () => {
  for (const [held, said, decided] of ROWS) {
    it(`that holds ${held || 'nothing'} and hears ${said || 'nothing'} decides ${decided || 'nothing'}`, () => {
      const { learner, ...rest } = bench(held);
      for (const word of said.split(', ')) {
        const [ballot = '', upTo] = word.split(' ');
        learner.chosen(readBallot(ballot), slot(Number(upTo)));
      }
      learner.advance();
      expect(rest.decided()).to.equal(decided);
    });
  }

  it('learns what is above its prefix, logs it as decided, and applies it when its turn comes', () => {
    const { learner, journal, decided } = bench('');
    for (const at of [4, 6, 6]) learner.learn(slot(at), NOOP);
    learner.advance();
    expect(decided()).to.equal('');
    learner.learn(slot(5), NOOP);
    learner.advance();
    expect(decided()).to.equal('5 6');
    expect(journal.effects.records.map(({ type, lsn: number }) => `${type} ${number}`)).to.deep.equal([
      'decided 10',
      'decided 11',
    ]);
  });

  it('knows how far things are chosen although it lacks them', () => {
    const { learner } = bench('');
    expect(learner.chosenUpTo).to.equal(4);
    learner.chosen(readBallot('2.b'), slot(9));
    expect(learner.chosenUpTo).to.equal(9);
    expect(learner.decided).to.equal(4);
  });

  it('remembers the highest stamp', () => {
    const { learner } = bench('');
    expect(learner.lastStamp).to.equal(50);
    for (const [at, stamp] of [
      [5, 70],
      [6, 60],
    ]) {
      learner.learn(slot(Number(at)), readValue(`batch(1 B at ${stamp})`));
    }
    learner.advance();
    expect(learner.lastStamp).to.equal(70);
  });

  it('decides so many bytes a turn and one value at least, or everything that a leader has chosen', () => {
    const { learner, decided } = bench('');
    const size = TURN_BYTES / 2 + 1;
    for (const at of [5, 6, 7, 8, 9]) learner.learn(slot(at), readValue(`batch(${size} B at 1)`));
    learner.advance();
    learner.advance();
    expect([decided(), learner.ready, learner.readyBytes]).to.deep.equal(['5 6', 9, 3 * size]);
    learner.turn();
    expect([decided(), learner.ready, learner.readyBytes]).to.deep.equal(['5 6 7 8', 9, size]);
    learner.advanceAll();
    expect([decided(), learner.ready, learner.readyBytes]).to.deep.equal(['5 6 7 8 9', 9, 0]);
  });

  it('looks anew at what waits for its turn when a snapshot takes the place of some of it', () => {
    const { learner, decided } = bench('');
    const value = readValue(`batch(${2 * TURN_BYTES} B at 1)`);
    for (const at of [5, 6, 7]) learner.learn(slot(at), value);
    learner.advance();
    learner.install({ ...installed, slot: slot(6) });
    expect([decided(), learner.decided, learner.ready, learner.readyBytes]).to.deep.equal(['5', 6, 7, 2 * TURN_BYTES]);
    learner.turn();
    expect([decided(), learner.readyBytes]).to.deep.equal(['5 7', 0]);
  });

  it('takes nothing but a configuration for the founding slot', () => {
    const { membership } = parts('a b c', { replayed: { configuration: null, founding: '', lastStamp: 0 } });
    const journal = new Journal(lsn(0));
    const acceptor = new Acceptor(journal, Node.nothing());
    const replayed = { configuration: null, founding: '', lastStamp: 0 };
    const learner = new Learner(journal, acceptor, membership, { ...Node.nothing(), decidedUpTo: slot(0), replayed });
    learner.learn(slot(1), NOOP);
    expect(() => learner.advance()).to.throw('founding configuration');
  });

  it('keeps the newer configuration that its log knows of while it decides again what the log lost', () => {
    const journal = new Journal(lsn(9));
    const faulty = [{ from: slot(5), to: slot(7), ballot: DECIDED }];
    const recovered = { ...Node.nothing(), decidedUpTo: slot(4), highestSlot: slot(7), faulty };
    const acceptor = new Acceptor(journal, recovered);
    const replayed = { configuration: configuration('a b c'), founding: '0', lastStamp: 0 };
    const { membership } = parts('a b c', { replayed });
    const learner = new Learner(journal, acceptor, membership, { ...recovered, replayed });
    learner.learn(slot(5), readValue('configuration(a=a b=b c=-)'));
    learner.advance();
    expect(learner.decided).to.equal(5);
    expect(membership.seat(replicaName('c'))).to.not.equal(null);
    for (const at of [6, 7]) learner.learn(slot(at), NOOP);
    learner.learn(slot(8), readValue('configuration(a=a b=b c=-)'));
    expect(() => learner.advance()).to.throw('keeps its store');
  });

  for (const [seats, learns] of [
    ['a b c', false],
    ['aa b c', true],
  ] as const) {
    it(`is founded by slot 1, and ${learns ? 'becomes a learner' : 'keeps its vote'} by seats ${seats}`, () => {
      const { membership } = parts('a b c', { replayed: { configuration: null, founding: '', lastStamp: 0 } });
      const journal = new Journal(lsn(0));
      const acceptor = new Acceptor(journal, Node.nothing());
      const replayed = { configuration: null, founding: '', lastStamp: 0 };
      const learner = new Learner(journal, acceptor, membership, { ...Node.nothing(), decidedUpTo: slot(0), replayed });
      const [first = 'a'] = seats.split(' ');
      const value = readValue(`configuration(a=${first} b=b c=c)`);
      learner.learn(slot(1), value);
      learner.advance();
      expect(learner.founding).to.equal(value.type === 'configuration' ? foundingDigest(value) : '');
      expect(membership.isLearner).to.equal(learns);
      const roles = journal.effects.roles.map(({ type }) => type);
      expect(roles).to.deep.equal(learns ? ['founded', 'became-learner'] : ['founded']);
      expect(foundingDigest(configuration('a b c'))).to.have.length(16);
    });
  }
});
