/**
 * The acceptor against a naive model, exhaustively: every sequence of promises and acceptances over three ballots and two
 * slots up to some depth, with the log cut behind every record. What a vote says must be in the log up to the LSN that the
 * vote waits for.
 */

import { expect } from 'chai';
import { lsn, type Slot, slot } from '#src/base/ids.js';
import { Acceptor } from '#src/paxos/acceptor.js';
import { type Ballot, ballotText, compareBallots, isDecided, maxBallot, NO_BALLOT } from '#src/paxos/ballot.js';
import type { LogRecord, Recovered } from '#src/paxos/effects.js';
import { Journal } from '#src/paxos/journal.js';
import type { Held } from '#src/paxos/message.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { Node } from './support/node.js';
import { readBallot, readHeld } from './support/notation.js';

const BALLOTS = ['1.a', '1.b', '2.a'].map(readBallot);
const SLOTS: readonly (readonly Slot[])[] = [[slot(1)], [slot(2)], [slot(1), slot(2)]];

interface Operation {
  readonly type: 'promise' | 'accept';
  readonly ballot: Ballot;
  readonly slots: readonly Slot[];
}

const OPERATIONS: readonly Operation[] = BALLOTS.flatMap((ballot): Operation[] => [
  { type: 'promise', ballot, slots: [] },
  ...SLOTS.map((slots): Operation => ({ type: 'accept', ballot, slots })),
]);

/** What a ballot's leader proposes for a slot: one value, however often. */
const proposed = (ballot: Ballot, at: Slot): Value => ({
  type: 'batch',
  stamp: at,
  bytes: Buffer.from(ballotText(ballot)),
});

/** What an acceptor is, said as simply as can be. */
class Model {
  promised: Ballot = NO_BALLOT;
  readonly accepted = new Map<Slot, Ballot>();

  allows({ type, ballot }: Operation): boolean {
    const order = compareBallots(ballot, this.promised);
    return type === 'promise' ? order > 0 : order >= 0;
  }

  do({ ballot, slots }: Operation): void {
    this.promised = ballot;
    for (const at of slots) this.accepted.set(at, ballot);
  }

  text(): string {
    const slots = [...this.accepted].sort(([a], [b]) => a - b).map(([at, ballot]) => `${at}@${ballotText(ballot)}`);
    return `${ballotText(this.promised)} ${slots.join(' ')}`;
  }
}

function perform(acceptor: Acceptor, { type, ballot, slots }: Operation): number {
  if (type === 'promise') return acceptor.promise(ballot);
  const proposals = slots.map((at) => ({ slot: at, value: proposed(ballot, at) }));
  return acceptor.accept(ballot, proposals, slot(0));
}

function textOf(acceptor: Acceptor): string {
  const held = [slot(1), slot(2)].flatMap((at) => {
    const entry = acceptor.held(at);
    return entry === undefined ? [] : [`${at}@${ballotText(entry.ballot)}`];
  });
  return `${ballotText(acceptor.promised)} ${held.join(' ')}`;
}

/** An acceptor from what a log has up to an LSN. */
function recovered(records: readonly LogRecord[], upTo: number): Acceptor {
  let promised = NO_BALLOT;
  const held = new Map<Slot, Held>();
  for (const record of records.filter((entry) => entry.lsn <= upTo)) {
    if (record.type === 'decided') continue;
    promised = maxBallot(promised, record.ballot);
    if (record.type === 'accepted') held.set(record.slot, record);
  }
  const state: Recovered = { ...Node.nothing(), promised, lastLsn: lsn(upTo), held: [...held.values()] };
  return new Acceptor(new Journal(lsn(upTo)), state);
}

function explore(depth: number): number {
  let sequences = 0;
  const walk = (path: readonly Operation[]): void => {
    sequences += 1;
    const journal = new Journal(lsn(0));
    const acceptor = new Acceptor(journal, Node.nothing());
    const model = new Model();
    let waitsFor = 0;
    for (const operation of path) {
      model.do(operation);
      waitsFor = perform(acceptor, operation);
    }
    const { records } = journal.effects;
    const story = path.map(({ type, ballot, slots }) => `${type} ${ballotText(ballot)} ${slots.join('+')}`).join(', ');
    if (textOf(acceptor) !== model.text()) throw new Error(`${story}: ${textOf(acceptor)}, not ${model.text()}`);
    // The last vote may leave when its LSN is durable: a crash then must bring all of it back.
    const after = textOf(recovered(records, waitsFor));
    if (after !== model.text()) throw new Error(`${story}: ${after} after a crash, not ${model.text()}`);
    if (records.some((record, i) => record.lsn !== i + 1)) throw new Error(`${story}: LSNs have gaps`);
    if (path.length === depth) return;
    for (const operation of OPERATIONS) {
      if (model.allows(operation)) walk([...path, operation]);
      else if (path.length <= 2) expect(() => perform(acceptor, operation), story).to.throw();
    }
  };
  walk([]);
  return sequences;
}

describe('an acceptor', function () {
  this.timeout(60_000);

  it('does what a naive one does in every sequence, and a crash loses no vote', () => {
    expect(explore(process.env.SYNOD_LONG !== undefined ? 6 : 4)).to.be.greaterThan(2_000);
  });

  it('logs a slot once in one ballot, and again in a higher one', () => {
    const journal = new Journal(lsn(0));
    const acceptor = new Acceptor(journal, Node.nothing());
    const accept = (ballot: string) => acceptor.accept(readBallot(ballot), [{ slot: slot(1), value: NOOP }], slot(0));
    expect(accept('1.a')).to.equal(1);
    expect(accept('1.a')).to.equal(1);
    expect(accept('1.b')).to.equal(2);
    expect(journal.effects.records).to.have.length(2);
  });

  it('stops when a leader changes a value within its ballot', () => {
    const acceptor = new Acceptor(new Journal(lsn(0)), Node.nothing());
    const propose = (value: Value) => acceptor.accept(readBallot('1.a'), [{ slot: slot(1), value }], slot(0));
    propose(NOOP);
    expect(() => propose({ type: 'batch', stamp: 1, bytes: new Uint8Array(1) })).to.throw('keeps its value');
  });

  it('keeps what it learned against later votes, and does not learn twice', () => {
    const journal = new Journal(lsn(0));
    const acceptor = new Acceptor(journal, Node.nothing());
    acceptor.learn(slot(1), NOOP);
    acceptor.learn(slot(1), NOOP);
    acceptor.accept(readBallot('3.a'), [{ slot: slot(1), value: NOOP }], slot(0));
    expect(isDecided(acceptor.held(slot(1))?.ballot ?? NO_BALLOT)).to.equal(true);
    expect(journal.effects.records.map(({ type }) => type)).to.deep.equal(['decided', 'accepted']);
  });

  it('remembers the highest slot over votes, learning and dropping', () => {
    const acceptor = new Acceptor(new Journal(lsn(0)), { ...Node.nothing(), highestSlot: slot(3) });
    expect(acceptor.highest).to.equal(3);
    acceptor.accept(readBallot('1.a'), [{ slot: slot(5), value: NOOP }], slot(0));
    acceptor.learn(slot(9), NOOP);
    acceptor.drop(slot(9));
    expect(acceptor.highest).to.equal(9);
  });
});

/** Holdings, and how they are told: as runs of equal ballots without gaps. */
const RUNS: readonly (readonly [held: string, limit: number, runs: string, truncated: boolean])[] = [
  ['', 9, '', false],
  ['5@1.a=noop', 9, '5-5@1.a', false],
  ['5@1.a=noop 6@1.a=noop', 9, '5-6@1.a', false],
  ['5@1.a=noop 7@1.a=noop', 9, '5-5@1.a 7-7@1.a', false],
  ['5@1.a=noop 6@1.b=noop 7@1.b=noop', 9, '5-5@1.a 6-7@1.b', false],
  ['6@1.b=noop 5@1.a=noop 8@decided=noop', 9, '5-5@1.a 6-6@1.b 8-8@decided', false],
  ['5@1.a=noop 6@1.b=noop', 2, '5-5@1.a 6-6@1.b', false],
  ['5@1.a=noop 6@1.b=noop 7@1.a=noop', 2, '5-5@1.a 6-6@1.b', true],
  ['5@1.a=noop 6@1.b=noop 7@1.b=noop', 2, '5-5@1.a 6-7@1.b', false],
];

describe('what an acceptor holds', () => {
  for (const [held, limit, runs, truncated] of RUNS) {
    it(`${held || 'nothing'} is told as ${runs || 'nothing'}`, () => {
      const entries = held
        .split(' ')
        .filter((text) => text !== '')
        .map(readHeld);
      const acceptor = new Acceptor(new Journal(lsn(0)), { ...Node.nothing(), held: entries });
      const told = acceptor.runs(limit);
      expect(told.runs.map(({ from, to, ballot }) => `${from}-${to}@${ballotText(ballot)}`).join(' ')).to.equal(runs);
      expect(told.truncated).to.equal(truncated);
    });
  }

  it('is handed on in slot order until the bytes are reached, one at least', () => {
    const batch = (bytes: number): Value => ({ type: 'batch', stamp: 0, bytes: new Uint8Array(bytes) });
    const held = [5, 6, 8, 9].map((at) => ({ slot: slot(at), ballot: readBallot('1.a'), value: batch(100) }));
    const acceptor = new Acceptor(new Journal(lsn(0)), { ...Node.nothing(), highestSlot: slot(9), held });
    const slots = (from: number, to: number, bytes: number) =>
      acceptor.values(slot(from), slot(to), bytes).map((entry) => entry.slot);
    expect(slots(5, 9, 1_000)).to.deep.equal([5, 6, 8, 9]);
    expect(slots(6, 8, 1_000)).to.deep.equal([6, 8]);
    expect(slots(5, 9, 101)).to.deep.equal([5, 6]);
    expect(slots(5, 9, 100)).to.deep.equal([5]);
    expect(slots(5, 9, 1)).to.deep.equal([5]);
    expect(slots(7, 7, 1_000)).to.deep.equal([]);
    expect(slots(10, 2 ** 40, 1_000)).to.deep.equal([]);
  });
});
