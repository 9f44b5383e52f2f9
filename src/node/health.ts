/**
 * What the host knows of its own fitness to lead: whether its event loop keeps up, and whether the disk has room for the
 * log. What follows from it is decided in the core, which also remembers who was in trouble lately. So nothing is
 * remembered here for longer than a moment: where all machines are held up together, somebody has to lead soon.
 */

import type { Clock } from '../base/clock.js';
import type { Ineligible } from '../paxos/message.js';

/** Twice what may pass unnoticed by clients, a third of what costs a leader its lease. */
const LATE_MS = 200;

/** So long after a late timer the loop counts as slow. */
const SLOW_FOR_MS = 1_000;

export class Health {
  readonly #clock: Clock;
  readonly #changed: (reason: Ineligible | null) => void;
  #slowUntil = Number.NEGATIVE_INFINITY;
  #hasSpace = true;
  #told: Ineligible | null = null;
  #cancel: (() => void) | null = null;

  /** `changed` is told why this replica should not lead, null when nothing stands in the way. */
  constructor(clock: Clock, changed: (reason: Ineligible | null) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** A timer went off so late. True when that is worth a line: the loop was not slow before. */
  late(lateMs: number): boolean {
    if (lateMs <= LATE_MS) return false;
    const now = this.#clock.mono();
    const news = now >= this.#slowUntil;
    this.#slowUntil = now + SLOW_FOR_MS;
    this.#tell();
    this.#watch();
    return news;
  }

  /** Whether the log has room for what comes. */
  space(ok: boolean): void {
    this.#hasSpace = ok;
    this.#tell();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #watch(): void {
    this.#cancel?.();
    this.#cancel = this.#clock.at(this.#slowUntil, () => {
      this.#cancel = null;
      this.#tell();
    });
  }

  #tell(): void {
    const reason = !this.#hasSpace ? 'disk-full' : this.#clock.mono() < this.#slowUntil ? 'loop-slow' : null;
    if (reason === this.#told) return;
    this.#told = reason;
    this.#changed(reason);
  }
}
