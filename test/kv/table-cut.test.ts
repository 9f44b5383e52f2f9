// A cut of the table is the table as it was, however it changes while the cut is walked, whatever other cuts there are, and also
// when the table comes to hold something else altogether.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import type { RecordPlace } from '#src/kv/record.js';
import { Table } from '#src/kv/table.js';
import { TableFilling } from '#src/kv/table-contents.js';
import type { TableCut } from '#src/kv/table-cut.js';
import { bytesOf, contents, type Pair, pairOf, recordOf } from './entries.js';

/** A cut that is walked bit by bit, and what it must give. */
class Walk {
  readonly #cut: TableCut;
  readonly #expected: readonly Pair[];
  readonly #walk: Iterator<RecordPlace>;
  readonly #seen: Pair[] = [];

  constructor(table: Table, at: number, prefix: string) {
    const all = contents(table);
    this.#expected = all.filter(([key]) => key.startsWith(prefix));
    this.#cut = table.cut(revision(at), prefix);
    this.#walk = this.#cut.walk();
    expect(this.#cut.size).to.equal(all.length);
  }

  pull(count: number): void {
    for (let i = 0; i < count; i++) {
      const next = this.#walk.next();
      if (next.done !== true) this.#seen.push(pairOf(next.value));
    }
  }

  finish(): void {
    this.pull(this.#expected.length + 1);
    expect(this.#seen).to.deep.equal(this.#expected);
    this.#cut.release();
  }
}

function filled(keys: readonly string[]): TableFilling {
  const filling = new TableFilling();
  for (const key of keys) {
    const entry = { value: `new ${key}`, revision: revision(9), created: revision(8), version: 2, deadline: 0 };
    const { bytes, start, end } = recordOf([key, entry]);
    filling.add(bytes, start, end);
  }
  return filling;
}

describe('a cut of the table', () => {
  const key = fc.oneof(
    fc.integer({ min: 0, max: 400 }).map((n) => String(n).padStart(3, '0')),
    fc.constantFrom('\xff', '\xff\xff', '\xff0', '0\xff', '0\xff0', '1'),
  );
  const prefix = fc.constantFrom('', '', '', '0', '1', '12', '300', '4', '\xff', '0\xff', 'none');
  const step = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ type: fc.constant('put' as const), key, value: fc.string({ maxLength: 3 }) }),
    },
    { weight: 10, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('cut' as const), prefix }) },
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('pull' as const),
        which: fc.nat(),
        count: fc.integer({ min: 1, max: 80 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('finish' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('adopt' as const), keys: fc.uniqueArray(key) }) },
  );

  it('is what it was, with several alive, between any changes, and over an exchange of the contents', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const table = new Table();
        const walks: Walk[] = [];
        let last = 0;
        for (let i = 0; i < 300; i += 2) table.put(bytesOf(String(i).padStart(3, '0'), 'first'), revision(++last));
        for (const each of steps) {
          if (each.type === 'put') table.put(bytesOf(each.key, each.value), revision(++last));
          else if (each.type === 'delete') table.delete(each.key);
          else if (each.type === 'cut') walks.push(new Walk(table, last, each.prefix));
          else if (each.type === 'adopt') {
            table.adopt(filled([...each.keys].sort()).contents());
            last = Math.max(last, 9);
          } else if (walks.length > 0) {
            const which = each.which % walks.length;
            if (each.type === 'pull') walks[which]?.pull(each.count);
            else walks.splice(which, 1)[0]?.finish();
          }
        }
        for (const walk of walks) walk.finish();
      }),
      { numRuns: 300 },
    );
  });

  it('is walked once, and not after its release', () => {
    const table = new Table();
    for (const each of ['a', 'b']) table.put(bytesOf(each, 'v'), revision(1));
    const twice = table.cut(revision(1));
    expect([...twice.walk()].length).to.equal(2);
    expect(() => [...twice.walk()]).to.throw(InvariantViolation, 'once');
    const released = table.cut(revision(1));
    const walk = released.walk();
    walk.next();
    released.release();
    expect(() => walk.next()).to.throw(InvariantViolation, 'released');
  });
});

describe('a filled table', () => {
  for (const size of [0, 1, 63, 64, 4095, 4096, 4097, 20_000]) {
    it(`of ${size} keys is one like any other`, () => {
      const keys = Array.from({ length: size }, (_, i) => String(i).padStart(6, '0'));
      const table = new Table();
      const plain = new Table();
      table.adopt(filled(keys).contents());
      for (const each of keys) plain.put(bytesOf(each, `new ${each}`), revision(9));
      expect([table.size, table.bytes]).to.deep.equal([plain.size, plain.bytes]);
      expect(contents(table).map(([each]) => each)).to.deep.equal(keys);
      for (let i = 0; i < size; i += 7) table.delete(String(i).padStart(6, '0'));
      for (let i = 0; i < size; i += 3) table.put(bytesOf(`${String(i).padStart(6, '0')}x`, 'v'), revision(10));
      const expected = [
        ...keys.filter((_, i) => i % 7 !== 0),
        ...keys.filter((_, i) => i % 3 === 0).map((each) => `${each}x`),
      ].sort();
      expect(contents(table).map(([each]) => each)).to.deep.equal(expected);
      if (size > 1)
        expect(table.get('000001')).to.deep.include({ value: 'new 000001', revision: 9, created: 8, version: 2 });
    });
  }

  it('is not filled with a key twice', () => {
    const filling = filled(['a', 'b', 'b']);
    expect(() => filling.contents()).to.throw();
  });
});
