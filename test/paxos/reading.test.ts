/** Read points: what a reader asks for and when again; for which heartbeat a leader's waiting requests have to be proved. */

import { expect } from 'chai';
import { incarnation, replicaName, slot } from '#src/base/ids.js';
import type { ReadSlot } from '#src/paxos/message.js';
import { answerTo, Reader, ReadRounds } from '#src/paxos/reading.js';
import type { Route } from '#src/paxos/support.js';
import { readBallot } from './support/notation.js';

const route = (ballot: string, via: string): Route => ({
  ballot: readBallot(ballot),
  via: replicaName(via),
  direct: true,
});
const request = (reader: string, id: number, life = 1): ReadSlot => ({
  type: 'read-slot',
  reader: replicaName(reader),
  incarnation: incarnation(life),
  id,
  hops: 0,
});

describe('a reader', () => {
  it('asks once on a way, for the newest id', () => {
    const reader = new Reader(100);
    const way = route('1.b', 'b');
    expect(reader.mustSend(way, 0)).to.equal(false);
    reader.ask(1);
    reader.ask(3);
    expect(reader.asked).to.equal(3);
    expect(reader.mustSend(way, 0)).to.equal(true);
    expect(reader.mustSend(way, 0)).to.equal(false);
    reader.ask(4);
    expect(reader.mustSend(way, 0)).to.equal(true);
  });

  for (const [what, again, way] of [
    ['on another way', false, route('1.b', 'c')],
    ['in another ballot', false, route('2.b', 'b')],
    ['after silence', true, route('1.b', 'b')],
  ] as const) {
    it(`asks again ${what}, unless it has its answer`, () => {
      const reader = new Reader(100);
      reader.ask(3);
      reader.mustSend(route('1.b', 'b'), 0);
      if (again) reader.again();
      expect(reader.mustSend(way, 0)).to.equal(true);
      reader.granted(3);
      reader.again();
      expect(reader.mustSend(way, 0)).to.equal(false);
      expect(reader.mustSend(route('9.c', 'c'), 0)).to.equal(false);
    });
  }

  it('asks again what is not answered for a while, and at growing intervals', () => {
    const reader = new Reader(100);
    const way = route('1.b', 'b');
    const times: number[] = [];
    reader.ask(1);
    for (let mono = 0; mono <= 1_000; mono += 50) {
      reader.againIfStuck(mono);
      if (mono === 400) reader.ask(2);
      if (reader.mustSend(way, mono)) times.push(mono);
    }
    expect(times).to.deep.equal([0, 100, 300, 400, 700]);
    reader.granted(1);
    expect(reader.dueAt).to.equal(1_500);
    reader.granted(2);
    expect(reader.dueAt).to.equal(Number.POSITIVE_INFINITY);
  });

  /** Ids asked up to 5, answered up to 2 before. */
  for (const [id, news, waits] of [
    [1, false, true],
    [2, false, true],
    [3, true, true],
    [5, true, false],
    [6, false, true],
  ] as const) {
    it(`takes an answer to ${id} for ${news ? 'news' : 'nothing new'}`, () => {
      const reader = new Reader(100);
      reader.ask(5);
      reader.granted(2);
      expect(reader.isAsked(id)).to.equal(news);
      if (news) reader.granted(id);
      expect(reader.isWaiting).to.equal(waits);
    });
  }
});

describe('read rounds', () => {
  /** `wait X` after heartbeat n was the last: proved by n + 1 and later only. */
  for (const [lastSent, proven, served] of [
    [4, 0, false],
    [4, 4, false],
    [4, 5, true],
    [4, 9, true],
  ] as const) {
    it(`a request after heartbeat ${lastSent} is ${served ? '' : 'not '}served when ${proven} is proved`, () => {
      const rounds = new ReadRounds();
      rounds.wait(replicaName('b'), request('b', 1), lastSent);
      expect(rounds.served(proven)).to.have.length(served ? 1 : 0);
      expect(rounds.isEmpty).to.equal(served);
    });
  }

  it('want a heartbeat when somebody waits for one, and none while a round is under way', () => {
    const rounds = new ReadRounds();
    expect(rounds.wantsRound(3, 4)).to.equal(false);
    rounds.wait(replicaName('b'), request('b', 1), 4);
    expect(rounds.wantsRound(3, 4)).to.equal(true);
    rounds.began(5);
    expect(rounds.wantsRound(3, 5)).to.equal(false);
    rounds.wait(replicaName('c'), request('c', 1), 5);
    expect(rounds.wantsRound(3, 5)).to.equal(false);
    expect(rounds.served(5).map(({ reader }) => reader)).to.deep.equal(['b']);
    expect(rounds.wantsRound(5, 5)).to.equal(true);
    rounds.began(6);
    expect(rounds.served(6).map(({ reader }) => reader)).to.deep.equal(['c']);
    expect(rounds.wantsRound(6, 6)).to.equal(false);
  });

  it('are not begun by a heartbeat that nobody waits for', () => {
    const rounds = new ReadRounds();
    rounds.began(5);
    rounds.wait(replicaName('b'), request('b', 1), 5);
    expect(rounds.wantsRound(4, 5)).to.equal(true);
  });

  /** Requests of one reader as `life/id@last heartbeat`; what is kept, each with the heartbeat that has to be proved. */
  for (const [requests, kept] of [
    ['1/1@4 1/2@4', '1/2@5'],
    ['1/2@4 1/1@4', '1/2@5'],
    ['1/2@4 1/2@4', '1/2@5'],
    ['1/2@4 1/2@5', '1/2@5 1/2@6'],
    ['1/9@4 2/1@4', '2/1@5'],
    ['2/1@4 1/9@4', '2/1@5'],
    ['2/1@4 1/9@5', '2/1@5 1/9@6'],
  ] as const) {
    it(`keep of ${requests} for each heartbeat the newest: ${kept}`, () => {
      const rounds = new ReadRounds();
      for (const text of requests.split(' ')) {
        const [life = 0, id = 0, lastSent = 0] = text.split(/[/@]/).map(Number);
        rounds.wait(replicaName('b'), request('b', id, life), lastSent);
      }
      rounds.wait(replicaName('c'), request('c', 1), 4);
      const served = rounds.served(9).filter(({ reader }) => reader === 'b');
      expect(served.map(({ id, incarnation: life, number }) => `${life}/${id}@${number}`).join(' ')).to.equal(kept);
    });
  }

  it('answer the reader by its own words', () => {
    expect(answerTo(request('c', 7, 2), slot(9))).to.deep.equal({
      type: 'read-slot-answer',
      reader: 'c',
      incarnation: 2,
      id: 7,
      slot: 9,
    });
  });
});
