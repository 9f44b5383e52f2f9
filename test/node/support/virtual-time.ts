/**
 * A clock that stands still unless it is told to run, with the turns of an event loop: everything due at an instant happens,
 * then what was asked for at the end of the turn, then time moves on. Two runs with the same inputs are the same to the bit.
 */

import type { Chance, Clock } from '#src/base/clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Wall time begins here: some day in 2024. */
const EPOCH_MS = 1_720_000_000_000;

export class VirtualTime implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  #turnEnds: (() => void)[] = [];

  mono(): number {
    return this.#now;
  }

  wall(): number {
    return EPOCH_MS + this.#now;
  }

  at(atMono: number, fire: () => void): () => void {
    const timer = { at: atMono, order: this.#order++, fire };
    this.#insert(timer);
    return () => {
      const found = this.#timers.indexOf(timer);
      if (found !== -1) this.#timers.splice(found, 1);
    };
  }

  endOfTurn(fire: () => void): void {
    this.#turnEnds.push(fire);
  }

  /** Lets time pass, so far or until the condition holds; promises settle between events. True when the condition holds. */
  async run(forMs: number, until: () => boolean = () => false): Promise<boolean> {
    const end = this.#now + forMs;
    while (true) {
      await settled();
      if (until()) return true;
      if (!this.#step(end)) break;
    }
    this.#now = end;
    return until();
  }

  /** A process that is stopped and goes on: time passes and nothing happens meanwhile. */
  freeze(forMs: number): void {
    this.#now += forMs;
  }

  /** One event or the end of one turn; false when nothing is due up to `end`. */
  #step(end: number): boolean {
    const next = this.#timers[0];
    if (this.#turnEnds.length > 0 && (next === undefined || next.at > this.#now)) {
      const ends = this.#turnEnds;
      this.#turnEnds = [];
      for (const fire of ends) fire();
      return true;
    }
    if (next === undefined || next.at > end) return false;
    this.#timers.shift();
    this.#now = Math.max(this.#now, next.at);
    next.fire();
    return true;
  }

  /** Equal instants keep the order in which they were asked for. */
  #insert(timer: Timer): void {
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1]?.at ?? 0) > timer.at) at--;
    this.#timers.splice(at, 0, timer);
  }
}

/** Waits until every promise that can settle without time passing has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Chance from a seed (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction: next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}
