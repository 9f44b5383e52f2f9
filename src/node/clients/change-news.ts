/** Tells those who wait for something to change that it has: once a turn, however much did. */

import type { Clock } from '../../base/clock.js';
import type { ChangeLog } from '../../kv/change-log.js';

export interface Listener {
  /** Something has changed since it asked. */
  changed(): void;
}

export class ChangeNews {
  readonly #clock: Clock;
  readonly #changes: Pick<ChangeLog, 'whenChanged'>;
  #listeners = new Set<Listener>();

  constructor(clock: Clock, changes: Pick<ChangeLog, 'whenChanged'>) {
    this.#clock = clock;
    this.#changes = changes;
  }

  /** Tells the listener once, at the end of the turn of the next change. */
  await(listener: Listener): void {
    if (this.#listeners.size === 0) this.#changes.whenChanged(() => this.#clock.endOfTurn(() => this.#tell()));
    this.#listeners.add(listener);
  }

  /** It does not wait any more. */
  forget(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  #tell(): void {
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener.changed();
  }
}
