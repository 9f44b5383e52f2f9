// The ordered table: order of bytes, what an entry remembers, and that its count of bytes is what a fresh count gives.

import { expect } from 'chai';
import fc from 'fast-check';
import { revision } from '#src/base/ids.js';
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

  it('holds what a Map would hold, and counts its bytes', () => {
    const step = fc.tuple(
      fc.stringMatching(/^[a-d]{1,2}$/),
      fc.option(fc.string({ unit: 'binary-ascii', maxLength: 9 })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new Table();
        const map = new Map<string, string>();
        for (const [key, value] of steps) {
          if (value === null) expect(table.delete(key)).to.equal(map.delete(key));
          else table.put(bytesOf(key, value), revision(map.set(key, value).size));
          expect(table.has('a')).to.equal(map.has('a'));
        }
        expect(new Map(contents(table).map(([key, { value }]) => [key, value]))).to.deep.equal(map);
        expect(table.size).to.equal(map.size);
        expect(table.bytes).to.equal(
          [...map].reduce((sum, [key, value]) => sum + entryBytes(key.length, value.length), 0),
        );
      }),
    );
  });
});
