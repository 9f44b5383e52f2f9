/** What the processes of a batch of simulations tell each other. */

import type { Wishes } from './plan.js';
import type { Outcome } from './simulation.js';

export interface Job {
  readonly seed: number;
  readonly wishes: Wishes;
}

export type Done = Omit<Outcome, 'story'>;
