// Messages between replicas: every kind survives the way; every field is judged; what a line can do to a frame ends in
// WireError and nothing else.

import { expect } from 'chai';
import fc from 'fast-check';
import { slot } from '#src/base/ids.js';
import type { Accept, PeerMessage } from '#src/paxos/message.js';
import { SNAPSHOT_PART_BYTES } from '#src/paxos/timing.js';
import { FrameReader, MAX_FRAME_BYTES } from '#src/wire/frame.js';
import { type Packed, packFrames } from '#src/wire/msgpack.js';
import { decodeMessages, encodeMessages } from '#src/wire/peer-codec.js';
import { WireError } from '#src/wire/wire-error.js';
import { accepts, damaged, prefixes } from './refusals.js';
import { ballot, heartbeat, LIFE, MESSAGES, parcel, put, STORE } from './samples.js';

/** What arrives of `messages`, frame by frame. */
function arrived(encoded: Uint8Array): PeerMessage[][] {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  reader.push(encoded);
  const frames: PeerMessage[][] = [];
  for (let body = reader.next(); body !== undefined; body = reader.next()) frames.push(decodeMessages(body));
  return frames;
}

/** Binary data comes back in another class of array. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one) =>
      one instanceof Uint8Array || one?.type === 'Buffer' ? Buffer.from(one.data ?? one).toString('hex') : one,
    ),
  );
}

const acceptOf = (valueBytes: number, count: number): Accept => ({
  type: 'accept',
  ballot: ballot(1),
  proposals: Array.from({ length: count }, (_, i) => ({
    slot: slot(i + 1),
    value: { type: 'batch', stamp: 1, bytes: parcel(i + 1, put('k', 'v'.repeat(valueBytes))).bytes },
  })),
  chosenUpTo: slot(0),
});

describe('peer codec', () => {
  for (const message of MESSAGES) {
    it(`carries ${message.type}`, () => {
      expect(comparable(arrived(encodeMessages([message])))).to.deep.equal(comparable([[message]]));
    });
  }

  it('puts the messages of one call into one frame, in order', () => {
    expect(comparable(arrived(encodeMessages(MESSAGES)))).to.deep.equal(comparable([MESSAGES]));
  });

  it('sends nothing for nothing', () => {
    expect(encodeMessages([]).length).to.equal(0);
  });

  it('closes a frame before it grows long, between messages', () => {
    const messages = [heartbeat, acceptOf(700_000, 1), heartbeat, acceptOf(700_000, 3), acceptOf(10, 1)];
    const frames = arrived(encodeMessages(messages));
    expect(frames.map((frame) => frame.length)).to.deep.equal([3, 1, 1]);
    expect(comparable(frames.flat())).to.deep.equal(comparable(messages));
  });

  it('decodes batches and parcels in place', () => {
    const body = encodeMessages([acceptOf(1000, 1)]).subarray(4);
    const [message] = decodeMessages(body);
    const value = message?.type === 'accept' ? message.proposals[0]?.value : undefined;
    expect(value?.type === 'batch' && value.bytes.buffer === body.buffer).to.equal(true);
  });

  it('refuses every cut', () => {
    const body = encodeMessages(MESSAGES).subarray(4);
    for (const cut of prefixes(body)) expect(() => decodeMessages(cut), `${cut.length} bytes`).to.throw(WireError);
  });

  it('throws nothing but WireError, whatever it reads', () => {
    for (const message of MESSAGES) {
      for (const bytes of damaged(encodeMessages([message]).subarray(4))) accepts(() => decodeMessages(bytes));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        accepts(() => decodeMessages(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('throws nothing but WireError, whatever stands in the places of fields', () => {
    const field: fc.Arbitrary<Packed> = fc.oneof(
      fc.constantFrom<Packed>(null, true, '', 'name', 0, 1, -1, 1.5, 2 ** 53, Number.NaN, [], [[]], Buffer.from('b')),
      fc.array(fc.array(fc.constantFrom<Packed>(0, 1, 5, 'a', '', null, Buffer.from('c')), { maxLength: 6 })),
    );
    const message = fc.tuple(fc.integer({ min: 0, max: 16 }), fc.array(field, { maxLength: 14 }));
    fc.assert(
      fc.property(message, ([tag, fields]) => {
        accepts(() => decodeMessages(packFrames([[[tag, ...fields]]]).subarray(4)));
      }),
      { numRuns: 3_000 },
    );
  });
});

const DIGEST = '0123456789abcdef';
const CONTENT = DIGEST.repeat(4);

describe('a message that is well packed and still wrong', () => {
  const beat = (place: number, value: Packed): Packed => {
    const fields: Packed[] = [1, 1, LIFE, [0], 3, 0, 0, '', 0, 0, 0, '', [], 1, null];
    return fields.with(place, value);
  };
  const echoed = (place: number, value: Packed): Packed => {
    const fields: Packed[] = [2, 9, LIFE, LIFE, 0, '', 0, '', false, 0, 7];
    return fields.with(place, value);
  };
  const bytes = parcel(1, put('a', 'b')).bytes;
  const accept = (...proposals: Packed[]): Packed => [5, 1, 'a', proposals, 0];
  const held = (...all: Packed[]): Packed => [8, 4, 0, 0, all];
  const part = (size: number, digest: string, offset: number, length: number): Packed => {
    return [15, 1_000, size, digest, offset, Buffer.alloc(length)];
  };
  const tooMany = (max: number): Packed => new Array<Packed>(max + 1).fill(1);

  it('would be right without its mistake', () => {
    for (const good of [
      beat(1, 1),
      echoed(1, 1),
      accept([1, 1, 0, bytes]),
      held([4, 1, 'a', 0]),
      [9, 1, 'a', 0, [bytes]],
      beat(14, [1_000, DIGEST, STORE]),
      [12, LIFE],
      [13, LIFE, 0, '', 0, 0],
      [14, 0, 0, 0, 0],
      part(0, '', 0, 0),
      part(10, CONTENT, 10, 0),
      part(10, CONTENT, 4, 6),
      part(SNAPSHOT_PART_BYTES, CONTENT, 0, SNAPSHOT_PART_BYTES),
    ]) {
      expect(accepts(() => decodeMessages(packFrames([[good]]).subarray(4)))).to.equal(true);
    }
  });

  const wrong: readonly (readonly [string, Packed])[] = [
    ['no array', 7],
    ['an empty array', []],
    ['an unknown tag', [16]],
    ['a tag that is text', ['1']],
    ['a heartbeat with a field too many', [1, 1, LIFE, [0], 3, 0, 0, '', 0, 0, 0, '', [], 1, null, 0]],
    ['a heartbeat with a field too few', [1, 1, LIFE, [0], 3, 0, 0, '', 0, 0, 0, '', [], 1]],
    ['heartbeat number 0', beat(1, 0)],
    ['a fractional number', beat(1, 1.5)],
    ['a number that is text', beat(1, '1')],
    ['incarnation 0', beat(2, 0)],
    ['an unsafe incarnation', beat(2, 2 ** 53)],
    ['no purpose', beat(3, [])],
    ['an unknown purpose', beat(3, [4])],
    ['a purpose with too much', beat(3, [0, 1])],
    ['a lead without a ballot', beat(3, [2, 0, '', true])],
    ['a lead without its flag', beat(3, [2, 1, 'a'])],
    ['a lead with a number for a flag', beat(3, [2, 1, 'a', 1])],
    ['a release to an empty name', beat(3, [3, 1, 'a', ''])],
    ['a negative priority', beat(4, -1)],
    ['an unknown reason', beat(5, 13)],
    ['a round without a name', beat(6, 1)],
    ['a name without a round', beat(7, 'a')],
    ['a negative slot', beat(8, -1)],
    ['a slot that is no number', beat(8, Number.NaN)],
    ['an infinite clock', beat(10, Number.POSITIVE_INFINITY)],
    ['a clock before 1970', beat(10, -1)],
    ['a short digest', beat(11, '0123')],
    ['a digest in capitals', beat(11, '0123456789ABCDEF')],
    ['contacts that are no names', beat(12, [1])],
    ['a contact with an empty name', beat(12, [''])],
    ['a contact with a blank', beat(12, ['a b'])],
    ['a contact with a line end', beat(12, ['a\n'])],
    ['a contact with an escape', beat(12, ['\u009bA'])],
    ['a contact of 256 characters', beat(12, ['x'.repeat(256)])],
    ['256 contacts', beat(12, new Array<Packed>(256).fill('a'))],
    ['a log that begins before slot 1', beat(13, 0)],
    ['a checkpoint without a slot', beat(14, [DIGEST, STORE])],
    ['a checkpoint at slot 0', beat(14, [0, DIGEST, STORE])],
    ['a checkpoint without a digest', beat(14, [1_000, '', STORE])],
    ['a checkpoint without a lineage', beat(14, [1_000, DIGEST])],
    ['a checkpoint with a lineage that is no store', beat(14, [1_000, DIGEST, 'c'])],
    ['a checkpoint with too much', beat(14, [1_000, DIGEST, STORE, 0])],
    ['an echo for no heartbeat', echoed(1, 0)],
    ['an echo that is not sure', echoed(8, null)],
    ['an echo that is free before now', echoed(9, -0.5)],
    ['a prepare of round 0', [3, 0, '']],
    ['a prepare of a round beyond all use', [3, 2 ** 48 + 1, 'a']],
    ['a prepare of the decided ballot', [3, Number.MAX_SAFE_INTEGER, '']],
    ['a promise with a run that is decided', [4, 1, 'a', 5, [[5, 6, 1, 'a']], false]],
    ['a promise with a run backwards', [4, 1, 'a', 5, [[7, 6, 1, 'a']], false]],
    [
      'a promise with runs that overlap',
      [
        4,
        1,
        'a',
        5,
        [
          [6, 8, 1, 'a'],
          [8, 9, 1, 'a'],
        ],
        false,
      ],
    ],
    ['a promise with a run of nothing', [4, 1, 'a', 5, [[6, 6, 0, '']], false]],
    [
      'a promise with 1,001 runs',
      [4, 1, 'a', 0, Array.from({ length: 1001 }, (_, i) => [i + 1, i + 1, 1, 'a']), false],
    ],
    ['an accept of slot 0', accept([0, 0])],
    ['an accept of slots that fall', accept([2, 0], [1, 0])],
    ['an accept of one slot twice', accept([2, 0], [2, 0])],
    ['an accept of an unknown kind of value', accept([1, 3])],
    ['a no-op with contents', accept([1, 0, 0])],
    ['a batch without bytes', accept([1, 1, 0])],
    ['a batch of text', accept([1, 1, 0, 'text'])],
    ['a batch with a stamp that is no number', accept([1, 1, Number.NaN, bytes])],
    ['a batch that is no parcels', accept([1, 1, 0, Buffer.from('rubbish')])],
    ['a batch that is cut', accept([1, 1, 0, bytes.subarray(0, -1)])],
    ['a seat with half a store', accept([1, 2, 'n', [['a', STORE.slice(1)]]])],
    ['a seat with a store in capitals', accept([1, 2, 'n', [['a', STORE.toUpperCase()]]])],
    ['a seat without a name', accept([1, 2, 'n', [['', null]]])],
    ['a seat that is no array', accept([1, 2, 'n', ['a']])],
    ['a nonce of 256 characters', accept([1, 2, 'n'.repeat(256), []])],
    ['more proposals than any window', [5, 1, 'a', tooMany(65_536), 0]],
    ['an accepted slot 0', [6, 1, 'a', [0]]],
    ['an accepted slot that is text', [6, 1, 'a', ['1']]],
    ['more accepted slots than any window', [6, 1, 'a', tooMany(65_536)]],
    ['a fetch from slot 0', [7, 0, 1]],
    ['a fetch backwards', [7, 5, 4]],
    ['a held slot below the first', held([3, 1, 'a', 0])],
    ['held slots that fall', held([5, 1, 'a', 0], [4, 1, 'a', 0])],
    ['a held value without a ballot', held([4, 0, '', 0])],
    ['a held batch that is no parcels', held([4, 1, 'a', 1, 0, Buffer.alloc(40)])],
    ['a forward over two hops', [9, 1, 'a', 2, [bytes]]],
    ['a forward of text', [9, 1, 'a', 0, ['text']]],
    ['a forward of no parcel', [9, 1, 'a', 0, [Buffer.alloc(0)]]],
    ['a forward of two parcels in one', [9, 1, 'a', 0, [Buffer.concat([bytes, bytes])]]],
    ['a read-slot of nobody', [10, '', LIFE, 0, 0]],
    ['a read-slot over two hops', [10, 'a', LIFE, 0, 2]],
    ['a read-slot answer without a slot', [11, 'a', LIFE, 0]],
    ['a recall of no life', [12, 0]],
    ['a recalled ballot without a name', [13, LIFE, 1, '', 0, 0]],
    ['a recalled LSN below nothing', [13, LIFE, 0, '', 0, -1]],
    ['a snapshot fetched from before its beginning', [14, 0, -1, 0, 0]],
    ['a snapshot without a slot', [14, null, 0, 0, 0]],
    ['a snapshot that does not say above what', [14, 0, 0]],
    ['a snapshot from above no slot', [14, 0, 0, -1, 0]],
    ['a part of a snapshot with half a digest', part(10, DIGEST, 0, 1)],
    ['a part of a snapshot of capitals', part(10, CONTENT.toUpperCase(), 0, 1)],
    ['a part of a snapshot without a digest', part(10, '', 0, 1)],
    ['a part of no snapshot with a digest', part(0, CONTENT, 0, 0)],
    ['a part of no snapshot with bytes', part(0, '', 0, 1)],
    ['a part that begins behind the end', part(10, CONTENT, 11, 0)],
    ['a part that ends behind the end', part(10, CONTENT, 5, 6)],
    ['a part of 256 KiB and a byte', part(2 ** 30, CONTENT, 0, SNAPSHOT_PART_BYTES + 1)],
    ['a part of text', [15, 1, 10, CONTENT, 0, 'text']],
  ];
  for (const [what, message] of wrong) {
    it(`is refused: ${what}`, () => {
      expect(() => decodeMessages(packFrames([[message]]).subarray(4))).to.throw(WireError);
    });
  }

  it('is refused with the name of the message and the place', () => {
    expect(() => decodeMessages(packFrames([[beat(4, -1)]]).subarray(4))).to.throw(
      'heartbeat: field 4 must be an integer',
    );
  });
});
