/**
 * What a replica knows of itself and the others, for STATUS and for the origin's question whether a leader can be reached. A
 * picture taken at one moment; nothing in the core depends on it.
 */

import type { ReplicaName, Slot, StoreId } from '../base/ids.js';
import type { Ballot } from './ballot.js';
import type { Ineligible } from './message.js';

export type RoleName = 'leader' | 'candidate' | 'follower' | 'learner' | 'unknown';

export interface PeerView {
  readonly name: ReplicaName;
  readonly store: StoreId | null;
  readonly connected: boolean;
  readonly contact: boolean;
  /** Since its last heartbeat; null when none was heard. */
  readonly lastHeardMs: number | null;
  readonly priority: number | null;
  readonly role: RoleName;
  readonly ballot: Ballot;
  readonly applied: Slot | null;
  readonly ineligible: Ineligible | null;
  readonly steady: boolean;
}

export interface View {
  readonly name: ReplicaName;
  readonly store: StoreId;
  readonly role: RoleName;
  /** The ballot followed or led; NO_BALLOT when none. */
  readonly ballot: Ballot;
  /** Null when no leader can be reached. */
  readonly leader: ReplicaName | null;
  readonly established: boolean;
  /** A leader can be reached and this replica is not far behind: commands may be numbered and proposed. */
  readonly canForward: boolean;
  readonly decided: Slot;
  readonly promised: Ballot;
  readonly leaseLeftMs: number;
  readonly ineligible: Ineligible | null;
  readonly priority: number;
  readonly counted: boolean;
  readonly names: readonly ReplicaName[];
  readonly founded: boolean;
  /** How many counted stores may be lost with a majority of all names left. */
  readonly toleratesLosses: number;
  /** One sentence: why the leader leads, and what stands in the way of a higher one. */
  readonly waiting: string;
  /** The first slot the log has. */
  readonly firstSlot: Slot;
  /** Slots in which something may have been accepted that this replica's log cannot give any more. */
  readonly faultySlots: number;
  /** Not null while the end of this replica's log is gone: it does not vote until all of these have told what they know. */
  readonly lost: { readonly waitsFor: readonly ReplicaName[] } | null;
  /** Its state is not a majority's: it serves no reads. */
  readonly diverged: boolean;
  readonly peers: readonly PeerView[];
}
