/**
 * Looks over the shoulder of every consensus core there is: each step's input and effects, as the core and its driver have them
 * in hand. It wraps the one door of the core, so that the product needs no hook for it; whoever watches is set for one run.
 */

import type { Effects, Input, Now } from '#src/paxos/effects.js';
import { Replica } from '#src/paxos/replica.js';

export type CoreWatcher = (core: Replica, input: Input, effects: Effects, now: Now) => void;

let watcher: CoreWatcher | null = null;

const step = Replica.prototype.step;

Replica.prototype.step = function watched(this: Replica, input: Input, now: Now): Effects {
  const effects = step.call(this, input, now);
  watcher?.(this, input, effects, now);
  return effects;
};

/** Every step of every core is told to `next`, until another is set; null for nobody. */
export function watchCores(next: CoreWatcher | null): void {
  watcher = next;
}
