/**
 * What every decoder's tests need: that it refuses with WireError and nothing else, and bytes cut and changed in all the ways
 * that a line can damage them.
 */

import { expect } from 'chai';
import { WireError } from '#src/wire/wire-error.js';

/** True when `decode` took the bytes, false when it refused them; anything but a WireError fails the test. */
export function accepts(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof WireError)) throw thrown;
    expect(thrown.code).to.equal('bad-frame');
    return false;
  }
}

/** Every proper prefix of `bytes`. */
export function prefixes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, end) => bytes.subarray(0, end));
}

/** `bytes` with each byte in turn replaced by each of a few values that mean something in most formats. */
export function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff]) {
      const copy = Uint8Array.from(bytes);
      copy[at] = value;
      yield copy;
    }
  }
}
