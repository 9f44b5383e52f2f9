/**
 * The bytes of a connection that have come and are not read yet. What arrives is borrowed and read where it is; only what is left
 * of it is copied, when `keep` is called. Those who read speak of places relative to the first unread byte: that stays right when
 * the bytes move.
 */

import { byteAt } from './bytes.js';

const NOTHING = new Uint8Array(0);

export class Unread {
  /** What waits is `bytes[start … end)`. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** It is somebody else's memory. */
  #isBorrowed = false;

  get length(): number {
    return this.end - this.start;
  }

  /** The byte at that place; 0 beyond the last. */
  at(place: number): number {
    return byteAt(this.bytes, this.start + place);
  }

  /** Takes what has arrived. The bytes must stay as they are until `keep` is called. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.length === 0) {
      this.bytes = bytes;
      this.#isBorrowed = true;
      this.start = 0;
      this.end = bytes.length;
      return;
    }
    // Doubling what waits keeps the copying linear however slowly a request drips in.
    if (this.#isBorrowed || this.end + bytes.length > this.bytes.length) this.#move(2 * this.length + bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Copies what was pushed last and is not read yet: most of what comes is read at once and never copied. */
  keep(): void {
    if (this.#isBorrowed && this.length > 0) this.#move(this.length);
  }

  /** So many bytes are read, or of no use. */
  advance(count: number): void {
    this.start += count;
    if (this.start < this.end) return;
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
  }

  #move(capacity: number): void {
    const { length } = this;
    const target = Buffer.allocUnsafe(capacity);
    target.set(this.bytes.subarray(this.start, this.end));
    this.bytes = target;
    this.#isBorrowed = false;
    this.start = 0;
    this.end = length;
  }
}
