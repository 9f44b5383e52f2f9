/**
 * Everything that one replica is told at its start, as plain data: who it is, where it listens, whom it knows, its limits.
 * host/ makes it from the command line, the simulator from a seed; nothing below reads an option anywhere else.
 */

import type { ReplicaName } from '../base/ids.js';
import type { Timing } from '../paxos/timing.js';
import type { SegmentSizes } from '../store/segment-files.js';

/** Where something listens or is dialled: a name or a literal address (IPv6 without brackets), and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A place in the cluster's list. */
export interface Member extends Address {
  readonly name: ReplicaName;
}

/** What a client may ask for at most; all sizes in bytes. */
export interface Limits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly requestBytes: number;
  readonly connections: number;
  /** Output that one connection may leave unread before it is closed. */
  readonly outputBytes: number;
  /** All keys and values together. */
  readonly dataBytes: number;
}

/** When snapshots are written, and how much of the log is kept behind them for peers that lag: the lesser of the two. */
export interface SnapshotSettings {
  /** Of log since the last snapshot, or as many as that snapshot has, if those are more. */
  readonly logBytes: number;
  readonly keepSlots: number;
  readonly keepLogBytes: number;
}

/** A start replays 64 MiB in a second or two; 100,000 slots are some minutes of a busy cluster. */
export const DEFAULT_SNAPSHOTS: SnapshotSettings = {
  logBytes: 64 * 1024 ** 2,
  keepSlots: 100_000,
  keepLogBytes: 256 * 1024 ** 2,
};

export type Reads = 'lease' | 'quorum';

export interface Settings {
  readonly self: Member;
  /** The whole cluster, in the order of its list; contains `self`. */
  readonly members: readonly Member[];
  /** The name the operator gave the cluster. */
  readonly cluster: string;
  /** Digest of `cluster` and the sorted names: what a data directory and a link belong to. */
  readonly clusterId: string;
  readonly priority: number;
  readonly listen: Address;
  readonly client: Address;
  /** `host:port` at which clients reach this replica, as WHO prints it. */
  readonly advertiseClient: string;
  readonly dataDirectory: string;
  /** Sizes of the log's files, where the log's own defaults are not wanted. */
  readonly segments?: SegmentSizes;
  /** DEFAULT_SNAPSHOTS where absent. */
  readonly snapshots?: SnapshotSettings;
  /**
   * Slots between two digests that replicas compare, where the state machine's own default is not wanted: the same at all
   * of them.
   */
  readonly checkpointSlots?: number;
  /** For STATUS JSON, by which a launcher tells its own replica from another's. */
  readonly pid?: number;
  readonly timing: Timing;
  readonly reads: Reads;
  readonly requestTimeoutMs: number;
  readonly limits: Limits;
  /** Chance in [0, 1] that an acceptor's answer is not sent: a demonstration of what the protocol bears; 0 in earnest. */
  readonly faultRate: number;
}
