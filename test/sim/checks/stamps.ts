/**
 * The stamps of decided batches: the cluster's time may not be ahead of what a majority of clocks ever showed, however wrong a
 * minority of them is. Nothing here says how late a stamp may be, since time may stand still while nobody leads.
 */

import { CLOCK_DRIFT } from '#src/paxos/timing.js';
import { Violation } from './violation.js';

/** Stamps and clocks are rounded to whole milliseconds. */
const GRAIN_MS = 2;

/** A leader's running time and the clock that it began with may drift apart, each to its side. */
const DRIFT = 2 * CLOCK_DRIFT;

export class Stamps {
  readonly #majority: number;
  /** How far each replica's wall clock was ahead of true time at most. */
  readonly #ahead = new Map<string, number>();
  /**
   * How far each replica has come: one that is stopped within a task is ahead of true time, and may die with what it wrote
   * there.
   */
  readonly #reached = new Map<string, number>();
  /**
   * How far stamps may be ahead because replicas came back before the time that they had reached: who leads next begins at the
   * last stamp and goes on from there. Summed, since each may add to what was ahead before it.
   */
  #lead = 0;
  /** No such stamp stands in a slot above. */
  #leadUpTo = 0;

  constructor(replicas: number) {
    this.#majority = Math.floor(replicas / 2) + 1;
  }

  /** A replica read its wall clock. `now`: true time. */
  read(who: string, wall: number, now: number): void {
    this.#reached.set(who, now);
    const ahead = wall - now;
    if (ahead > (this.#ahead.get(who) ?? Number.NEGATIVE_INFINITY)) this.#ahead.set(who, ahead);
  }

  /** A replica is up again, with values for slots up to this one. `now`: true time. */
  cameBack(who: string, highestSlot: number, now: number): void {
    const lead = (this.#reached.get(who) ?? 0) - now;
    if (lead <= 0) return;
    this.#lead += lead;
    this.#leadUpTo = Math.max(this.#leadUpTo, highestSlot);
  }

  /**
   * A batch was decided for the first time anywhere. `now`: true time since the beginning, or how far who decided it has
   * come.
   */
  decided(slot: number, stamp: number, now: number): void {
    const descending = [...this.#ahead.values()].sort((a, b) => b - a);
    const ahead = descending[this.#majority - 1] ?? Number.NEGATIVE_INFINITY;
    const latest = now + this.#lead + ahead + DRIFT * (now + this.#lead) + GRAIN_MS;
    if (stamp <= latest) {
      // Whatever had been ahead is decided by now, or will never be: it is as far ahead as this, and no further.
      if (slot > this.#leadUpTo) this.#lead = Math.min(this.#lead, Math.max(0, stamp - now - ahead + GRAIN_MS));
      return;
    }
    throw new Violation(
      'no clock alone makes time',
      `slot ${slot} is stamped ${(stamp - latest).toFixed(0)} ms later than any majority of clocks showed`,
    );
  }
}
