/** The heartbeats sent, by number; and the numbering of log records. */

import { expect } from 'chai';
import { lsn, replicaName, slot } from '#src/base/ids.js';
import { Journal } from '#src/paxos/journal.js';
import { Pulse } from '#src/paxos/pulse.js';
import { NOOP } from '#src/paxos/value.js';
import { at } from './support/makers.js';
import { readBallot } from './support/notation.js';

describe('a pulse', () => {
  it('dates every heartbeat by its sending, and forgets the oldest', () => {
    const pulse = new Pulse();
    expect(pulse.sent(0)).to.equal(undefined);
    expect(pulse.sent(1)).to.equal(undefined);
    for (let n = 1; n <= 3_000; n++) expect(pulse.beat(at(10 * n))).to.equal(n);
    expect(pulse.number).to.equal(3_000);
    expect(pulse.lastAt).to.equal(30_000);
    expect(pulse.sent(3_000)?.mono).to.equal(30_000);
    expect(pulse.sent(2_000)?.mono).to.equal(20_000);
    for (const forgotten of [0, -1, 1, 1_900, 3_001]) expect(pulse.sent(forgotten)).to.equal(undefined);
  });

  it('keeps what the clocks were apart', () => {
    const pulse = new Pulse();
    pulse.beat(at(10, 500));
    expect(pulse.sent(1)).to.deep.equal({ number: 1, mono: 10, offset: 490 });
  });
});

describe('a journal', () => {
  it('numbers records of all kinds without gaps, over steps', () => {
    const journal = new Journal(lsn(7));
    expect(journal.promised(readBallot('1.a'))).to.equal(8);
    expect(journal.accepted(slot(1), readBallot('1.a'), NOOP)).to.equal(9);
    expect(journal.take().records.map((record) => record.lsn)).to.deep.equal([8, 9]);
    expect(journal.learned(slot(1), NOOP)).to.equal(10);
    expect(journal.take().records.map((record) => record.lsn)).to.deep.equal([10]);
    expect(journal.take().records).to.deep.equal([]);
  });

  it('sends nothing to nobody', () => {
    const journal = new Journal(lsn(0));
    journal.send([], { type: 'prepare', ballot: readBallot('1.a') });
    journal.send([replicaName('b')], { type: 'prepare', ballot: readBallot('1.a') });
    expect(journal.take().sends).to.have.length(1);
  });

  for (const [upTo, durable] of [
    [6, 7],
    [7, 7],
    [8, 8],
    [9, 9],
  ] as const) {
    it(`durable up to 7 is durable up to ${durable} when told ${upTo}`, () => {
      const journal = new Journal(lsn(7));
      journal.promised(readBallot('1.a'));
      journal.promised(readBallot('2.a'));
      journal.persisted(lsn(upTo));
      expect(journal.durable).to.equal(durable);
    });
  }

  it('stops when more is durable than was appended', () => {
    expect(() => new Journal(lsn(7)).persisted(lsn(8))).to.throw('only 7 appended');
  });
});
