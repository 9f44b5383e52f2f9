/** What the processes of a batch of simulations tell each other. */

import type { Wishes } from './plan.js';
import type { Outcome } from './simulation.js';

export interface Job {
  readonly seed: number;
  readonly wishes: Wishes;
}

export type Done = Omit<Outcome, 'story'>;

/** What a process of a batch sends back: the run, and what it cost. */
export interface Played {
  readonly done: Done;
  /** Processor time of the whole process, its collector included, ms. */
  readonly cpuMs: number;
}
