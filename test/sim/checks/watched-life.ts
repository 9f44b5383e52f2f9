/** One life of a replica as the checks follow it: what it has said, decided and applied, and to whom it is bound. */

import { ballotText, compareBallots } from '#src/paxos/ballot.js';
import type { Effects, Input } from '#src/paxos/effects.js';
import type { Replica } from '#src/paxos/replica.js';
import type { Bindings } from './bindings.js';
import { Reads } from './reads.js';
import { Violation } from './violation.js';
import type { LifeState } from './votes.js';

/** Of a core, what is looked at here. */
type Core = Pick<Replica, 'acceptorState'>;

export class WatchedLife {
  readonly core: Core;
  readonly votes: LifeState;
  readonly reads: Reads;
  readonly bindings: Bindings;
  readonly #who: string;
  #decided: number;
  #applied = 0;

  constructor(who: string, core: Core, votes: LifeState, bindings: Bindings, decided: number) {
    this.core = core;
    this.votes = votes;
    this.bindings = bindings;
    this.reads = new Reads(who);
    this.#who = who;
    this.#decided = decided;
  }

  get applied(): number {
    return this.#applied;
  }

  /** What concerns this replica alone. */
  step(input: Input, effects: Effects, mono: number): void {
    this.bindings.step(input, effects, mono);
    for (const { slot } of effects.decided) {
      if (slot !== this.#decided + 1)
        throw new Violation('decided in order', `${this.#who} decided slot ${slot} after ${this.#decided}`);
      this.#decided = slot;
    }
    this.#checkPromise(effects);
  }

  /** Its state machine has come to this slot. */
  appliedUpTo(slot: number): void {
    if (slot < this.#applied)
      throw new Violation('applied never regresses', `${this.#who} went from slot ${this.#applied} to ${slot}`);
    this.#applied = slot;
  }

  /** Accepting in a ballot promises it. */
  #checkPromise({ records }: Effects): void {
    const last = records.findLast((record) => record.type === 'accepted');
    if (last?.type !== 'accepted') return;
    const { promised } = this.core.acceptorState();
    if (compareBallots(promised, last.ballot) >= 0) return;
    throw new Violation(
      'an acceptance promises',
      `${this.#who} accepted in ${ballotText(last.ballot)} with ${ballotText(promised)} promised`,
    );
  }
}
