/**
 * The messages replicas send one another, one interface each, closed into a union by lane. *Pulse* messages are small and must
 * never wait behind a batch; *data* messages carry values. Families say what they may change: only Prepare and Accept raise a
 * promise; only Accept's `chosenUpTo` and Values advance the decided prefix. Hello is not here: links are made below the core.
 */

import type { Incarnation, Lsn, ReplicaName, Slot, StoreId } from '../base/ids.js';
import type { Ballot } from './ballot.js';
import type { Parcel } from './session.js';
import type { Value } from './value.js';

/** What the sender of a heartbeat is about. Only `lead` asks for a lease; only `release` ends one early. */
export type Purpose =
  | { readonly type: 'none' }
  | { readonly type: 'stand' }
  | { readonly type: 'lead'; readonly ballot: Ballot; readonly established: boolean }
  | { readonly type: 'release'; readonly ballot: Ballot; readonly to: ReplicaName | null };

/** Why a replica may not lead just now; null in a heartbeat means it is eligible. */
export type Ineligible =
  | 'not-connected-to-a-majority'
  | 'priority-0'
  | 'not-counted'
  | 'restart-wait'
  | 'recovering'
  | 'disk-slow'
  | 'loop-slow'
  | 'slots-stuck'
  | 'draining'
  | 'disk-full'
  | 'repairing'
  | 'diverged';

/** For a person: `it is …` can stand before most of them. */
export function inWords(reason: Ineligible): string {
  return reason.replaceAll('-', ' ');
}

/** The running digest of the state machine as of a slot: replicas that executed the same log have the same. */
export interface Checkpoint {
  readonly slot: Slot;
  /** 16 hex digits. */
  readonly digest: string;
}

/** A checkpoint as a replica tells it. Replicas with one lineage have their state from one of them: they bear witness once. */
export interface Testimony extends Checkpoint {
  /** The store of the replica that executed the state from the log, before others took it over. */
  readonly lineage: StoreId;
}

export interface Heartbeat {
  readonly type: 'heartbeat';
  /** Counted from 1 within the sender's incarnation. */
  readonly number: number;
  readonly incarnation: Incarnation;
  readonly purpose: Purpose;
  readonly priority: number;
  readonly ineligible: Ineligible | null;
  /** The highest ballot whose leader the sender follows (or is); NO_BALLOT when none. */
  readonly supported: Ballot;
  readonly applied: Slot;
  /** Highest LSN durable in the sender's log. */
  readonly durable: Lsn;
  /** The sender's wall clock, ms since 1970. */
  readonly wallMs: number;
  /** Digest of the founding slot's value, 16 hex digits, or '' while slot 1 is not decided here. */
  readonly founding: string;
  /** Whom the sender is in contact with; used one hop far. */
  readonly contacts: readonly ReplicaName[];
  /** The first slot the sender's log still has: whoever lacks an earlier one needs a snapshot. */
  readonly firstSlot: Slot;
  /** The sender's last checkpoint, null before its first. */
  readonly checkpoint: Testimony | null;
}

/** The answer to every heartbeat; computed when it is sent. */
export interface Echo {
  readonly type: 'echo';
  /** Number and incarnation of the last heartbeat heard from the receiver of this echo. */
  readonly number: number;
  readonly incarnation: Incarnation;
  /** The incarnation of who echoes. */
  readonly echoer: Incarnation;
  readonly promised: Ballot;
  /** The ballot the echoer granted its lease to by that heartbeat, NO_BALLOT when it granted none. */
  readonly granted: Ballot;
  /** Would let the receiver lead now. */
  readonly willing: boolean;
  /** Milliseconds until it may become willing by the passing of time alone; 0 when it is, or when time alone will not do. */
  readonly freeInMs: number;
  readonly applied: Slot;
}

export interface Prepare {
  readonly type: 'prepare';
  readonly ballot: Ballot;
}

/** Slots `from … to`, both included, were accepted at `ballot`. */
export interface Run {
  readonly from: Slot;
  readonly to: Slot;
  readonly ballot: Ballot;
}

export interface PromiseMessage {
  readonly type: 'promise';
  readonly ballot: Ballot;
  readonly decidedUpTo: Slot;
  /** What was accepted above decidedUpTo, ascending, not overlapping. */
  readonly runs: readonly Run[];
  /** True when there are more runs than a frame holds: the candidate must catch up first and may not count this promise. */
  readonly truncated: boolean;
}

export interface Proposal {
  readonly slot: Slot;
  readonly value: Value;
}

export interface Accept {
  readonly type: 'accept';
  readonly ballot: Ballot;
  /** Ascending; empty when only chosenUpTo is news. */
  readonly proposals: readonly Proposal[];
  readonly chosenUpTo: Slot;
}

export interface Accepted {
  readonly type: 'accepted';
  readonly ballot: Ballot;
  readonly slots: readonly Slot[];
}

/** Asks for slots `from … to`, both included. */
export interface Fetch {
  readonly type: 'fetch';
  readonly from: Slot;
  readonly to: Slot;
}

export interface Held {
  readonly slot: Slot;
  /** DECIDED when the holder knows it decided. */
  readonly ballot: Ballot;
  readonly value: Value;
}

/** The answer to Fetch: what the holder has from `first` on, as much as a frame holds; may be empty. */
export interface Values {
  readonly type: 'values';
  /** The `from` of the Fetch it answers. */
  readonly first: Slot;
  readonly decidedUpTo: Slot;
  /** First slot the holder's log still has; a request below it needs a snapshot. */
  readonly firstSlot: Slot;
  readonly held: readonly Held[];
}

/** Asks what the receiver knows of the sender, whose log lost its end. */
export interface Recall {
  readonly type: 'recall';
  /** Of the sender; the answer repeats it. */
  readonly incarnation: Incarnation;
}

/** The answer of a replica whose own log is whole and whose store votes; nobody else answers. */
export interface Recalled {
  readonly type: 'recalled';
  readonly incarnation: Incarnation;
  /** The highest ballot the answering acceptor has promised, NO_BALLOT when none. */
  readonly promised: Ballot;
  /** The highest slot it has accepted or learned. */
  readonly highest: Slot;
  /** The highest LSN that it ever heard was durable in the asker's log, 0 when it heard of none. */
  readonly remembered: Lsn;
}

/** Asks for a piece of a snapshot; read and answered outside the core. */
export interface SnapshotFetch {
  readonly type: 'snapshot-fetch';
  /** The snapshot of that slot, 0 for the newest. */
  readonly slot: Slot;
  /** In bytes from the beginning of the file. */
  readonly offset: number;
  /** Only a snapshot of a later slot than this is of use to who asks. */
  readonly above: Slot;
  /** A snapshot of that slot was damaged that came from the one who is asked, 0 when none was. */
  readonly damaged: Slot;
}

/** The answer to SnapshotFetch. */
export interface SnapshotPart {
  readonly type: 'snapshot-part';
  /** Which snapshot; what was asked for when `size` is 0. */
  readonly slot: Slot;
  /** Of the whole file, in bytes; 0 when there is no such snapshot. */
  readonly size: number;
  /** SHA-256 of the content as its trailer gives it, 64 hex digits; '' when there is no such snapshot. */
  readonly digest: string;
  readonly offset: number;
  /** At most SNAPSHOT_PART_BYTES. */
  readonly bytes: Uint8Array;
}

/** Parcels on their way to the leader; `hops` 1 when a neighbour relays them. */
export interface Forward {
  readonly type: 'forward';
  readonly ballot: Ballot;
  readonly hops: number;
  readonly parcels: readonly Parcel[];
}

/** Asks the leader for a slot at which reads up to `id` of this reader are linearizable. */
export interface ReadSlot {
  readonly type: 'read-slot';
  readonly reader: ReplicaName;
  readonly incarnation: Incarnation;
  readonly id: number;
  readonly hops: number;
}

export interface ReadSlotAnswer {
  readonly type: 'read-slot-answer';
  readonly reader: ReplicaName;
  readonly incarnation: Incarnation;
  /** All reads of the reader with an id ≤ this one may be evaluated at `slot`. */
  readonly id: number;
  readonly slot: Slot;
}

export type PulseMessage = Heartbeat | Echo | Prepare | PromiseMessage;
/** Bulk that the core has no part in: whoever drives it hands these to whoever reads and writes snapshots. */
export type SnapshotMessage = SnapshotFetch | SnapshotPart;
export type DataMessage =
  | Accept
  | Accepted
  | Fetch
  | Values
  | Recall
  | Recalled
  | Forward
  | ReadSlot
  | ReadSlotAnswer
  | SnapshotMessage;
export type PeerMessage = PulseMessage | DataMessage;

/** The link a message travels on. */
export function laneOf(message: PeerMessage): 'pulse' | 'data' {
  switch (message.type) {
    case 'heartbeat':
    case 'echo':
    case 'prepare':
    case 'promise':
      return 'pulse';
    default:
      return 'data';
  }
}
