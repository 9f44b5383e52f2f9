// The hash table: what it holds is what a Map would hold, whatever comes and goes, however large it gets, also where keys crowd.

import { expect } from 'chai';
import fc from 'fast-check';
import { KeyMap } from '#src/kv/key-map.js';

interface Item {
  readonly key: string;
  readonly n: number;
}

/** Puts and deletes keys as the table does, and compares after each step. */
class Pair {
  readonly #tested = new KeyMap<Item>();
  readonly #model = new Map<string, Item>();

  put(key: string, n: number): void {
    this.delete(key);
    const item = { key, n };
    this.#tested.add(item);
    this.#model.set(key, item);
  }

  delete(key: string): void {
    this.look(key);
    this.#tested.delete(key);
    this.#model.delete(key);
    this.look(key);
  }

  look(key: string): void {
    if (this.#tested.get(key) !== this.#model.get(key)) expect.fail(`${JSON.stringify(key)} holds something else`);
    if (this.#tested.size !== this.#model.size) expect.fail(`${this.#tested.size} keys, not ${this.#model.size}`);
  }
}

/** Each two have the same hash, found by search; they keep it with the same text behind both. */
const SAME_HASH = ['key/5vl8', 'key/mpd6', 'key/5vl7', 'key/mpd9'];

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
          if (puts) pair.put(key, which);
          else pair.delete(key);
        }
        for (const key of pool) pair.look(key);
      }),
      { numRuns: 200 },
    );
  });

  it('holds a hundred thousand keys, loses every other one, and takes them in again', () => {
    const pair = new Pair();
    const count = 100_000;
    for (let n = 0; n < count; n++) pair.put(`key/${n}`, n);
    for (let n = 0; n < count; n += 2) pair.delete(`key/${n}`);
    for (let n = 0; n < count; n++) pair.look(`key/${n}`);
    for (let n = 0; n < count; n += 4) pair.put(`key/${n}`, -n);
    for (let n = 0; n < count; n++) pair.look(`key/${n}`);
    for (let n = 0; n < count; n++) pair.delete(`key/${n}`);
  });

  it('tells keys apart that have the same hash', () => {
    const pair = new Pair();
    const crowd = SAME_HASH.flatMap((key) => [key, `${key}x`, `${key}y`]);
    for (const key of crowd) pair.put(key, key.length);
    for (const key of crowd) pair.look(key);
    for (const gone of crowd) {
      pair.delete(gone);
      for (const key of crowd) pair.look(key);
    }
  });
});
