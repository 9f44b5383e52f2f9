/**
 * Long work among much else: some of it in every turn of the event loop, everyone in turn, until all is done. It knows
 * nothing of what is done.
 */

import type { Clock } from '../../base/clock.js';

/** Of every turn; what else waits for the event loop waits so long. */
const SLICE_MS = 5;

/** Work in steps that take a fraction of a millisecond each. One that rests is left alone until it is added again. */
export type Work = Iterator<'rest' | undefined, void>;

export class Slices {
  readonly #clock: Clock;
  #works: Work[] = [];
  #isWanted = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(work: Work): void {
    this.#works.push(work);
    this.#want();
  }

  #want(): void {
    if (this.#isWanted || this.#works.length === 0) return;
    this.#isWanted = true;
    this.#clock.endOfTurn(() => this.#run());
  }

  #run(): void {
    this.#isWanted = false;
    const end = this.#clock.mono() + SLICE_MS;
    do {
      const works = this.#works;
      this.#works = [];
      for (const [index, work] of works.entries()) {
        if (this.#clock.mono() >= end && index > 0) {
          // Who had no turn comes first in the next.
          this.#works = [...works.slice(index), ...this.#works];
          break;
        }
        const step = work.next();
        if (step.done !== true && step.value !== 'rest') this.#works.push(work);
      }
    } while (this.#works.length > 0 && this.#clock.mono() < end);
    this.#want();
  }
}
