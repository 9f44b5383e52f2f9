/**
 * What the state of a replica says of the cluster itself: who votes, and which founding all of it goes back to. It follows the
 * slots that are applied, as the table does, and stands in every snapshot.
 */

import type { Decided } from '../paxos/effects.js';
import { foundingDigest } from '../paxos/membership.js';
import type { ConfigurationValue } from '../paxos/value.js';

export class Charter {
  #configuration: ConfigurationValue | null;
  #founding: string;

  constructor(configuration: ConfigurationValue | null, founding: string) {
    this.#configuration = configuration;
    this.#founding = founding;
  }

  /** Null before slot 1. */
  get configuration(): ConfigurationValue | null {
    return this.#configuration;
  }

  /** Digest of slot 1, '' before it. */
  get founding(): string {
    return this.#founding;
  }

  /** The value of the next slot is applied. True when it changed the charter. */
  apply({ slot, value }: Decided): boolean {
    if (value.type !== 'configuration') return false;
    this.#configuration = value;
    if (slot === 1) this.#founding = foundingDigest(value);
    return true;
  }

  /** The state came as a snapshot. */
  replace(configuration: ConfigurationValue, founding: string): void {
    this.#configuration = configuration;
    this.#founding = founding;
  }
}
