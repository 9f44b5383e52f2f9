/**
 * The one timer behind the core's `wakeAt`, which changes with nearly every step. It is set again only where the wanted time
 * comes earlier; an alarm that goes off too early is set for what is left. It also tells how late it went off, which is how a
 * busy or stopped process notices that it was.
 */

import type { Clock } from '../base/clock.js';

export interface AlarmEvents {
  /** The wanted time has come. */
  rang(): void;
  /** A timer went off this much after it was due. */
  late(lateMs: number): void;
}

export class Alarm {
  readonly #clock: Clock;
  readonly #events: AlarmEvents;
  #wanted = Number.POSITIVE_INFINITY;
  #setFor = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, events: AlarmEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Monotonic time at which to ring; replaces what was wanted before. Infinity: not at all. */
  want(at: number): void {
    this.#wanted = at;
    if (at >= this.#setFor) return;
    // What is due already is due now: nobody was late.
    const due = Math.max(at, this.#clock.mono());
    if (due < this.#setFor) this.#set(due);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#setFor = Number.POSITIVE_INFINITY;
  }

  #set(at: number): void {
    this.#cancel?.();
    this.#setFor = at;
    this.#cancel = this.#clock.at(at, () => this.#wentOff());
  }

  #wentOff(): void {
    const now = this.#clock.mono();
    const lateMs = now - this.#setFor;
    this.#cancel = null;
    this.#setFor = Number.POSITIVE_INFINITY;
    this.#events.late(lateMs);
    if (this.#wanted <= now) this.#ring();
    else if (this.#wanted !== Number.POSITIVE_INFINITY && this.#cancel === null) this.#set(this.#wanted);
  }

  #ring(): void {
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#events.rang();
  }
}
