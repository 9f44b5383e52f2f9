/**
 * Keeps work in the background from being in anybody's way: it takes a share of the time, and rests for the others after each of
 * its steps. What it measures is how long a step took by the clock, so that it gives way all the more where the disk or the event
 * loop has much else to do.
 */

import type { Clock } from '../../base/clock.js';

/** A shorter rest is not worth a timer: it is saved up. */
const LEAST_REST_MS = 2;

/** Whatever held a step up for so long was not its own work. */
const MOST_REST_MS = 250;

export class Pace {
  readonly #clock: Clock;
  /** Rest for each millisecond of work. */
  readonly #rests: number;
  #isHurried = false;
  #owedMs = 0;
  #since: number;
  #wake: () => void = () => undefined;

  /** `share`: the part of the time that the work may take, above 0 and up to 1. The first step begins now. */
  constructor(clock: Clock, share: number) {
    this.#clock = clock;
    this.#rests = 1 / share - 1;
    this.#since = clock.mono();
  }

  /** A step begins only now: what went before was waiting. */
  begin(): void {
    this.#since = this.#clock.mono();
  }

  /** A step is done; resolves when the next may begin: at the end of this turn of the event loop, or so much later, at least. */
  async rest(leastMs = 0): Promise<void> {
    const tookMs = this.#clock.mono() - this.#since;
    const rests = this.#isHurried ? 0 : Math.max(leastMs, tookMs * this.#rests);
    this.#owedMs = Math.min(MOST_REST_MS, this.#owedMs + rests);
    await new Promise<void>((resolve) => this.#sleep(resolve));
    this.#since = this.#clock.mono();
  }

  /** From now on it only lets others have their turn. */
  hurry(): void {
    this.#isHurried = true;
    this.#owedMs = 0;
    this.#wake();
  }

  #sleep(resolve: () => void): void {
    if (this.#owedMs < LEAST_REST_MS) {
      this.#clock.endOfTurn(resolve);
      return;
    }
    const cancel = this.#clock.at(this.#clock.mono() + this.#owedMs, resolve);
    this.#owedMs = 0;
    this.#wake = () => {
      cancel();
      this.#clock.endOfTurn(resolve);
    };
  }
}
