/**
 * A request whose turn has come and that may have nothing to tell yet, as CHANGES … BLOCK. It is looked at again when
 * something has changed, and answered when there is something to tell, when its time is over, or when its connection takes
 * no more requests.
 */

import type { Vigil } from '../../kv/command.js';
import type { Reply } from '../../wire/reply.js';
import type { Listener } from './change-news.js';
import type { ClientContext } from './client-context.js';

export class Waiting implements Listener {
  readonly #vigil: Vigil;
  readonly #context: ClientContext;
  readonly #wake: () => void;
  #cancelTimer: (() => void) | null = null;
  #isOver: boolean;

  /** `wake`: `look` is to be called again, in this turn or a later one. */
  constructor(vigil: Vigil, context: ClientContext, wake: () => void) {
    this.#vigil = vigil;
    this.#context = context;
    this.#wake = wake;
    this.#isOver = vigil.patienceMs === 0;
  }

  changed(): void {
    this.#wake();
  }

  /** Null while it waits; not to be called after a reply. `mustEnd`: it may not. */
  look(mustEnd: boolean): Reply | null {
    const reply = this.#vigil.look(this.#context.service.machine);
    this.#context.work -= this.#vigil.work;
    if (reply === null && !this.#isOver && !mustEnd) {
      this.#wait();
      return null;
    }
    return reply ?? this.#vigil.giveUp();
  }

  /** Nobody wants to hear of it any more. */
  stop(): void {
    this.#cancelTimer?.();
    this.#context.news.forget(this);
  }

  #wait(): void {
    const { clock, news } = this.#context;
    news.await(this);
    this.#cancelTimer ??= clock.at(clock.mono() + this.#vigil.patienceMs, () => {
      this.#isOver = true;
      this.#wake();
    });
  }
}
