/** A small fast generator of pseudo-random numbers (xorshift32): good enough to spread keys, and the same for every rival. */
import { Draws } from '../base/draws.js';

export class Spread extends Draws {
  #state: number;

  constructor(seed: number) {
    super();
    this.#state = seed | 1;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) / 2 ** 32;
  }
}
