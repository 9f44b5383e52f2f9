/** The figures of a run: what clients did and were told, and how long nobody's write was acknowledged. */

export class Tally {
  operations = 0;
  refused = 0;
  /** Writes with the reply UNCERTAIN. */
  toldUncertain = 0;
  /** Writes without a reply in time, or whose connection broke. */
  unanswered = 0;
  acknowledged = 0;
  transactions = 0;
  /** Transactions that came to nothing since what they watched had changed. */
  conflicts = 0;
  /** Undefined before the first. */
  #lastWriteAt: number | undefined;
  #longestGapMs = 0;
  readonly #watches = new Set<{ gapMs: number }>();

  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  writeAcknowledged(): void {
    this.acknowledged++;
    const now = performance.now();
    const gapMs = now - (this.#lastWriteAt ?? now);
    this.#lastWriteAt = now;
    if (gapMs > this.#longestGapMs) this.#longestGapMs = gapMs;
    for (const watch of this.#watches) watch.gapMs = Math.max(watch.gapMs, gapMs);
  }

  /** Returns what tells the longest gap that ended since. */
  watchGap(): () => number {
    const watch = { gapMs: 0 };
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      return watch.gapMs;
    };
  }
}
