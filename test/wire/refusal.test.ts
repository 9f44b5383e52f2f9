// A refusal: it survives the way, a Hello is not taken for one, and its reason is fit for a log line.

import { expect } from 'chai';
import { encodeHello } from '#src/wire/hello.js';
import { type Packed, packFrames } from '#src/wire/msgpack.js';
import { decodeRefusal, encodeRefusal } from '#src/wire/refusal.js';
import { WireError } from '#src/wire/wire-error.js';
import { hello } from './samples.js';

const body = (value: Packed): Uint8Array => packFrames([value]).subarray(4);

describe('refusal', () => {
  it('survives the way', () => {
    const reason = 'lease-ms differs: 300 here, 400 at größe';
    expect(decodeRefusal(encodeRefusal(reason).subarray(4))).to.equal(reason);
  });

  it('is cut where it would be long, and shown without control characters', () => {
    expect(decodeRefusal(encodeRefusal('x'.repeat(10_000)).subarray(4))).to.equal('x'.repeat(4_096));
    expect(decodeRefusal(encodeRefusal('a\nb\u009bc').subarray(4))).to.equal('a?b?c');
  });

  it('is not a Hello, nor anything else', () => {
    expect(decodeRefusal(encodeHello(hello).subarray(4))).to.equal(null);
    for (const other of [
      'synod refuses',
      ['synod refuses', 1],
      ['synod refuses', 'x'.repeat(5_000)],
      ['refuses', 'x'],
    ]) {
      expect(decodeRefusal(body(other))).to.equal(null);
    }
    expect(() => decodeRefusal(Buffer.from([0xc1]))).to.throw(WireError);
  });

  it('has the layout that every version will read', () => {
    expect(Buffer.from(encodeRefusal('no')).toString('hex')).to.equal('0000001292ad73796e6f642072656675736573a26e6f');
  });
});
