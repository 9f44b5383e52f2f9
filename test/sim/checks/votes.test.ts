// The votes kept beside the replicas: what may be lost in a restart and what may not, when a slot may be decided, who may stand
// in which ballot.

import { expect } from 'chai';
import { lsn, replicaName, slot, storeId } from '#src/base/ids.js';
import { type Ballot, DECIDED, NO_BALLOT } from '#src/paxos/ballot.js';
import type { LogRecord, Recovered } from '#src/paxos/effects.js';
import type { Run } from '#src/paxos/message.js';
import { type ConfigurationValue, NOOP, type Value } from '#src/paxos/value.js';
import { violated } from './violated.js';
import { Votes } from './votes.js';

const store = (name: string) => storeId(name.repeat(32));
const ballot = (round: number, replica = 'a'): Ballot => ({ round, replica: replicaName(replica) });
const value = (text: string): Value => ({ type: 'batch', stamp: 0, bytes: Buffer.from(text) });
const accepted = (at: number, number: number, round: number, what: Value = NOOP): LogRecord => ({
  type: 'accepted',
  lsn: lsn(at),
  slot: slot(number),
  ballot: ballot(round),
  value: what,
});
const prepare = { type: 'prepare', ballot: ballot(3) } as const;
const promised = (at: number, what: Ballot): LogRecord => ({ type: 'promised', lsn: lsn(at), ballot: what });

function recovered(change: Partial<Recovered> = {}): Recovered {
  const nothing = { promised: NO_BALLOT, decidedUpTo: slot(0), firstSlot: slot(1), highestSlot: slot(0) };
  return { ...nothing, lastLsn: lsn(0), held: [], faulty: [], lost: false, ...change };
}

/** Replicas a, b and c with the stores a, b and c. */
function cluster() {
  const votes = new Votes(3);
  const lives = ['a', 'b', 'c'].map((name) => votes.begins(store(name), name));
  const write = (index: number, records: readonly LogRecord[], durable: number): void => {
    const life = lives[index];
    if (life === undefined) throw new Error('nobody');
    for (const record of records) votes.appended(life, record);
    votes.persisted(life, durable);
  };
  return { votes, write };
}

describe('the votes', () => {
  it('have to come back when they were durable', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3)), accepted(2, 1, 3)], 2);
    const held = [{ slot: slot(1), ballot: ballot(3), value: NOOP }];
    votes.cameBack(store('a'), 'a', recovered({ promised: ballot(3), held }));
    votes.cameBack(store('a'), 'a', recovered({ promised: ballot(4), held }));
    votes.cameBack(store('a'), 'a', recovered({ promised: ballot(4), decidedUpTo: slot(1) }));
  });

  it('need not come back when they were not', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3)), accepted(2, 1, 3)], 0);
    votes.cameBack(store('a'), 'a', recovered());
  });

  it('must not be forgotten: a promise', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3))], 1);
    violated('promises survive', () => votes.cameBack(store('a'), 'a', recovered({ promised: ballot(2) })));
  });

  it('must not be forgotten: the promise that an acceptance is', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3)], 1);
    const held = [{ slot: slot(1), ballot: ballot(3), value: NOOP }];
    violated('promises survive', () => votes.cameBack(store('a'), 'a', recovered({ promised: ballot(2), held })));
  });

  it('must not be forgotten: what was accepted', () => {
    const back = { promised: ballot(5), held: [{ slot: slot(1), ballot: ballot(2), value: NOOP }] };
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3)], 1);
    violated('votes survive', () => votes.cameBack(store('a'), 'a', recovered(back)));
    violated('votes survive', () => votes.cameBack(store('a'), 'a', recovered({ promised: ballot(5) })));
  });

  it('must not come back changed', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 1);
    const held = [{ slot: slot(1), ballot: ballot(3), value: value('y') }];
    violated('votes survive', () => votes.cameBack(store('a'), 'a', recovered({ promised: ballot(3), held })));
  });

  it('give way to a decided record', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x')), { type: 'decided', lsn: lsn(2), slot: slot(1), value: value('y') }], 2);
    const held = [{ slot: slot(1), ballot: DECIDED, value: value('y') }];
    votes.cameBack(store('a'), 'a', recovered({ promised: ballot(3), held }));
  });

  it('may be missing where the log says so, at a ballot that is high enough', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3), accepted(2, 2, 3)], 2);
    const faulty = (round: number, to: number) => [{ from: slot(1), to: slot(to), ballot: ballot(round) }];
    const back = { promised: ballot(4), lastLsn: lsn(2) };
    votes.cameBack(store('a'), 'a', recovered({ ...back, faulty: faulty(3, 2) }), true);
    violated('votes survive', () =>
      votes.cameBack(store('a'), 'a', recovered({ ...back, faulty: faulty(2, 2) }), true),
    );
    violated('votes survive', () =>
      votes.cameBack(store('a'), 'a', recovered({ ...back, faulty: faulty(3, 1) }), true),
    );
    violated('a sound disk has no faults', () =>
      votes.cameBack(store('a'), 'a', recovered({ ...back, faulty: faulty(3, 2) })),
    );
  });

  it('may be forgotten with the end of a damaged log, and of no other', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3)), accepted(2, 1, 3)], 2);
    const back = recovered({ promised: ballot(3), lastLsn: lsn(1) });
    violated('votes survive', () => votes.cameBack(store('a'), 'a', back));
    votes.cameBack(store('a'), 'a', back, true);
    expect(votes.lacksUnnoticed(store('a'))).to.equal(true);
    votes.cameBack(store('a'), 'a', { ...back, lastLsn: lsn(9) }, true);
    expect(votes.lacksUnnoticed(store('a'))).to.equal(true);
    votes.noticed(store('a'));
    expect(votes.lacksUnnoticed(store('a'))).to.equal(false);
    votes.cameBack(store('a'), 'a', { ...back, lost: true }, true);
    expect(votes.lacksUnnoticed(store('a'))).to.equal(false);
  });

  it('are not taken back by a repair', () => {
    const repair = (round: number, highest: number, ...faulty: Run[]) => {
      const { votes, write } = cluster();
      write(0, [promised(1, ballot(3)), accepted(2, 1, 3), accepted(3, 2, 3)], 3);
      votes.cameBack(store('a'), 'a', recovered({ lost: true }), true);
      const made = { promised: ballot(round), highestSlot: slot(highest), nextLsn: lsn(9), faulty };
      votes.repaired(store('a'), 'a', made, 0);
    };
    const run = (round: number, to: number): Run => ({ from: slot(1), to: slot(to), ballot: ballot(round) });
    repair(3, 2, run(3, 2));
    // Nobody else has ever heard of slot 2.
    repair(3, 1, run(3, 1));
    violated('a repair takes no vote back', () => repair(2, 2, run(3, 2)));
    violated('a repair takes no vote back', () => repair(3, 2, run(2, 2)));
    violated('a repair takes no vote back', () => repair(3, 2, run(3, 1)));
  });

  it('decide a slot when a majority has accepted the value in one ballot, durably', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 1);
    write(1, [accepted(1, 1, 3, value('x'))], 1);
    votes.decided(1, value('x'), 'a');
  });

  it('do not decide one on a vote that is not durable', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 1);
    write(1, [accepted(1, 1, 3, value('x'))], 0);
    violated('decided by a majority', () => votes.decided(1, value('x'), 'a'));
  });

  it('do not decide one on votes of two ballots', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 1);
    write(1, [accepted(1, 1, 4, value('x'))], 1);
    violated('decided by a majority', () => votes.decided(1, value('x'), 'a'));
  });

  it('count what a log gave back although nobody had heard that it was durable', () => {
    const { votes, write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 1);
    write(1, [accepted(1, 1, 3, value('x'))], 0);
    const held = [{ slot: slot(1), ballot: ballot(3), value: value('x') }];
    votes.cameBack(store('b'), 'b', recovered({ promised: ballot(3), held }));
    votes.decided(1, value('x'), 'a');
  });

  it('count only stores that have a seat, once there are seats', () => {
    const { votes, write } = cluster();
    const seats: ConfigurationValue['seats'] = ['a', 'b'].map((name) => ({
      name: replicaName(name),
      store: store(name),
    }));
    const founding: Value = {
      type: 'configuration',
      seats: [...seats, { name: replicaName('c'), store: null }],
      nonce: '',
    };
    for (const index of [0, 1]) write(index, [accepted(1, 1, 3, founding)], 1);
    votes.decided(1, founding, 'a');
    for (const index of [1, 2]) write(index, [accepted(2, 2, 3, value('x'))], 2);
    violated('decided by a majority', () => votes.decided(2, value('x'), 'a'));
    expect(votes.seatOf('b')).to.equal(store('b'));
    expect(votes.seatOf('c')).to.equal(null);
    expect(votes.mayCount('c')).to.equal(false);
  });

  it('never differ within a slot and a ballot', () => {
    const { write } = cluster();
    write(0, [accepted(1, 1, 3, value('x'))], 0);
    violated('one value per slot and ballot', () => write(1, [accepted(1, 1, 3, value('y'))], 0));
  });

  it('know one owner of a ballot, one life long', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3))], 1);
    write(1, [promised(1, ballot(3))], 1);
    const next = votes.begins(store('a'), 'a');
    votes.appended(next, promised(2, ballot(3)));
    violated('no ballot twice', () => votes.persisted(next, 2));
  });

  it('let a life take a ballot again that no earlier one could have used', () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3))], 0);
    const next = votes.begins(store('a'), 'a');
    votes.appended(next, promised(1, ballot(3)));
    votes.persisted(next, 1);
  });

  it('are told to others only when they are durable: a promise', () => {
    const { votes, write } = cluster();
    const promise = { type: 'promise', ballot: ballot(3), decidedUpTo: slot(0), runs: [], truncated: false } as const;
    write(1, [promised(1, ballot(3))], 0);
    violated('no vote before it is durable', () => votes.received([store('b')], 'b', promise));
    write(2, [promised(1, ballot(3))], 1);
    violated('no vote before it is durable', () => votes.received([store('b')], 'b', promise));
    write(1, [], 1);
    votes.received([store('b')], 'b', promise);
    votes.received([store('x'), store('b')], 'b', promise);
  });

  it('are all told in a promise', () => {
    const { votes, write } = cluster();
    write(1, [accepted(1, 1, 3), accepted(2, 2, 3), promised(3, ballot(4))], 3);
    const promise = { type: 'promise', ballot: ballot(4), decidedUpTo: slot(0), truncated: false } as const;
    const run = (round: number, from: number): Run => ({ from: slot(from), to: slot(2), ballot: ballot(round) });
    votes.received([store('b')], 'b', { ...promise, runs: [run(3, 1)] });
    votes.received([store('b')], 'b', { ...promise, runs: [run(3, 2)], decidedUpTo: slot(1) });
    violated('a promise tells all', () => votes.received([store('b')], 'b', { ...promise, runs: [run(3, 2)] }));
    violated('a promise tells all', () => votes.received([store('b')], 'b', { ...promise, runs: [run(2, 1)] }));
  });

  it("are told to others only when they are durable: a candidate's own promise", () => {
    const { votes, write } = cluster();
    write(0, [promised(1, ballot(3))], 0);
    violated('no vote before it is durable', () => votes.received([store('a')], 'a', prepare));
    write(0, [], 1);
    votes.received([store('a')], 'a', prepare);
  });

  it('are told to others only when they are durable: an acceptance', () => {
    const { votes, write } = cluster();
    const said = (round: number, ...slots: readonly number[]) =>
      ({ type: 'accepted', ballot: ballot(round), slots: slots.map((at) => slot(at)) }) as const;
    write(0, [accepted(1, 1, 3), accepted(2, 2, 3)], 2);
    write(1, [accepted(1, 1, 3), accepted(2, 2, 3)], 1);
    votes.received([store('b')], 'b', said(3, 1));
    violated('no vote before it is durable', () => votes.received([store('b')], 'b', said(3, 1, 2)));
    violated('no vote before it is durable', () => votes.received([store('b')], 'b', said(2, 1)));
    violated('no vote before it is durable', () => votes.received([store('c')], 'c', said(3, 1)));
  });

  it('need not be held for what is decided, but the promise does', () => {
    const { votes, write } = cluster();
    for (const index of [0, 1]) write(index, [accepted(1, 1, 3)], 1);
    votes.decided(1, NOOP, 'a');
    write(2, [promised(1, ballot(4))], 1);
    const said = (round: number) => ({ type: 'accepted', ballot: ballot(round), slots: [slot(1)] }) as const;
    votes.received([store('c')], 'c', said(4));
    violated('no vote before it is durable', () => votes.received([store('c')], 'c', said(5)));
  });
});
