/**
 * The contract between those who serve clients and the replica behind them. A client port (or a simulated client) only ever
 * sees this: it hands in writes and reads and is told, once each, what became of them. Nothing here knows of sockets, syntax or
 * consensus. The driver composes it: `Commands` is origin/origin.ts, the rest is its own.
 */

import type { ReplicaName, Slot, StoreId } from '../base/ids.js';
import type { StateMachine } from '../kv/state-machine.js';
import type { Ballot } from '../paxos/ballot.js';
import type { Ineligible } from '../paxos/message.js';
import type { RoleName } from '../paxos/view.js';
import type { Reply } from '../wire/reply.js';
import type { LoopDelays } from './ports.js';
import type { UnderWay, WriteLoad } from './write-load.js';

/** What became of a write. Exactly one of these is told, exactly once. */
export type WriteOutcome =
  | { readonly type: 'applied'; readonly reply: Reply }
  /** Not executed, for certain: no leader was found within the request timeout. */
  | { readonly type: 'noquorum' }
  /** Handed to a leader, unknown whether chosen: it may be executed now, later or never. */
  | { readonly type: 'uncertain' }
  /** Executed, for certain, but where this replica did not see it: its state came as a snapshot. What it answered is lost. */
  | { readonly type: 'executed' }
  /** Refused by a limit, not executed. `why` is one sentence for the client, with what to do. */
  | { readonly type: 'busy'; readonly why: string };

/** What became of a read. */
export type ReadOutcome =
  /** Evaluating the table within the call, or later, is linearizable: it has all that was acknowledged when the read came. */
  { readonly type: 'ready' } | { readonly type: 'noquorum' } | { readonly type: 'busy'; readonly why: string };

/** The state of this replica is to be shown to nobody. */
export const DISTRUSTED = {
  type: 'busy',
  why: 'the state of this replica is not that of the others, and is rebuilt; not executed; use another replica',
} as const satisfies ReadOutcome;

/** One line of STATUS. What only the replica itself knows is null when it has not been heard. */
export interface ReplicaStatus {
  readonly name: ReplicaName;
  readonly self: boolean;
  readonly role: RoleName;
  readonly store: StoreId | null;
  readonly priority: number | null;
  /** The ballot it supports or leads in. */
  readonly ballot: Ballot | null;
  readonly applied: Slot | null;
  /** Slots behind the highest applied slot that anyone told of; null when it has not told. */
  readonly lagSlots: number | null;
  /** Null when never heard; 0 for this replica itself. */
  readonly lastHeardMs: number | null;
  readonly connected: boolean;
  /** Heard and answered within the last few heartbeats, both ways. */
  readonly contact: boolean;
  readonly steady: boolean;
  readonly ineligible: Ineligible | null;
  /** `host:port` for clients, null when not known. */
  readonly clientAddress: string | null;
}

/** What STATUS shows of the cluster; made by clients/cluster-status.ts from the core's view. */
export interface ClusterStatus {
  readonly name: ReplicaName;
  /** Its process, null where there is none. */
  readonly pid: number | null;
  readonly leader: ReplicaName | null;
  /** False while the leader may not yet serve reads. */
  readonly established: boolean;
  /** In the order of the cluster's list. */
  readonly replicas: readonly ReplicaStatus[];
  /** How many more replicas may be lost with everything still working; negative when too many are lost already. */
  readonly spare: number;
  /** Why the leader leads and what stands in the way of a higher one: one sentence. */
  readonly waiting: string;
  readonly keys: number;
  readonly bytes: number;
  readonly revision: number;
  /** Slots of this replica's log that cannot be read, and that others have not healed yet. */
  readonly faultySlots: number;
  /** Not null while the end of this replica's log is gone: it does not vote until all of these have told what they know. */
  readonly lost: { readonly waitsFor: readonly ReplicaName[] } | null;
  /** This replica's state is not that of a majority: it answers no reads until it is rebuilt. */
  readonly diverged: boolean;
}

/** A snapshot on its way here. */
export interface CatchingUp {
  readonly from: ReplicaName;
  readonly slot: Slot;
  /** In bytes: what has arrived, of how many. */
  readonly have: number;
  readonly size: number;
}

/** What this replica adds of its own process and disk. */
export interface FullStatus extends ClusterStatus {
  /** Of this replica's log: written since the first record it keeps. */
  readonly logBytes: number;
  /** The first slot that this replica still has for others. */
  readonly firstSlot: Slot;
  /** Of the newest snapshot on this replica's disk, null when there is none. */
  readonly snapshotSlot: Slot | null;
  /** Not null while this replica gets a snapshot of another, because the log of nobody has what it lacks. */
  readonly catchingUp: CatchingUp | null;
  /** Memory of this replica's process, null where there is none. */
  readonly residentBytes: number | null;
  /** Null until it was asked for. */
  readonly loop: LoopDelays | null;
}

/** Whom WHO names. */
export interface LeaderAddress {
  readonly name: ReplicaName;
  /** `host:port` for clients, null when not known. */
  readonly clientAddress: string | null;
}

/** A snapshot as the bytes of its file. It stays readable until it is closed, whatever replaces it on the disk. */
export interface BackupSource {
  /** `digest`: the content digest that its trailer has too, 64 hex digits. */
  readonly info: { readonly bytes: number; readonly digest: string };
  /** At most `bytes`, fewer only at the end. Rejects with a CodedError. */
  read(offset: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Writes and reads, for anyone. Order, exactly once and linearizability are kept behind it. */
export interface Commands {
  /**
   * Hands in a command (from `encodeCommand`). Commands are numbered in the order of the calls. `done` is called exactly once,
   * never within the call itself. The bytes are kept, not copied.
   */
  write(command: Uint8Array, load: WriteLoad, done: (outcome: WriteOutcome) => void): void;

  /** Of the writes that were handed in and are not over, as it is when one looks. */
  readonly underWay: UnderWay;

  /** Asks for a point at which a read is linearizable. `done` is called exactly once, never within the call itself. */
  read(done: (outcome: ReadOutcome) => void): void;

  /** True while so much waits here that a client's socket should not be read on. */
  readonly congested: boolean;

  /** Calls `resume` once, when `congested` has become false; at the end of this turn if it is false already. */
  whenRoom(resume: () => void): void;
}

export interface Service extends Commands {
  /** This replica. */
  readonly name: ReplicaName;
  /** Reads are evaluated on it; only the driver applies to it. */
  readonly machine: StateMachine;
  /** Its state is not that of the others: it must be shown to nobody, not even to who asks for what this replica has. */
  readonly distrusted: boolean;
  /** Milliseconds since 1970 by the leader's running time, as far as it is known here: never to be used at apply. */
  readonly time: number;
  status(): FullStatus;
  /** From here on delays of the event loop are measured, afresh. */
  measureLoop(): void;
  /** The leader this replica follows or is; null when it knows of none. */
  leader(): LeaderAddress | null;
  /** This replica shall not lead until told otherwise (true) or may again (false); takes effect by hand-back, without a gap. */
  drain(on: boolean): void;
  /** A snapshot of what is applied when this is called, or later. Rejects with a CodedError of one plain line. */
  backup(): Promise<BackupSource>;
}
