/**
 * The door of the consensus core, as types: what goes in (`Input`), what has to be done about it (`Effects`), what a log gives
 * back after a restart (`Recovered`). The core performs nothing itself; one driver performs effects, in the order in which the
 * fields of `Effects` stand here. These types are shared by the core, its driver and the log.
 */

import type { Incarnation, Lsn, ReplicaName, Slot, StoreId } from '../base/ids.js';
import type { Ballot } from './ballot.js';
import type { Checkpoint, Held, Ineligible, PeerMessage, Run } from './message.js';
import type { Parcel } from './session.js';
import type { ConfigurationValue, Value } from './value.js';

/** Two readings of this machine's clocks, in milliseconds, taken afresh for every step, after the input's bytes were read. */
export interface Now {
  /** Never runs backwards; fractions allowed. */
  readonly mono: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

export type Input =
  | { readonly type: 'message'; readonly from: ReplicaName; readonly message: PeerMessage }
  /** The time that the last effects asked to be woken at has come. */
  | { readonly type: 'wake' }
  /** The driver has handed over all that this turn of its event loop brought: propose and tell what has gathered. */
  | { readonly type: 'flush' }
  /** A parcel of this replica's own session, numbered right behind the one before. */
  | { readonly type: 'propose'; readonly parcel: Parcel }
  /** A read point is wanted; ids rise by the caller's count, one answer serves every id up to its own. */
  | { readonly type: 'read'; readonly id: number }
  /** Every record up to this LSN is durable. */
  | { readonly type: 'persisted'; readonly lsn: Lsn }
  | {
      readonly type: 'link-up';
      readonly peer: ReplicaName;
      readonly store: StoreId;
      readonly incarnation: Incarnation;
      /** The highest incarnation the peer remembers of this replica's store, null when none. */
      readonly remembered: Incarnation | null;
      /** The highest LSN the peer remembers to have been durable in this store's log, null when none. */
      readonly rememberedLsn: Lsn | null;
      /** Digest of the founding slot as the peer's greeting tells it, '' when it has none. */
      readonly founding: string;
    }
  | { readonly type: 'link-down'; readonly peer: ReplicaName }
  /** What the host knows of its health; null when nothing stands in the way of leading. */
  | { readonly type: 'health'; readonly reason: Ineligible | null }
  | { readonly type: 'drain'; readonly on: boolean }
  /** The identity effect asked for has become durable. */
  | { readonly type: 'identity-kept'; readonly identity: IdentityChange }
  /** The log begins at `firstSlot` from its next group on; a verified snapshot covers what is before. */
  | { readonly type: 'trimmed'; readonly firstSlot: Slot }
  | Installed
  /** The wrong state was replaced by one of the same slot, made from a snapshot of slot `slot` and the log above it. */
  | { readonly type: 'rebuilt'; readonly slot: Slot; readonly lineage: StoreId }
  /** The state machine has come to a slot whose digest is compared with the others'. */
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** The log itself tells now that its end is gone, durably. */
  | { readonly type: 'loss-noted' }
  /** The repair effect asked for is durable. */
  | { readonly type: 'repaired' };

/**
 * The state machine now holds the state of a snapshot. Its slot is above the decided prefix, and no repair is wanted or under way
 * (`View.lost` is null): the caller makes sure of both in the same turn in which it exchanges the state.
 */
export interface Installed {
  readonly type: 'installed';
  readonly slot: Slot;
  readonly configuration: ConfigurationValue;
  /** Digest of slot 1's value. */
  readonly founding: string;
  /** The highest stamp that the state contains. */
  readonly lastStamp: number;
  /** Of the state, as the snapshot tells it. */
  readonly lineage: StoreId;
}

/** Must be durable in the identity file before it is acted upon. */
export type IdentityChange =
  | { readonly type: 'heard'; readonly name: ReplicaName; readonly store: StoreId }
  | { readonly type: 'incarnation'; readonly incarnation: Incarnation };

/** A record of the acceptor's log. LSNs run without gaps across all kinds. */
export type LogRecord =
  | { readonly type: 'promised'; readonly lsn: Lsn; readonly ballot: Ballot }
  | {
      readonly type: 'accepted';
      readonly lsn: Lsn;
      readonly slot: Slot;
      readonly ballot: Ballot;
      readonly value: Value;
    }
  | { readonly type: 'decided'; readonly lsn: Lsn; readonly slot: Slot; readonly value: Value };

/** The acceptor's state as every group of the log carries it in its header. */
export interface AcceptorState {
  readonly promised: Ballot;
  readonly decidedUpTo: Slot;
  /** The first slot the log still has. */
  readonly firstSlot: Slot;
  /** The highest slot ever accepted or proposed. */
  readonly highestSlot: Slot;
}

/** What a log knows after a restart. */
export interface Recovered extends AcceptorState {
  /** The last LSN of the log, 0 for an empty one. */
  readonly lastLsn: Lsn;
  /** What is held above decidedUpTo, ascending by slot, one entry a slot: the highest ballot, DECIDED for decided records. */
  readonly held: readonly Held[];
  /**
   * Slots above decidedUpTo in which something may have been accepted that cannot be read any more: nothing above the run's
   * ballot, which is DECIDED where it may have been decided. Ascending, not overlapping. An older value may be held for
   * such a slot.
   */
  readonly faulty: readonly Run[];
  /** The end of the log is gone: what was promised and accepted last is not known. */
  readonly lost: boolean;
}

/** What a log whose end was lost goes on from; to be made durable as a whole, before anything else is appended. */
export interface Repair {
  readonly promised: Ballot;
  readonly highestSlot: Slot;
  /** The LSN of the next record: above every one that a peer remembers. */
  readonly nextLsn: Lsn;
  /** All of them, those known before included. */
  readonly faulty: readonly Run[];
}

export interface Send {
  readonly to: readonly ReplicaName[];
  readonly message: PeerMessage;
  /** May leave only when this LSN is durable; 0 when it may leave at once. */
  readonly after: Lsn;
}

export interface Decided {
  readonly slot: Slot;
  readonly value: Value;
}

/** Reads with an id up to `upTo` may be evaluated once `slot` is applied here. */
export interface ReadGrant {
  readonly upTo: number;
  readonly slot: Slot;
}

/** A peer asked for decided slots that only the log has: read them and send `Values` to it. */
export interface RangeWanted {
  readonly peer: ReplicaName;
  readonly from: Slot;
  readonly to: Slot;
}

export type RoleChange =
  | { readonly type: 'stood'; readonly ballot: Ballot | null; readonly why: string }
  | { readonly type: 'led'; readonly ballot: Ballot }
  | { readonly type: 'established'; readonly ballot: Ballot }
  | { readonly type: 'draining'; readonly to: ReplicaName | null; readonly why: string }
  | { readonly type: 'resumed'; readonly why: string }
  | { readonly type: 'stopped'; readonly ballot: Ballot | null; readonly why: string }
  | { readonly type: 'followed'; readonly ballot: Ballot }
  | { readonly type: 'became-learner'; readonly counted: StoreId | null }
  | { readonly type: 'founded'; readonly digest: string }
  /** The end of this replica's log is gone; it waits for all the others to tell what may have been in it. */
  | { readonly type: 'lost-log'; readonly why: string }
  /** So is that of a peer: neither can tell the other, and only a person can end that. */
  | { readonly type: 'lost-together'; readonly peer: ReplicaName }
  | { readonly type: 'repaired-log' }
  /** This replica's state is another than that of a majority, as of this slot. */
  | { readonly type: 'diverged'; readonly checkpoint: Checkpoint; readonly majority: string }
  /** It was diverged, and the state that took the wrong one's place is that of a majority as of this slot: it can be used. */
  | { readonly type: 'agreed'; readonly slot: Slot }
  /** Replicas have different states as of this slot, and no majority has one of them: nobody knows who is right. */
  | { readonly type: 'digests-differ'; readonly slot: Slot; readonly digests: string }
  | { readonly type: 'lost-contact'; readonly peer: ReplicaName }
  | { readonly type: 'gained-contact'; readonly peer: ReplicaName };

/** The link to a peer must be closed and the reason shown: the two do not belong together. */
export interface Refusal {
  readonly peer: ReplicaName;
  readonly reason: string;
}

/** What one step asks for. The driver performs the fields in this order. */
export interface Effects {
  /** Append, in order; one group with whatever else this turn appends. */
  readonly records: LogRecord[];
  readonly identity: IdentityChange[];
  /** Apply to the state machine, in order, before anything below is performed and before the next step. */
  readonly decided: Decided[];
  read: ReadGrant | null;
  readonly sends: Send[];
  readonly ranges: RangeWanted[];
  /**
   * Slots are missing here that no linked peer's log has any more, or the state is not to be trusted: pull this peer's newest
   * snapshot. Said again, of each peer in turn, until the snapshot is installed or the slots came otherwise; a transfer that gets
   * on need not be given up for it.
   */
  snapshot: ReplicaName | null;
  /**
   * The end of the log is gone, as a peer remembers: to be noted in the log, so that no later start can overlook it; then
   * comes `loss-noted`.
   */
  loss: boolean;
  /** Append nothing before this is durable; then comes `repaired`. */
  repair: Repair | null;
  /**
   * This replica's state has left that of a majority somewhere above this slot (0: nobody knows where). Said once of each
   * state: again only when the one that took its place is wrong, too.
   */
  divergence: { readonly agreedUpTo: Slot } | null;
  readonly roles: RoleChange[];
  readonly refusals: Refusal[];
  /** Why something was ignored, for the debug log: `message.type: reason`. */
  readonly ignored: string[];
  /** Monotonic time at which `wake` is due; the driver keeps one timer. Infinity when nothing is pending. */
  wakeAt: number;
}

export function noEffects(): Effects {
  return {
    records: [],
    identity: [],
    decided: [],
    read: null,
    sends: [],
    ranges: [],
    snapshot: null,
    loss: false,
    repair: null,
    divergence: null,
    roles: [],
    refusals: [],
    ignored: [],
    wakeAt: Number.POSITIVE_INFINITY,
  };
}

/** What the state machine found when it replayed the log, needed before the core starts. */
export interface Replayed {
  /** The newest decided configuration, null before slot 1 is decided. */
  readonly configuration: ConfigurationValue | null;
  /** Digest of slot 1's value (see `foundingDigest`, membership.ts), '' before it is decided. */
  readonly founding: string;
  /** The highest stamp applied, 0 when none. */
  readonly lastStamp: number;
  /**
   * True where the state machine did not begin with what the log goes on from: nobody may be shown it, and a peer's has to
   * be had.
   */
  readonly isStateless?: boolean;
}
