/** When garbage was collected in this process. Node tells of it only later, so whoever asks has to wait for the answer. */

import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Turns of the event loop in which Node must have told of a collection. */
const TURNS = 1_000;

export class Collections {
  /** By the clock of `performance.now()`, in ms. */
  readonly #times: number[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) this.#times.push(startTime);
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Collects everything now. */
  collect(): void {
    if (globalThis.gc === undefined) throw new Error('garbage cannot be collected here: start node with --expose-gc');
    globalThis.gc();
  }

  /** How many there were between two moments of the past. Collects once more: when that has been told, everything before has. */
  async between(from: number, to: number): Promise<number> {
    const asked = performance.now();
    this.collect();
    for (let turn = 0; !this.#times.some((time) => time >= asked); turn++) {
      if (turn === TURNS) throw new Error('node does not tell of collections');
      await nextTurn();
    }
    return this.#times.filter((time) => time >= from && time <= to).length;
  }

  close(): void {
    this.#observer.disconnect();
  }
}
