/**
 * The cluster's time: what stamps a leader gives its batches. Apply never reads a clock; it takes the stamps. No single wrong
 * clock can raise the time, because it follows the q-th largest of the wall clocks heard, q being the majority of all names.
 */

import { STAMP_STEP_MS } from './timing.js';

/** One replica's wall clock, as a heartbeat told it. */
export interface WallReading {
  readonly wallMs: number;
  /** Monotonic time of its arrival here; it is aged by what has passed since. */
  readonly atMono: number;
}

/** What of the state time alone changes, as of the last decided slot that was applied; the core reads it, apply writes it. */
export interface Agenda {
  /** By the time of the log, in ms since 1970; infinity when nothing is to come. A batch with such a stamp does what is due. */
  readonly nextDeadline: number;
}

/** T: the q-th largest of the readings, aged to `mono`; 0 when fewer than q are known. */
export function clusterTime(readings: readonly WallReading[], q: number, mono: number): number {
  const descending = readings.map((reading) => reading.wallMs + (mono - reading.atMono)).sort((a, b) => b - a);
  return descending[q - 1] ?? 0;
}

/** A leader's running time: starts at max(last time, T), runs on its monotonic clock, and steps up to T when far below. */
export class StampClock {
  #base: number;
  #baseMono: number;

  constructor(lastTime: number, time: number, mono: number) {
    this.#base = Math.max(lastTime, time);
    this.#baseMono = mono;
  }

  stamp(time: number, mono: number): number {
    const running = this.#base + (mono - this.#baseMono);
    if (time - running <= STAMP_STEP_MS) return Math.floor(running);
    this.#base = time;
    this.#baseMono = mono;
    return Math.floor(time);
  }
}

/**
 * The leader's running time as another replica sees it: the last stamp, and what has passed here since. It lies behind by
 * as long as a stamp travels, and by more only where it came with the log of a time when this replica was not there.
 */
export class FollowedTime {
  #stamp: number;
  #mono: number;

  constructor(stamp: number, mono: number) {
    this.#stamp = stamp;
    this.#mono = mono;
  }

  /** `stamp`: the highest decided one. */
  follow(stamp: number, mono: number): void {
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#mono = mono;
  }

  /** `time`: T, which no leader's time is farther behind than a step. */
  at(time: number, mono: number): number {
    return Math.max(this.#stamp + (mono - this.#mono), time - STAMP_STEP_MS);
  }
}
