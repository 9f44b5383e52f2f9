/** The small things that tables about the core are made of, in the notation of describe.ts where it has one. */

import { incarnation, type ReplicaName, replicaName, type StoreId, sequence } from '#src/base/ids.js';
import type { Now } from '#src/paxos/effects.js';
import { type Parts, partsOf, type ReplicaOptions } from '#src/paxos/parts.js';
import type { Parcel, SessionMark, SessionTable } from '#src/paxos/session.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import type { ConfigurationValue } from '#src/paxos/value.js';
import { Node } from './node.js';
import { storeOf } from './notation.js';

export const names = (text: string): readonly ReplicaName[] => text.split(' ').map(replicaName);

export const at = (mono: number, wall = 1_720_000_000_000 + mono): Now => ({ mono, wall });

/** A parcel of `count` commands from `first` on, of so many bytes. */
export function parcel(store: string, life: number, first: number, count: number, bytes = 100): Parcel {
  return {
    store: storeOf(store),
    incarnation: incarnation(life),
    first: sequence(first),
    count,
    bytes: new Uint8Array(bytes),
  };
}

/** A session table that a test writes by hand. */
export class Sessions implements SessionTable {
  readonly #marks = new Map<StoreId, SessionMark>();

  applied(store: string, life: number, last: number): void {
    this.#marks.set(storeOf(store), { incarnation: incarnation(life), last: sequence(last) });
  }

  lastOf(store: StoreId): SessionMark | undefined {
    return this.#marks.get(store);
  }
}

/** The configuration that gives every name the store of its letter. */
export function configuration(members: string): ConfigurationValue {
  return { type: 'configuration', nonce: '', seats: names(members).map((name) => ({ name, store: storeOf(name) })) };
}

/** What the first of the members is made of, founded; `change` says what is special about it. */
export function optionsOf(members: string, change: Partial<ReplicaOptions> = {}): ReplicaOptions {
  const [self = replicaName('')] = names(members);
  return {
    name: self,
    store: storeOf(self),
    incarnation: incarnation(1),
    priority: 1,
    names: names(members),
    timing: DEFAULT_TIMING,
    reads: 'lease',
    restartWaitMs: 0,
    heard: new Map(),
    recovered: Node.nothing(),
    replayed: { configuration: configuration(members), founding: '', lastStamp: 0 },
    lineage: storeOf(self),
    sessions: new Sessions(),
    agenda: { nextDeadline: Number.POSITIVE_INFINITY },
    ...change,
  };
}

/** Its parts. */
export function parts(members: string, change: Partial<ReplicaOptions> = {}): Parts {
  return partsOf(optionsOf(members, change), at(0));
}
