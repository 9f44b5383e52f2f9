// The trust boundary in front of msgpackr: bytes made by hand, of everything that MessagePack and msgpackr know and replicas do
// not send. Where msgpackr itself would build something from them, the test shows that it would: the refusal must not be idle.

import { expect } from 'chai';
import fc from 'fast-check';
import { unpack as msgpackrUnpack } from 'msgpackr';
import { InvariantViolation } from '#src/base/assert.js';
import { MAX_FRAME_BYTES } from '#src/wire/frame.js';
import { type Packed, packFrames, roomFor, unpack } from '#src/wire/msgpack.js';
import { WireError } from '#src/wire/wire-error.js';
import { accepts, damaged, prefixes } from './refusals.js';

const body = (value: Packed): Uint8Array => packFrames([value]).subarray(4);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const anyPacked: fc.Arbitrary<Packed> = fc.letrec<{ value: Packed; list: Packed[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer().map((n) => n + 0),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map((n) => n + 0),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    tie('list'),
  ),
  list: fc.array(tie('value'), { maxLength: 20 }),
})).value;

describe('packing', () => {
  it('gives back what was packed, and never needs more room than it said', () => {
    fc.assert(
      fc.property(anyPacked, (value) => {
        const bytes = body(value);
        expect(bytes.length).to.be.at.most(roomFor(value));
        expect(unpack(bytes)).to.deep.equal(value);
      }),
    );
  });

  it('frames several values one behind the other, small and large', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyPacked, fc.constant(Buffer.alloc(20_000, 7))), { minLength: 1 }), (values) => {
        const bytes = Buffer.from(packFrames(values));
        let at = 0;
        for (const value of values) {
          const end = at + 4 + bytes.readUInt32BE(at);
          expect(unpack(bytes.subarray(at + 4, end))).to.deep.equal(value);
          at = end;
        }
        expect(at).to.equal(bytes.length);
      }),
    );
  });

  it('leaves earlier frames alone', () => {
    const frames: (readonly [Packed, Uint8Array])[] = [];
    for (let i = 0; i < 3_000; i++) {
      const value: Packed = [i, 'x'.repeat(i % 90), i % 50 === 0 ? Buffer.alloc(9_000, i) : i];
      frames.push([value, packFrames([value])]);
    }
    for (const [value, bytes] of frames) expect(unpack(bytes.subarray(4))).to.deep.equal(value);
  });

  it('makes no frame that nobody would take', () => {
    expect(() => packFrames([Buffer.alloc(MAX_FRAME_BYTES)])).to.throw(InvariantViolation);
  });

  it('does not keep the memory of a large frame for the small ones behind it', () => {
    packFrames([Buffer.alloc(1024 * 1024)]);
    expect(packFrames([1]).buffer.byteLength).to.be.at.most(64 * 1024);
  });

  it('gives binary data as a view', () => {
    const bytes = body([Buffer.alloc(100, 1)]);
    const value = unpack(bytes);
    expect(Array.isArray(value) && value[0] instanceof Uint8Array && value[0].buffer === bytes.buffer).to.equal(true);
  });
});

describe('what replicas do not send', () => {
  const built: readonly (readonly [string, string])[] = [
    ['a map', '81 a1 61 01'],
    ['a map 16', 'de 0001 a1 61 01'],
    ['a map 32', 'df 00000001 a1 61 01'],
    ['float 32', 'ca 3f800000'],
    ['uint 64', 'cf 0000000000000001'],
    ['int 64', 'd3 ffffffffffffffff'],
    ['a record definition', 'd4 72 40 92 a1 61 a1 62 01 02'],
    ['a record definition of two bytes', 'd5 72 40 00 92 a1 61 a1 62 01 02'],
    ['a timestamp 32', 'd6 ff 00000001'],
    ['a timestamp 64', 'd7 ff 0000000000000001'],
    ['a timestamp 96', 'c7 0c ff 00000000 0000000000000001'],
    ['a bigint extension', 'c7 02 42 0101'],
    ['an error', 'd4 65 00 92 a5 4572726f72 a1 78'],
    ['a set', 'd4 73 00 91 01'],
    ['a regular expression', 'd4 78 00 92 a1 61 a0'],
    ['a typed array', 'c7 05 74 06 01000000'],
    ['an ArrayBuffer', 'c7 02 74 10 01'],
    ['a reference for structured clones', 'd6 69 00000001 90'],
    ['undefined', 'd4 00 00'],
    ['bundled strings', 'd6 62 00000006 c1 01 a0 a1 61'],
    ['the unused token', 'c1'],
  ];
  for (const [what, bytes] of built) {
    it(`refuses ${what}, which msgpackr would have built`, () => {
      expect(() => msgpackrUnpack(hex(bytes))).not.to.throw();
      expect(() => unpack(hex(bytes))).to.throw(WireError, 'what replicas do not send');
      expect(() => unpack(Buffer.concat([hex('92 01'), hex(bytes)]))).to.throw(WireError, 'what replicas do not send');
    });
  }

  it('refuses every extension token of every type', () => {
    for (const token of [0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]) {
      for (let type = 0; type < 256; type++) {
        for (const rest of [
          [type, 0, 0],
          [1, type, 0],
          [0, 1, type, 0],
          [0, 0, 0, 1, type, 0],
        ]) {
          const bytes = Uint8Array.from([token, ...rest, ...new Array(20).fill(0)]);
          expect(() => unpack(bytes)).to.throw(WireError, 'what replicas do not send');
        }
      }
    }
  });

  it('reads a number that msgpackr could take for a record as the number', () => {
    expect(unpack(hex('92 40 7f'))).to.deep.equal([0x40, 0x7f]);
  });
});

describe('what cannot be', () => {
  const refusals: readonly (readonly [string, string])[] = [
    ['nothing at all', ''],
    ['two values', '01 02'],
    ['an array 16 longer than the frame', 'dc ffff 01'],
    ['an array 32 longer than memory', 'dd ffffffff 01'],
    ['binary data longer than the frame', 'c6 ffffffff 01'],
    ['a text longer than the frame', 'd9 05 61'],
    ['a text of 4 GiB', 'db ffffffff 61'],
    ['a text in the longest form', 'db 00000001 61'],
    ['an array within the lies of another', 'dc 0003 dc 0003 dc 0003 01'],
  ];
  for (const [what, bytes] of refusals) {
    it(`refuses ${what}`, () => {
      expect(() => unpack(hex(bytes))).to.throw(WireError);
    });
  }

  it('refuses arrays nested deeper than messages are', () => {
    const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([1])]);
    expect(accepts(() => unpack(nested(8)))).to.equal(true);
    for (const depth of [9, 1000, 1_000_000]) expect(() => unpack(nested(depth))).to.throw(WireError, 'nests too deep');
  });

  it('refuses a frame of very many values before building any', () => {
    const empties = 32;
    const inner = Buffer.concat([hex('dc ffff'), Buffer.alloc(0xffff, 0x90)]);
    const bytes = Buffer.concat([hex('dc'), hex('0020'), ...new Array<Buffer>(empties).fill(inner)]);
    const before = process.memoryUsage().heapUsed;
    expect(() => unpack(bytes)).to.throw(WireError, 'too many values');
    expect(process.memoryUsage().heapUsed - before).to.be.below(16 * 1024 * 1024);
  });

  it('refuses every cut of a frame', () => {
    const whole = body([
      1,
      300,
      70_000,
      -1,
      -200,
      -70_000,
      1.5,
      'text',
      'x'.repeat(40),
      Buffer.alloc(300),
      [null, true],
    ]);
    for (const cut of prefixes(whole)) expect(() => unpack(cut), `${cut.length} bytes`).to.throw(WireError);
  });

  it('throws nothing but WireError, whatever it reads', () => {
    const whole = body([1, 300, 2 ** 40, 'text', 'x'.repeat(40), Buffer.alloc(30), [null, true]]);
    for (const bytes of damaged(whole)) accepts(() => unpack(bytes));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        accepts(() => unpack(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
