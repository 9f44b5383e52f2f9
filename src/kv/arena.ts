/**
 * Memory for records, outside the heap of the garbage collector: a million small objects cost it more than everything else that a
 * replica does. Records stand one behind the other in slabs; one that is of no use any more leaves a hole there until its slab
 * holds nothing else, or what it still holds has been moved (records.ts) and the slab is dropped.
 */

import { assert, must } from '../base/assert.js';

/** The largest slab that several records share; the first ones of a small store are smaller. */
const SLAB_BYTES = 1024 * 1024;
const FIRST_SLAB_BYTES = 16 * 1024;

/** A larger record has a slab of its own: the rest of one that is left for a new one is lost. */
const SHARED_BYTES = SLAB_BYTES / 8;

export class Slab {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  /** Records stand up to here. */
  used = 0;
  /** Bytes of those that are of use. */
  live = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }
}

export class Arena {
  /** Numbers of slabs stay as they are; those of dropped ones are used again. */
  readonly #slabs: (Slab | null)[] = [];
  readonly #unused: number[] = [];
  /** The slab that is being filled. */
  #number = -1;
  #slab = new Slab(0);
  #used = 0;
  #live = 0;

  /** The slab with this number. */
  slab(number: number): Slab {
    return must(this.#slabs[number], 'a slab');
  }

  /** The number of a slab that has room for a record of so many bytes behind what is used; to be told with `take`. */
  withRoom(bytes: number): number {
    if (bytes > SHARED_BYTES) return this.#add(new Slab(bytes));
    if (this.#slab.used + bytes > this.#slab.bytes.length) {
      const size = Math.max(FIRST_SLAB_BYTES, Math.min(SLAB_BYTES, 2 * this.#slab.bytes.length));
      this.#slab = new Slab(Math.max(size, bytes));
      this.#number = this.#add(this.#slab);
    }
    return this.#number;
  }

  /** Records of so many bytes have been put behind what was used. */
  take(number: number, bytes: number): void {
    const slab = this.slab(number);
    slab.used += bytes;
    slab.live += bytes;
    this.#used += bytes;
    this.#live += bytes;
    assert(slab.used <= slab.bytes.length, 'records end within their slab');
  }

  /** A record of so many bytes is of no use any more. What stands there stays until the slab is dropped. */
  free(number: number, bytes: number): void {
    const slab = this.slab(number);
    slab.live -= bytes;
    this.#live -= bytes;
    if (slab.live === 0 && number !== this.#number) this.drop(number);
  }

  /** Nothing in the slab is of use any more. */
  drop(number: number): void {
    const { used, live } = this.slab(number);
    this.#used -= used;
    this.#live -= live;
    this.#slabs[number] = null;
    this.#unused.push(number);
  }

  /** The number of the slab whose holes take most, where holes take a third of all; null where they do not. */
  get wasteful(): number | null {
    const holes = this.#used - this.#live;
    if (holes <= this.#live / 2 + SLAB_BYTES) return null;
    let found: number | null = null;
    let most = 0;
    for (const [number, slab] of this.#slabs.entries()) {
      if (slab === null || number === this.#number || slab.used - slab.live <= most) continue;
      found = number;
      most = slab.used - slab.live;
    }
    return found;
  }

  #add(slab: Slab): number {
    const number = this.#unused.pop() ?? this.#slabs.length;
    this.#slabs[number] = slab;
    return number;
  }
}
