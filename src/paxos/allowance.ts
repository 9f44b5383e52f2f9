/**
 * How many bytes may be under way at once: more as long as what was sent gets through quickly, half when it takes long. On a way
 * that is full, whatever is sent in addition only waits in front of it, and votes and requests wait behind that, until a
 * leader that works counts as one that does not. Never below one batch: what is slow may be slow for other reasons, such as
 * a disk, where large batches are what helps.
 */

import { BATCH_BYTES, QUICK_MS, WINDOW_BYTES } from './timing.js';

export class Allowance {
  #bytes = BATCH_BYTES;
  #cutAt = Number.NEGATIVE_INFINITY;

  get bytes(): number {
    return this.#bytes;
  }

  /** So many bytes, sent at `sinceMono`, have got through. */
  through(bytes: number, sinceMono: number, mono: number): void {
    const tookMs = mono - sinceMono;
    if (tookMs <= QUICK_MS) {
      this.#bytes = Math.min(WINDOW_BYTES, this.#bytes + bytes);
    } else if (tookMs > 3 * QUICK_MS && sinceMono > this.#cutAt) {
      // Once for all that was under way: what was sent before has waited for the same reason.
      this.#bytes = Math.max(BATCH_BYTES, this.#bytes / 2);
      this.#cutAt = mono;
    }
  }
}
