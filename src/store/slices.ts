/**
 * Long work cut into slices, between which the event loop serves everybody else. The work asks often, and waits only when its
 * slice is used up.
 */

import type { Clock } from '../base/clock.js';

/** How long work keeps the event loop to itself: with what comes between two questions it stays below 5 ms. */
const SLICE_MS = 4;

export class Slices {
  readonly #clock: Clock;
  #end: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#end = clock.mono() + SLICE_MS;
  }

  get isOver(): boolean {
    return this.#clock.mono() >= this.#end;
  }

  /** Lets others have their turn, and begins the next slice. */
  async next(): Promise<void> {
    await new Promise<void>((settle) => this.#clock.endOfTurn(settle));
    this.begin();
  }

  /** For work that has just waited for something else. */
  begin(): void {
    this.#end = this.#clock.mono() + SLICE_MS;
  }
}
