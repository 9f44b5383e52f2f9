/**
 * Keeps a lasting trouble from filling the log: the same line is said once a minute. What is said, and where, is up to the
 * caller.
 */

import type { Clock } from '../../base/clock.js';

const MINUTE_MS = 60_000;

/** Beyond so many different lines within a minute, further ones are not remembered, nor said. */
const MOST_LINES = 1_000;

export class Hush {
  readonly #clock: Clock;
  readonly #said = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when this line has not been said for a minute; then it counts as said. */
  maySay(line: string): boolean {
    const now = this.#clock.mono();
    // Oldest first, as entries are moved to the end when they are said again.
    for (const [known, at] of this.#said) {
      if (now - at < MINUTE_MS) break;
      this.#said.delete(known);
    }
    if (this.#said.has(line) || this.#said.size >= MOST_LINES) return false;
    this.#said.set(line, now);
    return true;
  }
}
