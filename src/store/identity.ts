/**
 * Who a data directory belongs to: cluster, name, store id, the incarnation of the process on it, the stores it has heard of
 * under other names, and the longest lease it may have granted. Kept in one small file that is replaced as a whole; opening it
 * takes the directory's lock. What the values mean is the core's business.
 */

import { CodedError } from '../base/errors.js';
import type { Incarnation, ReplicaName, StoreId } from '../base/ids.js';
import type { IdentityChange } from '../paxos/effects.js';
import type { Files } from './files.js';

/** What the directory must agree with, and what a first start needs. */
export interface ExpectedIdentity {
  /** 64 hex digits. */
  readonly cluster: string;
  readonly name: ReplicaName;
  /** The lease that this process may grant. */
  readonly leaseMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Sixteen unpredictable bytes: the store id of a first start. */
  readonly draw: Uint8Array;
}

export interface Identity {
  readonly cluster: string;
  readonly name: ReplicaName;
  readonly store: StoreId;
  /** Larger than that of every earlier life of this store; durable. */
  readonly incarnation: Incarnation;
  /** The longest lease that earlier lives may have granted; 0 at a first start. */
  readonly longestLeaseMs: number;
  readonly heard: ReadonlyMap<ReplicaName, StoreId>;
  /** True at a first start: nothing was ever promised, accepted or granted here. */
  readonly fresh: boolean;
  settle(): Promise<void>;
  /** Resolves when the change is durable. */
  keep(change: IdentityChange): Promise<void>;
  /** Gives the directory's lock back. */
  close(): Promise<void>;
}

/** Locks the directory, and opens its identity or makes one. Rejects with a CodedError of one plain line. */
export function openIdentity(_files: Files, _directory: string, _expected: ExpectedIdentity): Promise<Identity> {
  return Promise.reject(new CodedError('unsupported', 'the identity file is being built'));
}
