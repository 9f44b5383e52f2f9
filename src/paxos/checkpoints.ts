/**
 * Comparing what replicas have made of the same log. Every so many slots each tells the running digest of its state machine; once two
 * differ they differ for ever, so a slot that was missed does not matter. Whoever differs from a majority is diverged: its disk and
 * votes are as good as ever, its state is not. Where no majority has the same digest nobody can say who is right, and nothing is done.
 */

import { type ReplicaName, type Slot, slot } from '../base/ids.js';
import type { Checkpoint } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';

/** Checkpoints compared at most: replicas further apart than so many lag, and are compared when they have caught up. */
const KEPT = 64;

export class Checkpoints {
  readonly #parts: Parts;
  /** What counted stores, and this one, told for the newest slots. */
  readonly #told = new Map<Slot, Map<ReplicaName, string>>();
  #last: Checkpoint | null = null;
  /** The highest slot at which this replica's digest was a majority's. */
  #agreedUpTo: Slot = slot(0);
  /** It was said that digests differ, and no majority has agreed since. */
  #puzzled = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** This replica's own, for its heartbeats. */
  get last(): Checkpoint | null {
    return this.#last;
  }

  /** This replica's state machine has come to a checkpoint. */
  reached(checkpoint: Checkpoint): void {
    this.#last = checkpoint;
    this.#note(this.#parts.self.name, checkpoint);
  }

  /** A peer's heartbeat told its last one. */
  heard(from: Neighbour, checkpoint: Checkpoint | null): void {
    if (checkpoint === null || !this.#parts.membership.counts(from.name, from.store)) return;
    if (this.#told.get(checkpoint.slot)?.get(from.name) !== checkpoint.digest) this.#note(from.name, checkpoint);
  }

  /** What this replica told before its state was rebuilt says nothing about it any more. */
  forgetOwn(): void {
    this.#last = null;
    for (const digests of this.#told.values()) digests.delete(this.#parts.self.name);
  }

  #note(name: ReplicaName, { slot: at, digest }: Checkpoint): void {
    const digests = this.#told.get(at) ?? new Map<ReplicaName, string>();
    this.#told.set(at, digests.set(name, digest));
    if (this.#told.size > KEPT) this.#told.delete(slot(Math.min(...this.#told.keys())));
    this.#judge(at, digests);
  }

  #judge(at: Slot, digests: ReadonlyMap<ReplicaName, string>): void {
    const { self, condition, journal } = this.#parts;
    const majority = this.#majorityOf(digests);
    const own = digests.get(self.name);
    if (majority === null) {
      this.#wonder(at, digests);
      return;
    }
    this.#puzzled = false;
    if (own === undefined) return;
    if (own === majority) {
      if (at > this.#agreedUpTo) this.#agreedUpTo = at;
      if (condition.diverged) journal.role({ type: 'agreed', slot: at });
    } else if (!condition.diverged) {
      condition.diverged = true;
      journal.role({ type: 'diverged', checkpoint: { slot: at, digest: own }, majority });
      journal.effects.divergence = { agreedUpTo: this.#agreedUpTo };
    }
  }

  /** The digest that a majority of the counted stores told; null when none did. */
  #majorityOf(digests: ReadonlyMap<ReplicaName, string>): string | null {
    const { membership, self } = this.#parts;
    const votes = new Map<string, number>();
    for (const [name, digest] of digests) {
      if (name === self.name && !membership.countsSelf) continue;
      votes.set(digest, (votes.get(digest) ?? 0) + 1);
    }
    for (const [digest, count] of votes) if (count >= membership.majority) return digest;
    return null;
  }

  /** Different digests, no majority, and nobody within reach left to tell one for this slot: an operator has to know, once. */
  #wonder(at: Slot, digests: ReadonlyMap<ReplicaName, string>): void {
    if (this.#puzzled || new Set(digests.values()).size < 2) return;
    const { membership, neighbours, journal } = this.#parts;
    const mayStillTell = neighbours.all.some(({ name, store, linked, heartbeat }) => {
      if (!linked || !membership.counts(name, store) || digests.has(name)) return false;
      return (heartbeat?.checkpoint?.slot ?? 0) < at;
    });
    if (mayStillTell) return;
    this.#puzzled = true;
    const told = [...digests].map(([name, digest]) => `${name}=${digest}`).sort();
    journal.role({ type: 'digests-differ', slot: at, digests: told.join(' ') });
  }
}
