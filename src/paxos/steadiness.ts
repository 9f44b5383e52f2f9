/**
 * Who has been in trouble lately. Trouble makes a replica unsteady for a while, twice as long each time it recurs, so that
 * leadership does not go back to one that comes and goes; without more of it everything is forgotten. Every observer keeps its
 * own book, about the others and about itself.
 */

import type { Ineligible } from './message.js';
import { FORGIVE_MS, PATIENCE_MS } from './timing.js';

/**
 * Who gave a lead up for this has it again as soon as it leads again: slots are stuck again at once, and a log that was
 * trimmed to make room for one segment fills that one.
 */
export function recurs(why: Ineligible | null): boolean {
  return why === 'slots-stuck' || why === 'disk-full';
}

export class Steadiness {
  #until = Number.NEGATIVE_INFINITY;
  #penaltyMs = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  trouble(mono: number): void {
    const forgotten = mono - Math.max(this.#lastAt, this.#until) > FORGIVE_MS;
    this.#penaltyMs = forgotten || this.#penaltyMs === 0 ? PATIENCE_MS : Math.min(FORGIVE_MS, 2 * this.#penaltyMs);
    this.#until = mono + this.#penaltyMs;
    this.#lastAt = mono;
  }

  steady(mono: number): boolean {
    return mono >= this.#until;
  }

  /** When it counts as steady again. */
  steadyAt(): number {
    return this.#until;
  }
}
