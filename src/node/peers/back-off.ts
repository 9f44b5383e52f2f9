/**
 * How long to wait before dialling again: not at all the first time, then from 50 ms doubling to 1 s, each with jitter so that
 * replicas that lost one another together do not return in step.
 */

import type { Chance } from '../../base/clock.js';

const FIRST_MS = 50;
const LONGEST_MS = 1_000;

export class BackOff {
  readonly #chance: Chance;
  #nextMs = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Milliseconds until the next attempt. */
  next(): number {
    const full = this.#nextMs;
    this.#nextMs = full === 0 ? FIRST_MS : Math.min(2 * full, LONGEST_MS);
    return full * (0.75 + this.#chance.fraction() / 2);
  }

  /** All was well for a while: the next attempt is made at once. */
  reset(): void {
    this.#nextMs = 0;
  }

  /** What stands in the way will not go away soon. */
  slow(): void {
    this.#nextMs = LONGEST_MS;
  }
}
