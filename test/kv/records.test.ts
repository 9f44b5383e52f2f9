// Records hold what a Map would hold while their memory is used again: values that grow and shrink, keys that come and go, and
// more of both than fits into one piece of memory.

import { expect } from 'chai';
import { revision } from '#src/base/ids.js';
import { Arena } from '#src/kv/arena.js';
import { NONE } from '#src/kv/key-map.js';
import { Records } from '#src/kv/records.js';
import { Random } from '../paxos/support/random.js';
import { bytesOf, pairOf, recordOf } from './entries.js';

const MIB = 1024 * 1024;

describe('records', () => {
  it('hold what a Map would hold while holes come and are filled', () => {
    const records = new Records();
    const model = new Map<
      string,
      { value: string; version: number; created: number; revision: number; deadline: number }
    >();
    const random = new Random(4711);
    for (let n = 1; n <= 60_000; n++) {
      const key = `key ${random.below(2_000)}`;
      const id = records.find(bytesOf(key));
      const held = model.get(key);
      expect(id === NONE, key).to.equal(held === undefined);
      if (id !== NONE && random.chance(0.2)) {
        records.delete(id);
        model.delete(key);
        continue;
      }
      const value = String(n).padEnd(random.below(3_000), 'v');
      if (id === NONE) records.add(bytesOf(key, value), revision(n), 0);
      else records.overwrite(id, bytesOf(key, value), revision(n), 0);
      model.set(key, {
        value,
        version: (held?.version ?? 0) + 1,
        created: held?.created ?? n,
        revision: n,
        deadline: 0,
      });
    }
    expect(records.size).to.equal(model.size);
    for (const [key, entry] of model)
      expect(pairOf(records.placeOf(records.find(bytesOf(key))))).to.deep.equal([key, entry]);
  });

  it('stand in order where they have moved', () => {
    const records = new Records();
    const [a, b] = [records.add(bytesOf('a', 'v'), revision(1), 0), records.add(bytesOf('b', 'v'), revision(2), 0)];
    expect(records.compare(a, b)).to.be.below(0);
    records.overwrite(b, bytesOf('b', 'another length'), revision(3), 0);
    expect(records.compare(a, b)).to.be.below(0);
    records.delete(b);
    const c = records.add(bytesOf('', 'v'), revision(4), 0);
    expect(c).to.equal(b);
    expect(records.compare(a, c)).to.be.above(0);
  });

  it('are loaded in runs of any size', () => {
    const records = new Records();
    const sizes = [0, 1, 100, 20_000, 300_000, 5, 1_100_000, 131_000, 131_100, 7];
    const entries = sizes.map((size, i) => recordOf([`k${i}`, entryOf('v'.repeat(size))]));
    const run = Buffer.concat(entries.map(({ bytes }) => bytes));
    const ids: number[] = [];
    records.load(run, 0, run.length, ids);
    records.loaded();
    expect(ids.map((id) => records.valueBytesOf(id))).to.deep.equal(sizes);
    for (const [i, size] of sizes.entries()) {
      expect(pairOf(records.placeOf(records.find(bytesOf(`k${i}`))))).to.deep.equal([
        `k${i}`,
        entryOf('v'.repeat(size)),
      ]);
    }
  });
});

describe('the arena of records', () => {
  it('keeps no slab that is empty, and tells the emptiest when a third is holes', () => {
    const arena = new Arena();
    const numbers: number[] = [];
    const size = 1024;
    for (let i = 0; i < 8 * size; i++) {
      const number = arena.withRoom(size);
      arena.take(number, size);
      numbers.push(number);
    }
    const last = numbers.at(-1) ?? expect.fail();
    const counted = numbers.filter((number) => number === 3).length;
    for (const number of numbers) if (number === 3) arena.free(number, size);
    expect(() => arena.slab(3), `${counted} records`).to.throw('a slab');
    expect(arena.wasteful).to.equal(null);
    let freed = 0;
    for (const [i, number] of numbers.entries()) {
      if (arena.wasteful !== null || number === 3 || number === last || (i % 2 === 0 && number !== 9)) continue;
      arena.free(number, size);
      freed += size;
    }
    expect(freed).to.be.within(2 * MIB, 6 * MIB);
    expect(arena.wasteful).to.be.a('number');
  });

  it('gives a large record a slab of its own', () => {
    const arena = new Arena();
    const shared = arena.withRoom(100);
    arena.take(shared, 100);
    const large = arena.withRoom(2 * MIB);
    arena.take(large, 2 * MIB);
    expect(arena.slab(large).bytes.length).to.equal(2 * MIB);
    expect(arena.withRoom(100)).to.equal(shared);
    arena.free(large, 2 * MIB);
    expect(() => arena.slab(large)).to.throw('a slab');
  });
});

function entryOf(value: string) {
  return { value, revision: revision(9), created: revision(8), version: 2, deadline: 0 };
}
