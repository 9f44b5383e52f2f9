/** One life of a replica as the checks follow it: what it has said, decided and applied, and to whom it is bound. */

import { ballotText, compareBallots } from '#src/paxos/ballot.js';
import type { Effects, Input, Repair } from '#src/paxos/effects.js';
import type { PeerMessage } from '#src/paxos/message.js';
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
  /** Slots that its log could not give back when it began. */
  readonly faulty = new Set<number>();
  /** What its log goes on from, until that is durable. */
  repair: Repair | null = null;
  /** Its state was exchanged since it was last looked at. */
  isNew = false;
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

  get decided(): number {
    return this.#decided;
  }

  get applied(): number {
    return this.#applied;
  }

  /** What concerns this replica alone. */
  step(input: Input, effects: Effects, mono: number): void {
    this.bindings.step(input, effects, mono);
    if (input.type === 'installed') this.#installed(input.slot);
    this.#checkSilence(input, effects);
    for (const { slot } of effects.decided) {
      if (slot !== this.#decided + 1)
        throw new Violation('decided in order', `${this.#who} decided slot ${slot} after ${this.#decided}`);
      this.#decided = slot;
    }
    this.#checkPromise(effects);
  }

  /** The end of its log is gone: until that is repaired it votes for nobody. */
  isLost = false;
  /** Its state is known to be wrong. */
  isDistrusted = false;
  /** It was found so since it was last looked at. */
  hasDiverged = false;

  #installed(slot: number): void {
    if (slot <= this.#decided)
      throw new Violation('nothing older is installed', `${this.#who} installed slot ${slot} after ${this.#decided}`);
    this.#decided = slot;
    this.isNew = true;
  }

  /** Whoever does not know what it voted for says nothing that counts; whoever has a wrong state shows it to nobody. */
  #checkSilence(input: Input, { sends, records, read, roles, divergence }: Effects): void {
    if (input.type === 'repaired') this.isLost = false;
    if (roles.some(({ type }) => type === 'agreed')) this.isDistrusted = false;
    if (roles.some(({ type }) => type === 'lost-log')) this.isLost = true;
    if (divergence !== null) {
      this.isDistrusted = true;
      this.hasDiverged = true;
    }
    if (this.isDistrusted && read !== null)
      throw new Violation('a wrong state is not read', `${this.#who} granted reads of a state that it distrusts`);
    if (!this.isLost) return;
    const vote = sends.find(({ message }) => isVote(message));
    if (vote === undefined && records.length === 0) return;
    const what = vote === undefined ? 'appended to its log' : `sent a ${vote.message.type}`;
    throw new Violation('a lost log does not vote', `${this.#who} ${what} while the end of its log is gone`);
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

/** Whatever somebody may count on. */
export function isVote(message: PeerMessage): boolean {
  switch (message.type) {
    case 'prepare':
    case 'promise':
    case 'accepted':
    case 'accept':
      return true;
    case 'echo':
      return message.granted.round > 0;
    default:
      return false;
  }
}
