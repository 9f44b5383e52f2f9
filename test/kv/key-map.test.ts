// The hash table: what it finds is what a Map would hold, whatever comes and goes, however large it gets, also where keys crowd.

import { expect } from 'chai';
import fc from 'fast-check';
import { hashOf, KeyMap, KeyMapFilling, NONE } from '#src/kv/key-map.js';

/** Puts and deletes keys as the table does, and compares after each step. */
class Pair {
  readonly #keys: string[] = [];
  readonly #tested: KeyMap;
  readonly #model = new Map<string, number>();

  constructor(expected = 0) {
    this.#tested = new KeyMap(expected);
  }

  put(key: string): void {
    this.delete(key);
    const id = this.#keys.push(key) - 1;
    this.#tested.add(id, hash(key));
    this.#model.set(key, id);
  }

  delete(key: string): void {
    this.look(key);
    const id = this.#model.get(key);
    if (id === undefined) return;
    this.#tested.delete(id, hash(key));
    this.#model.delete(key);
    this.look(key);
  }

  look(key: string): void {
    const id = this.#model.get(key) ?? NONE;
    const found = this.#tested.find(hash(key), (one) => this.#keys[one] === key);
    if (found !== id) expect.fail(`${JSON.stringify(key)} is another record`);
    if (this.#tested.size !== this.#model.size) expect.fail(`${this.#tested.size} keys, not ${this.#model.size}`);
  }
}

/** A map to go through, with keys that come and go beside those that stay. */
class Scanned {
  readonly #keys: string[] = [];
  readonly #map: KeyMap;
  #first = 0;
  #next = 0;

  constructor(expected: number) {
    this.#map = new KeyMap(expected);
  }

  put(key: string): void {
    this.#map.add(this.#keys.push(key) - 1, hash(key));
  }

  change(add: number, remove: number): void {
    for (let n = 0; n < add; n++) this.put(`goes ${this.#next++}`);
    for (let n = 0; n < remove && this.#first < this.#next; n++) {
      const key = `goes ${this.#first++}`;
      const at = hash(key);
      const id = this.#map.find(at, (one) => this.#keys[one] === key);
      this.#map.delete(id, at);
    }
  }

  scan(place: number, take: (key: string) => void): number {
    return this.#map.scan(place, (id) => take(this.#keys[id] ?? ''));
  }
}

/** Each two have the same hash, found by search; they keep it with the same text behind both. */
const SAME_HASH = ['key/5vl8', 'key/mpd6', 'key/5vl7', 'key/mpd9'];

function hash(key: string): number {
  return hashOf(Buffer.from(key, 'latin1'), 0, key.length);
}

describe('key map', () => {
  it('holds what a Map would hold', () => {
    // More keys than a shard of the smallest size has places for, so that shards grow, fill up and are emptied again.
    const keys = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 3 }), { minLength: 1, maxLength: 40 });
    const steps = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(keys, steps, (some, list) => {
        const pair = new Pair();
        const pool = some.flatMap((each) => Array.from({ length: 30 }, (_, i) => each + i));
        for (const [which, puts] of list) {
          const key = pool[which % pool.length] ?? '';
          if (puts) pair.put(key);
          else pair.delete(key);
        }
        for (const key of pool) pair.look(key);
      }),
      { numRuns: 200 },
    );
  });

  for (const expected of [0, 100_000, 2 ** 50]) {
    it(`holds a hundred thousand keys where ${expected} were expected, loses every other one, and takes them in again`, () => {
      const pair = new Pair(expected);
      const count = 100_000;
      for (let n = 0; n < count; n++) pair.put(`key/${n}`);
      for (let n = 0; n < count; n += 2) pair.delete(`key/${n}`);
      for (let n = 0; n < count; n++) pair.look(`key/${n}`);
      for (let n = 0; n < count; n += 4) pair.put(`key/${n}`);
      for (let n = 0; n < count; n++) pair.look(`key/${n}`);
      for (let n = 0; n < count; n++) pair.delete(`key/${n}`);
    });
  }

  it('leads past every record that stays, by places that outlive growth and serve any map of the same keys', () => {
    const count = fc.integer({ min: 1, max: 3_000 });
    const steps = fc.array(fc.record({ add: fc.nat(400), remove: fc.nat(400), other: fc.boolean() }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(count, fc.constantFrom(0, 50_000), steps, (stay, expected, changes) => {
        const maps = [new Scanned(0), new Scanned(expected)];
        for (const map of maps) for (let n = 0; n < stay; n++) map.put(`stays ${n}`);
        const met = new Map<string, number>();
        let place = 0;
        let at = 0;
        let map = maps[0];
        do {
          if (at++ % 7 === 0) {
            const { add = 0, remove = 0, other = false } = changes[at / 7] ?? {};
            if (other) map = maps[at % 2];
            for (const one of maps) one.change(add, remove);
          }
          place = map?.scan(place, (key) => met.set(key, (met.get(key) ?? 0) + 1)) ?? 0;
        } while (place !== 0);
        for (let n = 0; n < stay; n++) expect(met.get(`stays ${n}`), `stays ${n}`).to.be.at.least(1);
        // Who stays with one map meets nothing twice.
        if (!changes.some(({ other }) => other)) for (const [key, times] of met) expect(times, key).to.equal(1);
      }),
      { numRuns: 100 },
    );
  });

  it('takes any number of 32 bits for a place', () => {
    const map = new Scanned(0);
    for (let n = 0; n < 1_000; n++) map.put(`${n}`);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (from) => {
        let place = from;
        let steps = 0;
        do place = map.scan(place, () => {});
        while (place !== 0 && ++steps < 100_000);
        expect(place).to.equal(0);
      }),
    );
  });

  it('hashes what stands between two places', () => {
    for (const key of ['', 'a', 'key/5vl8', '\0\x80\xff']) {
      const bytes = Buffer.from(`<${key}>`, 'latin1');
      expect(hashOf(bytes, 1, bytes.length - 1)).to.equal(hash(key));
    }
  });

  it('holds what many were taken in at once, and what was there before', () => {
    for (const [before, count] of [
      [0, 0],
      [3, 1],
      [1_000, 65_536],
      [0, 200_000],
    ] as const) {
      const map = new KeyMap(count);
      const idOf = (n: number) => map.find(hash(`key/${n}`), (one) => one === n);
      for (let n = 0; n < before; n++) map.add(n, hash(`key/${n}`));
      const filling = new KeyMapFilling(map);
      for (let n = before; n < count; n++) filling.add(n, hash(`key/${n}`));
      filling.finish();
      const all = Math.max(before, count);
      expect(map.size).to.equal(all);
      for (let n = 0; n < all; n++) if (idOf(n) !== n) expect.fail(`key/${n} is not there`);
      expect(idOf(all)).to.equal(NONE);
    }
  });

  it('tells keys apart that have the same hash', () => {
    const pair = new Pair();
    const crowd = SAME_HASH.flatMap((key) => [key, `${key}x`, `${key}y`]);
    for (const key of crowd) pair.put(key);
    for (const key of crowd) pair.look(key);
    for (const gone of crowd) {
      pair.delete(gone);
      for (const key of crowd) pair.look(key);
    }
  });
});
