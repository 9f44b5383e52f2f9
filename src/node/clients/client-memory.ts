/**
 * How much memory all clients together may hold here: bytes that came and are no request yet, requests that wait, replies that
 * nobody has taken. Limits of one connection do not bound this, because there are many connections. Who has to wait or go when
 * it runs short is decided by the connections.
 */

/** Enough for a few hundred of the largest requests or replies at a time, a fraction of what a store of 1 GiB needs anyway. */
export const CLIENT_MEMORY_BYTES = 512 * 1024 * 1024;

/** What any connection may hold, however short memory is. */
export const FAIR_SHARE_BYTES = 64 * 1024;

export class ClientMemory {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number = CLIENT_MEMORY_BYTES) {
    this.#limit = limit;
  }

  /** A connection holds `bytes` more, or less. */
  change(bytes: number): void {
    this.#used += bytes;
  }

  get used(): number {
    return this.#used;
  }

  get exhausted(): boolean {
    return this.#used >= this.#limit;
  }

  /** How much output one connection may hold before its requests wait: less, the less is left for all. */
  outputMark(limitOfOne: number): number {
    return Math.min(limitOfOne / 2, Math.max(FAIR_SHARE_BYTES, (this.#limit - this.#used) / 4));
  }
}
