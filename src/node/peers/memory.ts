/**
 * What this replica remembers of its peers' lives, for their sake: a store whose identity file was set back must not number
 * commands under an incarnation that it has used before.
 */

import { type Incarnation, incarnation as lifeNumber, type StoreId } from '../../base/ids.js';
import type { SessionTable } from '../../paxos/session.js';
import type { Hello } from '../../wire/hello.js';

type Life = Pick<Hello, 'store' | 'incarnation'>;

export class Memory {
  readonly #sessions: SessionTable;
  readonly #highest = new Map<StoreId, Incarnation>();

  /** `sessions` has what was executed, whoever was connected then. */
  constructor(sessions: SessionTable) {
    this.#sessions = sessions;
  }

  /** A peer that is connected said so. */
  note({ store, incarnation }: Life): void {
    const known = this.#highest.get(store);
    if (known === undefined || incarnation > known) this.#highest.set(store, incarnation);
  }

  /** The highest incarnation of that store, if it is above the one that the peer claims; null when all is well. */
  above({ store, incarnation }: Life): Incarnation | null {
    const met = this.#highest.get(store) ?? incarnation;
    const executed = this.#sessions.lastOf(store)?.incarnation ?? incarnation;
    const highest = Math.max(met, executed);
    return highest > incarnation ? lifeNumber(highest) : null;
  }
}
