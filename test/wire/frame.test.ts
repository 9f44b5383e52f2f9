// Frames: the stream may be cut anywhere; a length is judged before anything is kept for it; bodies are their own memory.

import { expect } from 'chai';
import fc from 'fast-check';
import { FRAME_HEADER_BYTES, FrameReader } from '#src/wire/frame.js';
import { WireError } from '#src/wire/wire-error.js';

function frame(body: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

function taken(reader: FrameReader): Buffer[] {
  const out: Buffer[] = [];
  for (let body = reader.next(); body !== undefined; body = reader.next()) out.push(Buffer.from(body));
  return out;
}

const bodies = ['a', 'bc', 'x'.repeat(300), 'end'].map((text) => Buffer.from(text));
const stream = Buffer.concat(bodies.map(frame));

describe('FrameReader', () => {
  it('finds the frames wherever the stream is cut in two', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader(1000);
      reader.push(stream.subarray(0, cut));
      const early = taken(reader);
      reader.push(stream.subarray(cut));
      expect([...early, ...taken(reader)], `cut at ${cut}`).to.deep.equal(bodies);
    }
  });

  it('finds the frames in chunks of any sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        (contents, sizes) => {
          const all = Buffer.concat(contents.map(frame));
          const reader = new FrameReader(1000);
          for (let at = 0, turn = 0; at < all.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            reader.push(all.subarray(at, at + size));
            at += size;
          }
          expect(taken(reader)).to.deep.equal(contents.map((body) => Buffer.from(body)));
        },
      ),
    );
  });

  it('gives bodies that outlive the chunk they came in', () => {
    for (const cut of [0, 3, 6, stream.length]) {
      const chunks = [Buffer.from(stream.subarray(0, cut)), Buffer.from(stream.subarray(cut))];
      const reader = new FrameReader(1000);
      for (const chunk of chunks) {
        reader.push(chunk);
        chunk.fill(0xee);
      }
      expect(taken(reader), `cut at ${cut}`).to.deep.equal(bodies);
    }
  });

  it('takes frames of several MiB in small chunks', () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 'large');
    const all = Buffer.concat([frame(body), frame(Buffer.from('after'))]);
    const reader = new FrameReader(body.length);
    for (let at = 0; at < all.length; at += 65_536) reader.push(all.subarray(at, at + 65_536));
    const out = taken(reader);
    expect(out.map((one) => one.length)).to.deep.equal([body.length, 5]);
    expect(out[0]?.equals(body)).to.equal(true);
  });

  it('accepts the longest length and refuses one more, however the prefix arrives', () => {
    const prefix = Buffer.alloc(4);
    for (const chunkSize of [1, 4]) {
      const push = (length: number): void => {
        prefix.writeUInt32BE(length);
        const reader = new FrameReader(1000);
        for (let at = 0; at < 4; at += chunkSize) reader.push(prefix.subarray(at, at + chunkSize));
      };
      expect(() => push(1000)).not.to.throw();
      expect(() => push(1001)).to.throw(WireError, 'a frame of 1001 bytes');
      expect(() => push(0xffff_ffff)).to.throw(WireError);
      expect(() => push(0)).to.throw(WireError, 'empty');
    }
  });

  it('reserves little for a long length that nothing follows', () => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(64 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 8 }, () => new FrameReader(64 * 1024 * 1024));
    for (const reader of readers) reader.push(prefix);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(16 * 1024 * 1024);
    expect(readers.flatMap(taken)).to.deep.equal([]);
  });

  it('takes another limit on the way', () => {
    const reader = new FrameReader(2);
    reader.push(frame(Buffer.from('ab')));
    reader.limit(3);
    reader.push(frame(Buffer.from('abc')));
    expect(taken(reader).map(String)).to.deep.equal(['ab', 'abc']);
    expect(() => reader.push(frame(Buffer.from('abcd')))).to.throw(WireError);
  });
});
