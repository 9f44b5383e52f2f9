// What reads cost: how much one answers at most, that nothing is made of what it does not answer, and what it says it looked at.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import type { Reader } from '#src/kv/command.js';
import { findRead } from '#src/kv/command-table.js';
import { ANSWER_BYTES, Meter } from '#src/kv/meter.js';
import type { Entry } from '#src/kv/record.js';
import { Table } from '#src/kv/table.js';
import { renderInline } from '#src/wire/reply.js';
import { bytesOf } from './entries.js';

const MIB = 1024 * 1024;

/** Counts the bytes of values that are made. */
class Store implements Reader {
  readonly revision = revision(1);
  readonly time = 0;
  readonly #table = new Table();
  made = 0;

  put(key: string, bytes: number): void {
    this.#table.put(bytesOf(key, 'x'.repeat(bytes)), this.revision);
  }

  get keys(): number {
    return this.#table.size;
  }

  get(key: string): Entry | undefined {
    const entry = this.#table.get(key);
    return entry === undefined ? undefined : this.#counted(entry);
  }

  *entriesFrom(low: string) {
    for (const [key, entry] of this.#table.entriesFrom(low)) yield [key, this.#counted(entry)] as const;
  }

  scan(place: number, take: (key: string) => void): number {
    return this.#table.scan(place, take);
  }

  dice(): number {
    return 0;
  }

  #counted(entry: Entry): Entry {
    const counted = (text: string): string => {
      this.made += text.length;
      return text;
    };
    const { revision: at, created, version, deadline, valueBytes } = entry;
    return {
      ...{ revision: at, created, version, deadline, valueBytes },
      get value() {
        return counted(entry.value);
      },
      slice: (from, to) => counted(entry.slice(from, to)),
    };
  }
}

function ask(store: Reader, line: string): { reply: string; work: number } {
  const argv = line.split(' ');
  const read = must(findRead(argv[0] ?? ''), 'a read');
  const meter = new Meter();
  const words = { words: argv.length, text: (at: number) => argv[at] ?? '' };
  return { reply: renderInline(read.evaluate(store, words, meter)), work: meter.work };
}

describe('a read', () => {
  const store = new Store();

  before(() => {
    for (let i = 1; i <= 5; i++) store.put(`big:${i}`, MIB);
    store.put('huge', ANSWER_BYTES + 1);
    for (let i = 1; i <= 9_000; i++) store.put(`some:${i}`, 500);
    store.put('text', 26);
  });

  const words = (count: number): string => ' big:1'.repeat(count);
  const cases: readonly (readonly [line: string, reply: RegExp, made: number])[] = [
    [`MGET${words(4)}`, /^1\) x+\r\n2\) x+\r\n3\) x+\r\n4\) x+\r\n$/, 4 * MIB],
    [`MGET${words(5)}`, /^ERROR TOOLARGE the values have more than 4194304 bytes; read fewer keys at a time\r\n$/, 0],
    [`MGET${words(1_000)}`, /^ERROR TOOLARGE /, 0],
    ['MGET huge', /^1\) x+\r\n$/, ANSWER_BYTES + 1],
    ['MGET none huge none', /^1\) \(nil\)\r\n2\) x+\r\n3\) \(nil\)\r\n$/, ANSWER_BYTES + 1],
    ['MGET huge text', /^ERROR TOOLARGE /, 0],
    ['PREFIX big:', /^ERROR TOOLARGE the pairs have more than 4194304 bytes; use LIMIT 3\r\n$/, 0],
    ['PREFIX big: LIMIT 3', /\(3 pairs\)\r\n$/, 3 * MIB],
    ['RANGE huge +', /^ERROR TOOLARGE .*use LIMIT 1\r\n$/, 0],
    ['RANGE huge + LIMIT 1', /^huge x+\r\n\(1 pair\)\r\n$/, ANSWER_BYTES + 1],
    ['GETRANGE huge 0 0', /^x\r\n$/, 1],
    ['GETRANGE huge -2 -1', /^xx\r\n$/, 2],
    ['GETRANGE text 20 99999999', /^x{6}\r\n$/, 6],
    ['GETRANGE text 26 30', /^""\r\n$/, 0],
    ['STRLEN huge', /^\(integer\) 4194305\r\n$/, 0],
  ];
  for (const [line, reply, made] of cases) {
    it(`makes ${made} bytes of values for ${line.slice(0, 30)} of ${line.split(' ').length} words`, () => {
      store.made = 0;
      expect(reply.test(ask(store, line).reply)).to.equal(true);
      expect(store.made).to.equal(made);
    });
  }

  it('counts the pairs that it looks at, whether it answers them or not', () => {
    expect(ask(store, 'PREFIX big: LIMIT 3').work).to.equal(6);
    expect(ask(store, 'PREFIX some: LIMIT 1000').work).to.equal(2_000);
    const { reply, work } = ask(store, 'PREFIX some:');
    expect(reply).to.match(/^ERROR TOOLARGE .* use LIMIT 8\d\d\d\r\n$/);
    expect(work).to.be.within(2 * 8_000, 2 * 9_000);
  });
});
