/** What is known of the others: which heartbeat is newer, how long contact lasts, who is live, whose clock counts. */

import { expect } from 'chai';
import { incarnation, lsn, type ReplicaName, replicaName, slot } from '#src/base/ids.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import { Journal } from '#src/paxos/journal.js';
import type { Echo, Heartbeat, Purpose } from '#src/paxos/message.js';
import { type Neighbour, Neighbours } from '#src/paxos/neighbours.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { names } from './support/makers.js';
import { readBallot, storeOf } from './support/notation.js';

const B = replicaName('b');
const C = replicaName('c');

interface Bench {
  readonly neighbours: Neighbours;
  readonly journal: Journal;
  readonly b: Neighbour;
}

function bench(): Bench {
  const journal = new Journal(lsn(0));
  const neighbours = new Neighbours(names('b c'), DEFAULT_TIMING, journal);
  for (const name of [B, C]) linkUp(neighbours, name, name, 1);
  return { neighbours, journal, b: neighbours.get(B) };
}

function linkUp(neighbours: Neighbours, name: ReplicaName, store: string, life: number): void {
  const link = { type: 'link-up', peer: name, store: storeOf(store), incarnation: incarnation(life) } as const;
  neighbours.linkUp({ ...link, remembered: null, rememberedLsn: null, founding: '' });
}

function heartbeat(change: Partial<Heartbeat> = {}): Heartbeat {
  return {
    type: 'heartbeat',
    number: 1,
    incarnation: incarnation(1),
    purpose: { type: 'none' },
    priority: 1,
    ineligible: null,
    supported: NO_BALLOT,
    applied: slot(0),
    durable: lsn(0),
    wallMs: 0,
    firstSlot: slot(1),
    checkpoint: null,
    founding: '',
    contacts: [],
    ...change,
  };
}

const echo = (applied = 0): Echo => ({
  type: 'echo',
  number: 1,
  incarnation: incarnation(1),
  echoer: incarnation(1),
  promised: NO_BALLOT,
  granted: NO_BALLOT,
  willing: false,
  freeInMs: 0,
  applied: slot(applied),
});

const sent = (number: number, mono: number) => ({ number, mono, offset: 0 });

describe('a heartbeat', () => {
  for (const [life, number, newer] of [
    [4, 6, false],
    [4, 7, false],
    [4, 8, false],
    [5, 6, false],
    [5, 7, false],
    [5, 8, true],
    [6, 1, true],
    [6, 7, true],
    [6, 8, true],
  ] as const) {
    it(`${number} of life ${life} is ${newer ? '' : 'not '}newer than 7 of life 5`, () => {
      const { neighbours, b } = bench();
      neighbours.hear(b, heartbeat({ incarnation: incarnation(5), number: 7, applied: slot(9) }), 10);
      const next = heartbeat({ incarnation: incarnation(life), number, applied: slot(12) });
      expect(neighbours.hear(b, next, 20)).to.equal(newer);
      expect(b.heartbeat?.applied).to.equal(newer ? 12 : 9);
      expect(b.appliedBefore).to.equal(newer ? 9 : 0);
      expect(b.heardAt).to.equal(newer ? 20 : 10);
    });
  }
});

describe('contact', () => {
  it('lasts three intervals from the sending of the newest heartbeat that was echoed', () => {
    const { neighbours, b } = bench();
    expect(neighbours.inContact(b, 0)).to.equal(false);
    neighbours.echoed(b, echo(), sent(1, 100), 140);
    expect(neighbours.inContact(b, 249)).to.equal(true);
    expect(neighbours.inContact(b, 250)).to.equal(false);
    expect(b.roundTripMs).to.equal(40);
  });

  it('is not moved by an older echo, nor its round trip by a second echo of the same', () => {
    const { neighbours, b } = bench();
    neighbours.echoed(b, echo(1), sent(2, 100), 140);
    neighbours.echoed(b, echo(2), sent(1, 50), 150);
    expect(b.echo?.applied).to.equal(1);
    neighbours.echoed(b, echo(3), sent(2, 100), 190);
    expect(b.echo?.applied).to.equal(3);
    expect(b.roundTripMs).to.equal(40);
  });

  it('ends with the link, and begins anew with an echo on the next', () => {
    const { neighbours, b } = bench();
    neighbours.echoed(b, echo(), sent(1, 100), 110);
    expect(neighbours.contacts(120)).to.deep.equal(['b']);
    neighbours.linkDown(B);
    expect(neighbours.inContact(b, 120)).to.equal(false);
    linkUp(neighbours, B, 'b', 1);
    expect(neighbours.inContact(b, 120)).to.equal(false);
    neighbours.echoed(b, echo(), sent(2, 120), 121);
    expect(neighbours.inContact(b, 121)).to.equal(true);
  });

  it('regained is trouble, and not the first time', () => {
    const { neighbours, journal, b } = bench();
    neighbours.echoed(b, echo(), sent(1, 100), 110);
    neighbours.watch(110);
    expect(b.steadiness.steady(110)).to.equal(true);
    neighbours.watch(300);
    expect(b.steadiness.steady(300)).to.equal(true);
    neighbours.echoed(b, echo(), sent(2, 300), 310);
    neighbours.watch(310);
    expect(b.steadiness.steady(310)).to.equal(false);
    expect(journal.effects.roles.map(({ type }) => type)).to.deep.equal([
      'gained-contact',
      'lost-contact',
      'gained-contact',
    ]);
  });
});

describe('a link', () => {
  for (const [store, life, kept] of [
    ['b', 1, true],
    ['b', 2, false],
    ['bb', 1, false],
  ] as const) {
    it(`of store ${store}, life ${life} ${kept ? 'keeps' : 'drops'} what was heard of store b, life 1`, () => {
      const { neighbours, b } = bench();
      neighbours.hear(b, heartbeat({ applied: slot(9) }), 10);
      b.lost = readBallot('1.b');
      neighbours.linkDown(B);
      linkUp(neighbours, B, store, life);
      expect(b.heartbeat?.applied ?? null).to.equal(kept ? 9 : null);
      expect(b.lost === null).to.equal(!kept);
    });
  }
});

describe('a live neighbour', () => {
  it('was heard within three intervals', () => {
    const { neighbours, b } = bench();
    expect(neighbours.isLive(b, 0)).to.equal(false);
    neighbours.hear(b, heartbeat(), 100);
    expect(neighbours.isLive(b, 249)).to.equal(true);
    expect(neighbours.isLive(b, 250)).to.equal(false);
  });

  for (const [contacts, heardAt, live] of [
    [[B], 400, true],
    [[B], 200, false],
    [[], 400, false],
    [[C], 400, false],
  ] as const) {
    it(`or is ${live ? '' : 'not '}vouched for by c, in contact with ${contacts.join() || 'nobody'}, heard ${500 - heardAt} ms ago`, () => {
      const { neighbours, b } = bench();
      neighbours.hear(b, heartbeat(), 0);
      neighbours.hear(neighbours.get(C), heartbeat({ contacts }), heardAt);
      expect(neighbours.isLive(b, 500)).to.equal(live);
    });
  }

  /** Its lease 2.b ran out in silence; what it says next. */
  const lead = (ballot: string): Purpose => ({ type: 'lead', ballot: readBallot(ballot), established: true });
  for (const [what, purpose, live] of [
    ['the same lead', lead('2.b'), false],
    ['another lead', lead('3.b'), true],
    ['nothing special', { type: 'none' }, true],
    ['a release', { type: 'release', ballot: readBallot('2.b'), to: null }, true],
  ] as const) {
    it(`whose lease ran out is ${live ? '' : 'not '}live again with ${what}`, () => {
      const { neighbours, b } = bench();
      neighbours.hear(b, heartbeat({ purpose: lead('2.b') }), 100);
      b.lost = readBallot('2.b');
      expect(neighbours.isLive(b, 110)).to.equal(false);
      neighbours.hear(b, heartbeat({ number: 2, purpose }), 120);
      expect(neighbours.isLive(b, 130)).to.equal(live);
    });
  }
});

describe('wall clocks', () => {
  it('count while their owner was heard lately', () => {
    const { neighbours, b } = bench();
    neighbours.hear(b, heartbeat({ wallMs: 7_000 }), 100);
    neighbours.hear(neighbours.get(C), heartbeat({ wallMs: 8_000 }), 200);
    expect(neighbours.walls(240)).to.deep.equal([
      { wallMs: 7_000, atMono: 100 },
      { wallMs: 8_000, atMono: 200 },
    ]);
    expect(neighbours.walls(260)).to.deep.equal([{ wallMs: 8_000, atMono: 200 }]);
  });
});
