/**
 * The port `Clock` with a hand that only the test moves, and the few ways of waiting that tests over simulated files need: all
 * that such code awaits are promises that settle by themselves, so one turn of the event loop lets it come to rest.
 */

import type { Clock } from '#src/base/clock.js';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

export class SimClock implements Clock {
  private now = 1_000;
  private readonly timers = new Set<Timer>();

  mono(): number {
    return this.now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.now;
  }

  at(atMono: number, fire: () => void): () => void {
    const timer = { at: atMono, fire };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  endOfTurn(fire: () => void): void {
    setImmediate(fire);
  }

  /** Lets `ms` pass: what is due is fired in order, and has come to rest before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await atRest();
      const next = [...this.timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.fire();
    }
    this.now = until;
    await atRest();
  }

  /** Timers that are set. */
  get pending(): number {
    return this.timers.size;
  }
}

/** Resolves when nothing can go on any more without a timer or a call from outside. */
export function atRest(): Promise<void> {
  return new Promise((settle) => {
    setImmediate(settle);
  });
}
