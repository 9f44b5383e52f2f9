/**
 * Whose vote counts: the cluster's names, and for each the one store that votes under it. Before slot 1 is decided that is the
 * first store heard under a name (made durable before it is counted); afterwards only what a decided configuration names. The
 * majority is always of the full list of names, so an empty seat counts in the size and nowhere else.
 */

import { assert } from '../base/assert.js';
import type { ReplicaName, StoreId } from '../base/ids.js';
import type { ConfigurationValue, Seat } from './value.js';

export interface MembershipOptions {
  readonly self: ReplicaName;
  readonly store: StoreId;
  /** Every replica of the cluster, this one included. */
  readonly names: readonly ReplicaName[];
  /** First stores heard, as the identity file keeps them. */
  readonly heard: ReadonlyMap<ReplicaName, StoreId>;
  readonly configuration: ConfigurationValue | null;
}

export class Membership {
  readonly self: ReplicaName;
  readonly store: StoreId;
  readonly names: readonly ReplicaName[];
  /** Every name but this replica's. */
  readonly others: readonly ReplicaName[];
  /** How many stores make a majority. */
  readonly majority: number;
  readonly #heard: Map<ReplicaName, StoreId>;
  #configuration: ConfigurationValue | null;

  constructor(options: MembershipOptions) {
    assert(options.names.includes(options.self), 'a replica is a member of its own cluster');
    this.self = options.self;
    this.store = options.store;
    this.names = options.names;
    this.others = options.names.filter((name) => name !== options.self);
    this.majority = Math.floor(options.names.length / 2) + 1;
    this.#heard = new Map(options.heard);
    this.#heard.set(options.self, options.store);
    this.#configuration = options.configuration;
  }

  /** Slot 1 is decided here. */
  get founded(): boolean {
    return this.#configuration !== null;
  }

  /** The store that votes under a name, null for an empty seat. */
  seat(name: ReplicaName): StoreId | null {
    if (this.#configuration === null) return this.#heard.get(name) ?? null;
    return this.#configuration.seats.find((seat) => seat.name === name)?.store ?? null;
  }

  counts(name: ReplicaName, store: StoreId | null): boolean {
    return store !== null && this.seat(name) === store;
  }

  get countsSelf(): boolean {
    return this.counts(this.self, this.store);
  }

  /** Another store votes under this replica's name: it may fetch and serve, never vote or lead. */
  get isLearner(): boolean {
    const own = this.seat(this.self);
    return own !== null && own !== this.store;
  }

  /** The index of a name in the list, for bit sets. */
  indexOf(name: ReplicaName): number {
    return this.names.indexOf(name);
  }

  /** True when a store heard under a name has to be made durable, to be counted from then on. */
  isNews(name: ReplicaName): boolean {
    return this.#configuration === null && !this.#heard.has(name);
  }

  /** The store heard under a name has become durable. The first one stays. */
  keep(name: ReplicaName, store: StoreId): void {
    if (!this.#heard.has(name)) this.#heard.set(name, store);
  }

  get allHeard(): boolean {
    return this.names.every((name) => this.#heard.has(name));
  }

  /** The seats of a founding configuration: what is counted now. */
  foundingSeats(): readonly Seat[] {
    return this.names.map((name) => ({ name, store: this.#heard.get(name) ?? null }));
  }

  /** The seats with the empty ones filled from `stores`; null when nothing would change. */
  filledSeats(stores: ReadonlyMap<ReplicaName, StoreId>): readonly Seat[] | null {
    const current = this.#configuration;
    if (current === null) return null;
    let changed = false;
    const seats = current.seats.map((seat) => {
      const store = seat.store ?? stores.get(seat.name) ?? null;
      if (store !== seat.store) changed = true;
      return { name: seat.name, store };
    });
    return changed ? seats : null;
  }

  /** What is counted has every seat of this configuration, and more: it was decided later. */
  isPast(configuration: ConfigurationValue): boolean {
    const before = this.#configuration?.seats ?? [];
    const kept = before.filter(({ name, store }) => {
      const seat = configuration.seats.find((other) => other.name === name);
      return seat !== undefined && (seat.store === null || seat.store === store);
    });
    return before.length > 0 && kept.length === before.length;
  }

  /** A configuration was decided. Two majorities always share a store because a seat, once taken, never changes hands. */
  adopt(configuration: ConfigurationValue): void {
    for (const seat of this.#configuration?.seats ?? []) {
      const now = configuration.seats.find((other) => other.name === seat.name);
      assert(now !== undefined, `the configuration keeps the name ${seat.name}`);
      assert(seat.store === null || seat.store === now.store, `the seat of ${seat.name} keeps its store`);
    }
    this.#configuration = configuration;
  }
}

/** 16 hex digits that tell one founding from another (FNV-1a, two lanes; no adversary is meant to be kept out by it). */
export function foundingDigest(value: ConfigurationValue): string {
  const text = JSON.stringify([value.nonce, value.seats.map((seat) => [seat.name, seat.store])]);
  return lane(text, 0x811c9dc5) + lane(text, 0x01234567);
}

function lane(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
