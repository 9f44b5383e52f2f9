// The ordered table: order of bytes, what an entry remembers, and that its count of bytes is what a fresh count gives.

import { expect } from 'chai';
import fc from 'fast-check';
import { revision } from '#src/base/ids.js';
import { keyAt } from '#src/kv/record.js';
import { Table } from '#src/kv/table.js';
import { entryBytes } from '#src/kv/table-contents.js';
import { bytesOf, contents } from './entries.js';

describe('table', () => {
  it('keeps keys in the order of their bytes', () => {
    const table = new Table();
    const keys = ['b', '', 'a\0', '\xff', 'a', 'B', '\x80', 'a\xff', '10', '9'];
    for (const key of keys) table.put(bytesOf(key, 'v'), revision(1));
    const sorted = keys.map((key) => Buffer.from(key, 'latin1')).sort(Buffer.compare);
    expect(contents(table).map(([key]) => key)).to.deep.equal(sorted.map((key) => key.toString('latin1')));
  });

  it('tells when a key was made, and how often it was written since', () => {
    const table = new Table();
    table.put(bytesOf('k', 'one'), revision(1));
    expect(table.get('k')).to.include({ value: 'one', revision: 1, created: 1, version: 1 });
    table.put(bytesOf('k', 'two'), revision(2));
    expect(table.get('k')).to.include({ value: 'two', revision: 2, created: 1, version: 2 });
    table.delete('k');
    expect(table.get('k')).to.equal(undefined);
    table.put(bytesOf('k', 'three'), revision(4));
    expect(table.get('k')).to.include({ value: 'three', revision: 4, created: 4, version: 1 });
  });

  for (const gathered of [0, 1, 7, 1_000]) {
    it(`holds what a Map would hold, and counts its bytes, ${gathered} new keys being gathered`, () =>
      holdsAsAMap(gathered));
  }

  it('has the order of gathered keys when somebody asks for it', () => {
    const asks: readonly ((table: Table) => string[])[] = [
      (table) => contents(table).map(([key]) => key),
      (table) => [...table.cut(revision(9)).walk()].map(({ bytes, start }) => keyAt(bytes, start)),
      (table) => {
        const other = new Table();
        other.become(table);
        return contents(other).map(([key]) => key);
      },
    ];
    for (const ask of asks) {
      const table = new Table();
      table.put(bytesOf('m', 'v'), revision(1));
      table.gatherKeys();
      for (const key of ['z', 'a', 'n', 'b']) table.put(bytesOf(key, 'v'), revision(2));
      expect(ask(table)).to.deep.equal(['a', 'b', 'm', 'n', 'z']);
    }
  });

  it('forgets what it gathered with everything else', () => {
    const table = new Table();
    table.gatherKeys();
    table.put(bytesOf('gone', 'v'), revision(1));
    table.clear();
    table.put(bytesOf('there', 'v'), revision(2));
    table.stopGathering();
    expect(contents(table).map(([key]) => key)).to.deep.equal(['there']);
  });
});

/** `gathered`: how many new keys at most; 0 for none. */
function holdsAsAMap(gathered: number): void {
  const step = fc.tuple(
    fc.oneof(
      fc.stringMatching(/^[a-d]{1,2}$/),
      fc.integer({ min: 0, max: 400 }).map((n) => String(n).padStart(3, '0')),
    ),
    // Rarely null, which deletes: what was gathered goes into the order then.
    fc.option(fc.string({ unit: 'binary-ascii', maxLength: 9 }), { freq: 60 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500, size: 'max' }), (steps) => {
      const table = new Table();
      if (gathered > 0) table.gatherKeys(gathered);
      const map = new Map<string, string>();
      for (const [key, value] of steps) {
        if (value === null) expect(table.delete(key)).to.equal(map.delete(key));
        else table.put(bytesOf(key, value), revision(map.set(key, value).size));
        expect(table.has('a')).to.equal(map.has('a'));
      }
      const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(contents(table).map(([key, { value }]) => [key, value])).to.deep.equal(sorted);
      expect(table.size).to.equal(map.size);
      expect(table.bytes).to.equal(
        [...map].reduce((sum, [key, value]) => sum + entryBytes(key.length, value.length), 0),
      );
    }),
  );
}
