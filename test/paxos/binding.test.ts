/** The acceptor's half of a lease: every operation against a lower, an equal and a higher ballot, before and after its end. */

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { ballotText } from '#src/paxos/ballot.js';
import { Binding } from '#src/paxos/binding.js';
import { readBallot } from './support/notation.js';

/** Bound to 2.b since 1,000, for 300. */
function bound(): Binding {
  const binding = new Binding(300, 0, 0);
  expect(binding.bind(readBallot('2.b'), readBallot('none'), 1_000)).to.equal(true);
  return binding;
}

type Row = readonly [
  operation: 'bind' | 'release' | 'supersede',
  ballot: string,
  mono: number,
  done: boolean,
  then: string,
];

/** `then` is whom it is bound to a moment after. */
const ROWS: readonly Row[] = [
  ['bind', '1.b', 1_100, false, '2.b'],
  ['bind', '2.a', 1_100, false, '2.b'],
  ['bind', '2.b', 1_100, true, '2.b'],
  ['bind', '2.c', 1_100, true, '2.c'],
  ['bind', '3.b', 1_100, true, '3.b'],
  ['bind', '1.b', 1_300, true, '1.b'],
  ['release', '1.b', 1_100, false, '2.b'],
  ['release', '2.b', 1_100, true, 'none'],
  ['release', '3.b', 1_100, false, '2.b'],
  ['release', '2.b', 1_300, false, 'none'],
  ['supersede', '1.b', 1_100, false, '2.b'],
  ['supersede', '2.b', 1_100, false, '2.b'],
  ['supersede', '2.c', 1_100, true, 'none'],
  ['supersede', '3.a', 1_100, true, 'none'],
  ['supersede', '3.a', 1_300, false, 'none'],
];

/** Whether b is granted to an acceptor that promised p, when it is free. */
const PROMISED: readonly (readonly [ballot: string, promised: string, granted: boolean])[] = [
  ['2.b', 'none', true],
  ['2.b', '1.c', true],
  ['2.b', '2.a', true],
  ['2.b', '2.b', true],
  ['2.b', '2.c', false],
  ['2.b', '3.a', false],
];

describe('a binding', () => {
  for (const [operation, ballot, mono, done, then] of ROWS) {
    it(`to 2.b: ${operation} ${ballot} at ${mono} ${done ? 'is done' : 'does nothing'}`, () => {
      const binding = bound();
      const given = readBallot(ballot);
      const result =
        operation === 'bind'
          ? binding.bind(given, readBallot('none'), mono)
          : operation === 'release'
            ? binding.release(given, mono)
            : binding.supersede(given, mono);
      expect(result).to.equal(done);
      expect(ballotText(binding.at(mono + 0.5))).to.equal(then);
    });
  }

  for (const [ballot, promised, granted] of PROMISED) {
    it(`to ${ballot} is ${granted ? '' : 'not '}granted by who promised ${promised}`, () => {
      const binding = new Binding(300, 0, 0);
      expect(binding.bind(readBallot(ballot), readBallot(promised), 10)).to.equal(granted);
      expect(binding.isFree(10)).to.equal(!granted);
    });
  }

  it('runs for a lease from receipt, and again from each', () => {
    const binding = bound();
    expect(binding.isBoundTo(replicaName('b'), 1_299.9)).to.equal(true);
    expect(binding.isBoundTo(replicaName('a'), 1_299.9)).to.equal(false);
    expect(binding.isFree(1_299.9)).to.equal(false);
    expect(binding.isFree(1_300)).to.equal(true);
    binding.bind(readBallot('2.b'), readBallot('none'), 1_200);
    expect(binding.isFree(1_499.9)).to.equal(false);
    expect(binding.freeAt()).to.equal(1_500);
  });

  it('that ran out is told once, and only then', () => {
    const binding = bound();
    expect(binding.expired(1_299)).to.equal(null);
    expect(binding.expired(1_400)).to.deep.equal(readBallot('2.b'));
    expect(binding.expired(1_400)).to.equal(null);
    expect(binding.freeAt()).to.equal(1_300);
  });

  it('that was released or superseded did not run out, and left it free from then on', () => {
    const released = bound();
    released.release(readBallot('2.b'), 1_100);
    expect(released.expired(1_400)).to.equal(null);
    expect(released.freeAt()).to.equal(1_100);
    const superseded = bound();
    superseded.supersede(readBallot('3.c'), 1_200);
    expect(superseded.expired(1_400)).to.equal(null);
    expect(superseded.freeAt()).to.equal(1_200);
  });
});

describe('a restart wait', () => {
  it('lasts as long as the longest lease, allows to be bound at once, and no release shortens it', () => {
    const binding = new Binding(300, 500, 1_000);
    expect(binding.inRestartWait(1_499.9)).to.equal(true);
    expect(binding.isFree(1_100)).to.equal(true);
    expect(binding.bind(readBallot('2.b'), readBallot('2.b'), 1_100)).to.equal(true);
    expect(binding.release(readBallot('2.b'), 1_200)).to.equal(true);
    expect(binding.inRestartWait(1_499.9)).to.equal(true);
    expect(binding.freeAt()).to.equal(1_500);
    expect(binding.inRestartWait(1_500)).to.equal(false);
  });

  it('is none at a first start', () => {
    const binding = new Binding(300, 0, 1_000);
    expect(binding.inRestartWait(1_000)).to.equal(false);
    expect(binding.freeAt()).to.equal(1_000);
  });
});
