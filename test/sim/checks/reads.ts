/**
 * Every read point has to be fresh: what anybody had decided when the read was asked for is at or below the slot at which it may
 * be evaluated. That is more than linearizability asks for, and what the protocol gives: whoever may grant a read has decided
 * all that was ever decided.
 */

import type { ReadGrant } from '#src/paxos/effects.js';
import { Violation } from './violation.js';

interface Asked {
  readonly id: number;
  /** The last slot that anybody had decided then. */
  readonly floor: number;
}

/** One life of a replica. */
export class Reads {
  readonly #who: string;
  #waiting: Asked[] = [];

  constructor(who: string) {
    this.#who = who;
  }

  asked(id: number, lastDecided: number): void {
    this.#waiting.push({ id, floor: lastDecided });
  }

  granted({ upTo, slot }: ReadGrant): void {
    const served = this.#waiting.filter(({ id }) => id <= upTo);
    this.#waiting = this.#waiting.filter(({ id }) => id > upTo);
    for (const { id, floor } of served) {
      if (slot < floor) {
        throw new Violation(
          'reads are fresh',
          `read ${id} at ${this.#who} may be evaluated at slot ${slot}; slot ${floor} was decided before it was asked for`,
        );
      }
    }
  }
}
