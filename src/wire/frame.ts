/**
 * Frames: a length as four bytes, big-endian, then that many bytes. Cutting a byte stream into frames is all this file does.
 * A length is judged before anything is kept for it, memory grows only with what has really come, and every byte is copied
 * once where frames are of ordinary size.
 */

import { byteAt, readUint32 } from './bytes.js';
import { WireError } from './wire-error.js';

/** Longest frame between replicas: a whole window of values and the largest request on top fit in many times. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export const FRAME_HEADER_BYTES = 4;

/** A frame up to this length gets its memory at once; a longer one only as it arrives. */
const TRUSTED_BYTES = 1024 * 1024;

/** Frames that come together and are no longer than this share memory, so much of it at a time. */
const SHARED_BYTES = 1024;
const SHARED_BUFFER_BYTES = 16 * 1024;

const NOTHING = Buffer.alloc(0);

export class FrameReader {
  #maxBytes: number;
  /** Bodies complete and not yet taken, from `#taken` on. */
  #ready: Uint8Array[] = [];
  #taken = 0;
  /** As much of a length as has come. */
  #head = 0;
  #headBytes = 0;
  /** The frame that is coming in: its length (0: none), what there is of it. */
  #length = 0;
  #body: Buffer = NOTHING;
  #filled = 0;
  /** What is left of the memory that small frames share. */
  #shared: Buffer = NOTHING;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Sets another limit for the lengths still to come: small until the other side has said who it is. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Takes what has arrived, copying it. Throws WireError when a length is impossible; the stream is then good for nothing. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#length > 0) at = this.#fill(bytes, at);
      else {
        if (this.#headBytes === 0) at = this.#takeWholeFrames(bytes, at);
        if (at < bytes.length) this.#readHead(byteAt(bytes, at++));
      }
    }
  }

  /** The next body, which nothing writes to any more; undefined when none is complete. */
  next(): Uint8Array | undefined {
    const body = this.#ready[this.#taken];
    if (body === undefined) return undefined;
    this.#taken++;
    if (this.#taken === this.#ready.length) {
      this.#ready = [];
      this.#taken = 0;
    }
    return body;
  }

  /** Copies all frames that lie whole in `bytes[from …)` in one go. Returns where they end. */
  #takeWholeFrames(bytes: Uint8Array, from: number): number {
    let to = from;
    while (bytes.length - to >= FRAME_HEADER_BYTES) {
      const end = to + FRAME_HEADER_BYTES + this.#checked(readUint32(bytes, to));
      if (end > bytes.length) break;
      to = end;
    }
    if (to === from) return from;
    const copy = this.#roomFor(to - from);
    copy.set(to - from === bytes.length ? bytes : bytes.subarray(from, to));
    for (let at = 0; at < copy.length; ) {
      const start = at + FRAME_HEADER_BYTES;
      at = start + readUint32(copy, at);
      this.#ready.push(copy.subarray(start, at));
    }
    return to;
  }

  /** Small frames that follow one another share memory: they are let go at about the same time. */
  #roomFor(length: number): Buffer {
    if (length > SHARED_BYTES) return Buffer.allocUnsafeSlow(length);
    if (length > this.#shared.length) this.#shared = Buffer.allocUnsafeSlow(SHARED_BUFFER_BYTES);
    const room = this.#shared.subarray(0, length);
    this.#shared = this.#shared.subarray(length);
    return room;
  }

  #readHead(byte: number): void {
    this.#head = this.#head * 256 + byte;
    if (++this.#headBytes < FRAME_HEADER_BYTES) return;
    this.#length = this.#checked(this.#head);
    this.#head = 0;
    this.#headBytes = 0;
    this.#body = Buffer.allocUnsafeSlow(Math.min(this.#length, TRUSTED_BYTES));
    this.#filled = 0;
  }

  #checked(length: number): number {
    if (length > this.#maxBytes) throw new WireError(`a frame of ${length} bytes, over ${this.#maxBytes}`, { length });
    if (length === 0) throw new WireError('an empty frame');
    return length;
  }

  #fill(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#length - this.#filled);
    this.#grow(this.#filled + to - from);
    this.#body.set(bytes.subarray(from, to), this.#filled);
    this.#filled += to - from;
    if (this.#filled === this.#length) {
      this.#ready.push(this.#body);
      this.#body = NOTHING;
      this.#length = 0;
    }
    return to;
  }

  #grow(needed: number): void {
    if (needed <= this.#body.length) return;
    const target = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(needed, 2 * this.#body.length)));
    target.set(this.#body.subarray(0, this.#filled));
    this.#body = target;
  }
}
