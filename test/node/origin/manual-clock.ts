// Time and turns of the event loop that move only when a test says so.

import type { Clock } from '#src/base/clock.js';

export class ManualClock implements Clock {
  #now = 1_000;
  #timers: { at: number; fire: () => void }[] = [];
  #endOfTurn: (() => void)[] = [];

  mono(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  at(atMono: number, fire: () => void): () => void {
    const timer = { at: atMono, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  endOfTurn(fire: () => void): void {
    this.#endOfTurn.push(fire);
  }

  /** Whether something is asked for at the end of this turn. */
  get waits(): boolean {
    return this.#endOfTurn.length > 0;
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Ends the present turn: what is asked for meanwhile waits for the end of the next. */
  turn(): void {
    const due = this.#endOfTurn;
    this.#endOfTurn = [];
    for (const fire of due) fire();
  }

  /** Ends turns until nothing waits for the end of one. */
  settle(): void {
    for (let turns = 0; this.#endOfTurn.length > 0; turns++) {
      if (turns > 100_000) throw new Error('the turns do not come to an end');
      this.turn();
    }
  }

  /** Lets time pass, firing what becomes due in its order, each in a turn of its own. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      this.settle();
    }
    this.#now = end;
  }

  #due(end: number): { at: number; fire: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
