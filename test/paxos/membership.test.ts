/**
 * Whose vote counts: before and after the founding, for the first store heard and for a second, for empty seats and taken
 * ones.
 */

import { expect } from 'chai';
import { replicaName, type StoreId } from '#src/base/ids.js';
import { foundingDigest, Membership } from '#src/paxos/membership.js';
import type { ConfigurationValue } from '#src/paxos/value.js';
import { names } from './support/makers.js';
import { readValue, storeOf } from './support/notation.js';

function configured(text: string): ConfigurationValue {
  const value = readValue(`configuration(${text})`);
  if (value.type !== 'configuration') throw new Error('a configuration');
  return value;
}

/** Seen by a, whose store is a. `heard` is what its identity file has; `seats` the decided configuration, if there is one. */
function membership(heard: string, seats: string): Membership {
  const pairs = heard
    .split(' ')
    .filter((text) => text !== '')
    .map((text) => text.split('='));
  return new Membership({
    self: replicaName('a'),
    store: storeOf('a'),
    names: names('a b c'),
    heard: new Map(pairs.map(([name = '', store = '']) => [replicaName(name), storeOf(store)])),
    configuration: seats === '' ? null : configured(seats),
  });
}

/** Is the store counted under the name? */
const COUNTS: readonly (readonly [heard: string, seats: string, name: string, store: string, counted: boolean])[] = [
  ['', '', 'a', 'a', true],
  ['', '', 'a', 'aa', false],
  ['', '', 'b', 'b', false],
  ['b=b', '', 'b', 'b', true],
  ['b=b', '', 'b', 'bb', false],
  ['b=b', '', 'c', 'b', false],
  // A decided entry counts, whatever was heard.
  ['b=b', 'a=a b=bb c=-', 'b', 'b', false],
  ['b=b', 'a=a b=bb c=-', 'b', 'bb', true],
  ['c=c', 'a=a b=bb c=-', 'c', 'c', false],
  ['', 'a=a b=bb c=-', 'a', 'a', true],
  ['', 'a=aa b=bb c=-', 'a', 'a', false],
  ['', 'a=- b=bb c=-', 'a', 'a', false],
];

describe('membership', () => {
  for (const [heard, seats, name, store, counted] of COUNTS) {
    it(`heard ${heard || 'nobody'}, seats ${seats || 'not yet'}: ${store} ${counted ? 'votes' : 'does not vote'} as ${name}`, () => {
      expect(membership(heard, seats).counts(replicaName(name), storeOf(store))).to.equal(counted);
    });
  }

  for (const [seats, learner, counts] of [
    ['', false, true],
    ['a=a b=b c=c', false, true],
    ['a=- b=b c=c', false, false],
    ['a=aa b=b c=c', true, false],
  ] as const) {
    it(`with seats ${seats || 'not yet'}, a is ${learner ? '' : 'no '}learner and ${counts ? 'counts' : 'does not count'}`, () => {
      expect(membership('', seats).isLearner).to.equal(learner);
      expect(membership('', seats).countsSelf).to.equal(counts);
    });
  }

  it('counts nobody without a store', () => {
    expect(membership('', 'a=a b=- c=c').counts(replicaName('b'), null)).to.equal(false);
  });

  for (const [count, majority] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [31, 16],
  ] as const) {
    it(`of ${count} has a majority of ${majority}, empty seats or not`, () => {
      const members = Array.from({ length: count }, (_, i) => replicaName(`n${i}`));
      const [self = replicaName('')] = members;
      const options = { self, store: storeOf('a'), names: members, heard: new Map<typeof self, StoreId>() };
      expect(new Membership({ ...options, configuration: null }).majority).to.equal(majority);
      const seats = members.map((name) => ({ name, store: null }));
      const configuration: ConfigurationValue = { type: 'configuration', seats, nonce: '' };
      expect(new Membership({ ...options, configuration }).majority).to.equal(majority);
    });
  }

  it('takes the first store heard for news, until it is kept, and only before the founding', () => {
    const fresh = membership('', '');
    expect(fresh.isNews(replicaName('b'))).to.equal(true);
    fresh.keep(replicaName('b'), storeOf('b'));
    expect(fresh.isNews(replicaName('b'))).to.equal(false);
    fresh.keep(replicaName('b'), storeOf('bb'));
    expect(fresh.seat(replicaName('b'))).to.equal(storeOf('b'));
    expect(fresh.allHeard).to.equal(false);
    fresh.keep(replicaName('c'), storeOf('c'));
    expect(fresh.allHeard).to.equal(true);
    expect(membership('', 'a=a b=- c=-').isNews(replicaName('b'))).to.equal(false);
  });

  it('founds with what it has heard', () => {
    expect(membership('c=c', '').foundingSeats()).to.deep.equal(configured('a=a b=- c=c').seats);
  });

  for (const [seats, stores, filled] of [
    ['a=a b=- c=c', 'b=b', 'a=a b=b c=c'],
    ['a=a b=- c=-', 'b=b c=c', 'a=a b=b c=c'],
    ['a=a b=- c=-', 'c=c', 'a=a b=- c=c'],
    ['a=a b=b c=c', 'b=bb', ''],
    ['a=a b=- c=c', '', ''],
    ['a=a b=- c=c', 'c=cc', ''],
  ] as const) {
    it(`${seats} with ${stores || 'nobody'} at hand ${filled === '' ? 'stays' : `becomes ${filled}`}`, () => {
      const pairs = stores
        .split(' ')
        .filter((text) => text !== '')
        .map((text) => text.split('='));
      const known = new Map(pairs.map(([name = '', store = '']) => [replicaName(name), storeOf(store)]));
      const wanted = filled === '' ? null : configured(filled).seats;
      expect(membership('', seats).filledSeats(known)).to.deep.equal(wanted);
    });
  }

  it('fills no seat before the founding', () => {
    expect(membership('', '').filledSeats(new Map([[replicaName('b'), storeOf('b')]]))).to.equal(null);
  });

  for (const [seats, next, taken] of [
    ['a=a b=- c=c', 'a=a b=b c=c', true],
    ['a=a b=b c=c', 'a=a b=b c=c', true],
    ['a=a b=b c=c', 'a=a b=bb c=c', false],
    ['a=a b=b c=c', 'a=a b=- c=c', false],
    ['a=a b=b c=c', 'a=a b=b', false],
  ] as const) {
    it(`${taken ? 'takes' : 'stops at'} ${next} after ${seats}`, () => {
      const adopt = () => membership('', seats).adopt(configured(next));
      if (taken) expect(adopt).not.to.throw();
      else expect(adopt).to.throw();
    });
  }

  it('tells two foundings apart by their seats and by their nonces', () => {
    const one = configured('a=a b=b c=c');
    const others = [
      configured('a=a b=b c=-'),
      configured('a=a b=bb c=c'),
      { ...one, nonce: '1' },
      { ...one, nonce: '2' },
    ];
    const digests = [one, ...others].map(foundingDigest);
    expect(new Set(digests).size).to.equal(digests.length);
    for (const digest of digests) expect(digest).to.match(/^[0-9a-f]{16}$/);
    expect(foundingDigest({ ...one })).to.equal(foundingDigest(one));
  });
});
