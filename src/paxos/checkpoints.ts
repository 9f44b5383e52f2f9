/**
 * Comparing what replicas have made of the same log. Every so many slots each tells the running digest of its state
 * machine; once two differ they differ for ever, so a slot that was missed does not matter. Whoever differs from a majority
 * is diverged: its disk and votes are as good as ever, its state is not. Where no majority has the same digest nobody can
 * say who is right, and nothing is done.
 *
 * Replicas are not what makes that majority, but *lineages*: a state that was taken over from another replica's snapshot is
 * wrong where that one is, and proves nothing besides it. So every state goes by the store that executed it from the log.
 * Else two replicas, one wrong and one that caught up from it, would outvote the one that is right. A state becomes its
 * replica's own once its digest is that of a majority of lineages, since what it is made of is known to be right then; or
 * when every replica has told the same digest, since nobody is left then who could be told apart.
 */

import { type ReplicaName, type Slot, type StoreId, slot } from '../base/ids.js';
import type { Checkpoint, Testimony } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';

/** Checkpoints compared at most: replicas further apart than so many lag, and are compared when they have caught up. */
const KEPT = 64;

/** What was told of one slot. */
type Told = ReadonlyMap<ReplicaName, Testimony>;

export class Checkpoints {
  readonly #parts: Parts;
  /** What counted stores, and this one, told for the newest slots. */
  readonly #told = new Map<Slot, Map<ReplicaName, Testimony>>();
  #last: Checkpoint | null = null;
  #lineage: StoreId;
  #isStateless: boolean;
  /** The highest slot at which this replica's digest was a majority's. */
  #agreedUpTo: Slot = slot(0);
  /** It was said that digests differ, and no majority has agreed since. */
  #puzzled = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lineage = parts.options.lineage;
    this.#isStateless = parts.options.replayed.isStateless ?? false;
  }

  /** This replica's own, for its heartbeats. */
  get last(): Testimony | null {
    return this.#last === null ? null : this.#own(this.#last);
  }

  /** Who executed the state that this replica has. */
  get lineage(): StoreId {
    return this.#lineage;
  }

  /** This replica's state machine has come to a checkpoint. */
  reached(checkpoint: Checkpoint): void {
    this.#last = checkpoint;
    this.#note(this.#parts.self.name, this.#own(checkpoint));
  }

  /** Field by field: every heartbeat has one. */
  #own({ slot, digest }: Checkpoint): Testimony {
    return { slot, digest, lineage: this.#lineage };
  }

  /** A peer's heartbeat told its last one. */
  heard(from: Neighbour, told: Testimony | null): void {
    if (told === null || !this.#parts.membership.counts(from.name, from.store)) return;
    const before = this.#told.get(told.slot)?.get(from.name);
    if (before?.digest !== told.digest || before.lineage !== told.lineage) this.#note(from.name, told);
  }

  /** The state is another now, out of a snapshot of that slot: what was told of the one before says nothing about it. */
  replaced(at: Slot, lineage: StoreId): void {
    const { condition, self } = this.#parts;
    this.#lineage = lineage;
    this.#last = null;
    for (const told of this.#told.values()) told.delete(self.name);
    this.#agreedUpTo = slot(Math.min(this.#agreedUpTo, at - 1));
    // Where there was none before, one is as good as any.
    if (this.#isStateless) condition.diverged = false;
    this.#isStateless = false;
    condition.rebuilt = condition.diverged;
  }

  #note(name: ReplicaName, testimony: Testimony): void {
    const { slot: at } = testimony;
    const told = this.#told.get(at) ?? new Map<ReplicaName, Testimony>();
    this.#told.set(at, told.set(name, testimony));
    if (this.#told.size > KEPT) this.#told.delete(slot(Math.min(...this.#told.keys())));
    this.#judge(at, told);
  }

  #judge(at: Slot, told: Told): void {
    const { self, condition } = this.#parts;
    const right = this.#rightOf(told);
    if (right === null) {
      this.#wonder(at, told);
      return;
    }
    this.#puzzled = false;
    const own = told.get(self.name);
    // Of a state that is known to be wrong it tells only from where on.
    if (own === undefined || (condition.diverged && !condition.rebuilt)) return;
    if (own.digest === right) this.#agree(at);
    else this.#differ(own, right);
  }

  #agree(at: Slot): void {
    const { self, condition, journal } = this.#parts;
    if (at > this.#agreedUpTo) this.#agreedUpTo = at;
    this.#lineage = self.store;
    if (!condition.diverged) return;
    condition.diverged = false;
    condition.rebuilt = false;
    journal.role({ type: 'agreed', slot: at });
  }

  #differ({ slot: at, digest }: Testimony, majority: string): void {
    const { condition, journal } = this.#parts;
    condition.diverged = true;
    condition.rebuilt = false;
    journal.role({ type: 'diverged', checkpoint: { slot: at, digest }, majority });
    journal.effects.divergence = { agreedUpTo: this.#agreedUpTo };
  }

  /** The digest that as many lineages have as make a majority, or that every replica told; null when there is none. */
  #rightOf(told: Told): string | null {
    const { membership, self } = this.#parts;
    const lineages = new Map<string, Set<StoreId>>();
    for (const [name, { digest, lineage }] of told) {
      if (name === self.name && !membership.countsSelf) continue;
      const same = lineages.get(digest) ?? new Set<StoreId>();
      lineages.set(digest, same.add(name === self.name ? this.#lineage : lineage));
    }
    for (const [digest, same] of lineages) if (same.size >= membership.majority) return digest;
    const [first, ...others] = lineages.keys();
    const haveAllTold = membership.countsSelf && membership.names.every((name) => told.has(name));
    return first !== undefined && others.length === 0 && haveAllTold ? first : null;
  }

  /** Different digests, no majority, and nobody within reach left to tell one for this slot: an operator has to know, once. */
  #wonder(at: Slot, told: Told): void {
    if (this.#puzzled || new Set([...told.values()].map(({ digest }) => digest)).size < 2) return;
    const { membership, neighbours, journal } = this.#parts;
    const mayStillTell = neighbours.all.some(({ name, store, linked, heartbeat }) => {
      if (!linked || !membership.counts(name, store) || told.has(name)) return false;
      return (heartbeat?.checkpoint?.slot ?? 0) < at;
    });
    if (mayStillTell) return;
    this.#puzzled = true;
    const digests = [...told].map(([name, { digest }]) => `${name}=${digest}`).sort();
    journal.role({ type: 'digests-differ', slot: at, digests: digests.join(' ') });
  }
}
