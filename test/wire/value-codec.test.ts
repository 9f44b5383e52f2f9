// Values as the log stores them: what was written is read back, a batch is not copied, and nothing else is taken for a value.

import { expect } from 'chai';
import fc from 'fast-check';
import { replicaName, storeId } from '#src/base/ids.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { readValue, valueSize, writeValue } from '#src/wire/value-codec.js';
import { WireError } from '#src/wire/wire-error.js';
import { accepts, damaged, prefixes } from './refusals.js';
import { batch, configuration } from './samples.js';

const PAD = 5;

function written(value: Value): Uint8Array {
  const target = new Uint8Array(PAD + valueSize(value) + PAD).fill(0xee);
  expect(writeValue(value, target, PAD)).to.equal(PAD + valueSize(value));
  expect([...target.subarray(0, PAD), ...target.subarray(-PAD)], 'bytes around the value').to.deep.equal(
    new Array(2 * PAD).fill(0xee),
  );
  return target.subarray(PAD, -PAD);
}

const seat = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map(replicaName),
  store: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/).map(storeId)),
});
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(NOOP),
  fc.record({
    type: fc.constant('batch' as const),
    stamp: fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }).map((n) => n + 0),
    bytes: fc.uint8Array({ maxLength: 64 }),
  }),
  fc.record({
    type: fc.constant('configuration' as const),
    seats: fc.array(seat, { maxLength: 9 }),
    nonce: fc.string({ maxLength: 40, unit: 'grapheme' }),
  }),
);

describe('value codec', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = written(value);
        expect(readValue(bytes, 0, bytes.length)).to.deep.equal(value);
      }),
    );
  });

  it('gives a batch as a view of the bytes it was read from', () => {
    const bytes = written(batch);
    const value = readValue(bytes, 0, bytes.length);
    expect(value.type === 'batch' && value.bytes.buffer === bytes.buffer).to.equal(true);
  });

  it('reads from the middle of a larger array', () => {
    const bytes = Buffer.concat([Buffer.from('xx'), written(configuration), Buffer.from('yy')]);
    expect(readValue(bytes, 2, bytes.length - 2)).to.deep.equal(configuration);
  });

  it('refuses a configuration or a no-op that is cut or continued', () => {
    for (const value of [configuration, NOOP]) {
      const bytes = written(value);
      for (const cut of prefixes(bytes)) expect(() => readValue(cut, 0, cut.length)).to.throw(WireError);
      const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
      expect(() => readValue(longer, 0, longer.length)).to.throw(WireError);
    }
  });

  const refusals: readonly (readonly [string, readonly number[]])[] = [
    ['an unknown kind', [3]],
    ['a batch without a stamp', [1, 0, 0]],
    ['a stamp that is no number', [1, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ['a stamp before 1970', [1, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['a nonce longer than the value', [2, 0, 0, 0xff, 0xff]],
    ['more seats than bytes', [2, 0xff, 0xff, 0, 0]],
    ['a name that is not UTF-8', [2, 0, 1, 0, 0, 0, 1, 0xff, 0]],
    ['a seat neither taken nor empty', [2, 0, 1, 0, 0, 0, 1, 0x61, 2]],
  ];
  for (const [what, bytes] of refusals) {
    it(`refuses ${what}`, () => {
      expect(() => readValue(Uint8Array.from(bytes), 0, bytes.length)).to.throw(WireError);
    });
  }

  it('refuses a range outside the bytes', () => {
    expect(() => readValue(new Uint8Array(4), 2, 9)).to.throw(WireError);
    expect(() => readValue(new Uint8Array(4), 4, 4)).to.throw(WireError);
  });

  it('throws nothing but WireError, whatever it reads', () => {
    for (const bytes of damaged(written(configuration))) accepts(() => readValue(bytes, 0, bytes.length));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        accepts(() => readValue(bytes, 0, bytes.length));
      }),
    );
  });
});
