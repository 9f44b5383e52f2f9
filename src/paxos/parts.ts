/**
 * The parts that every role of a replica works with, built once by the replica and handed to its roles. Nothing here acts by
 * itself; the roles (election, leadership, fetching, forwarding, reading) call the parts, and the parts write effects.
 */

import { assert } from '../base/assert.js';
import type { Incarnation, ReplicaName, StoreId } from '../base/ids.js';
import { Acceptor } from './acceptor.js';
import { type Ballot, maxBallot, NO_BALLOT } from './ballot.js';
import { type Agenda, clusterTime } from './batch-time.js';
import { Binding } from './binding.js';
import type { Now, Recovered, Replayed } from './effects.js';
import { Journal } from './journal.js';
import { Learner } from './learner.js';
import { Membership } from './membership.js';
import type { Ineligible } from './message.js';
import { Neighbours } from './neighbours.js';
import { Pulse } from './pulse.js';
import type { SessionTable } from './session.js';
import { Steadiness } from './steadiness.js';
import type { Timing } from './timing.js';

/** How a replica is made: who it is, whom it belongs to, and what its log and state machine knew after the restart. */
export interface ReplicaOptions {
  readonly name: ReplicaName;
  readonly store: StoreId;
  readonly incarnation: Incarnation;
  /** 0 never leads; the highest among the eligible leads. */
  readonly priority: number;
  /** Every replica of the cluster, this one included. At most 31. */
  readonly names: readonly ReplicaName[];
  readonly timing: Timing;
  /** `quorum` asks a majority for every read; `lease` does so only while the lease does not hold. */
  readonly reads: 'lease' | 'quorum';
  /** The longest lease this store may have granted before the restart, ms; 0 at its first start. */
  readonly restartWaitMs: number;
  /** First store heard per name, as the identity file keeps them. */
  readonly heard: ReadonlyMap<ReplicaName, StoreId>;
  readonly recovered: Recovered;
  readonly replayed: Replayed;
  /** Who executed the state that the state machine began with: this store, or the one whose snapshot it is. */
  readonly lineage: StoreId;
  readonly sessions: SessionTable;
  readonly agenda: Agenda;
}

/** Who this replica is; the incarnation can be raised while it runs. */
export interface Self {
  readonly name: ReplicaName;
  readonly store: StoreId;
  readonly priority: number;
  incarnation: Incarnation;
}

/** The highest ballot met anywhere: a new candidacy's round is above it. */
export class Horizon {
  #highest: Ballot = NO_BALLOT;

  see(ballot: Ballot): void {
    this.#highest = maxBallot(this.#highest, ballot);
  }

  get nextRound(): number {
    return this.#highest.round + 1;
  }
}

/** What the host and the operator say, and what the disk shows. */
export interface Condition {
  startedAt: number;
  health: Ineligible | null;
  draining: boolean;
  /** The end of the log is gone: no vote leaves, and nothing is appended, until it has been repaired. */
  lost: boolean;
  /** The state is shown to nobody: it is not that of a majority, or took the place of such a one and has not proved itself. */
  diverged: boolean;
  /** While diverged: another state has taken the place of the wrong one. */
  rebuilt: boolean;
  /** Since when a record waits to become durable; infinity when none does. */
  unpersistedSince: number;
}

export interface Parts {
  readonly options: ReplicaOptions;
  readonly self: Self;
  readonly timing: Timing;
  readonly membership: Membership;
  readonly journal: Journal;
  readonly acceptor: Acceptor;
  readonly binding: Binding;
  readonly learner: Learner;
  readonly neighbours: Neighbours;
  readonly pulse: Pulse;
  readonly sessions: SessionTable;
  readonly horizon: Horizon;
  readonly condition: Condition;
  /** Trouble this replica notes about itself. */
  readonly steadiness: Steadiness;
}

/** T, by the clocks that this replica hears. */
export function timeOf({ neighbours, membership }: Parts, now: Now): number {
  const own = { wallMs: now.wall, atMono: now.mono };
  return clusterTime([own, ...neighbours.walls(now.mono)], membership.majority, now.mono);
}

/** Builds the parts of one replica from what its log and identity file know. */
export function partsOf(options: ReplicaOptions, now: Now): Parts {
  const { name, store, priority, incarnation, timing, recovered, replayed } = options;
  assert(options.names.length <= 31, 'votes are counted in the bits of one number');
  const journal = new Journal(recovered.lastLsn);
  const membership = new Membership({
    self: name,
    store,
    names: options.names,
    heard: options.heard,
    configuration: replayed.configuration,
  });
  const acceptor = new Acceptor(journal, recovered);
  const horizon = new Horizon();
  horizon.see(recovered.promised);
  return {
    options,
    self: { name, store, priority, incarnation },
    timing,
    membership,
    journal,
    acceptor,
    binding: new Binding(timing.leaseMs, options.restartWaitMs, now.mono),
    learner: new Learner(journal, acceptor, membership, { ...recovered, replayed }),
    neighbours: new Neighbours(membership.others, timing, journal),
    pulse: new Pulse(),
    sessions: options.sessions,
    horizon,
    condition: {
      startedAt: now.mono,
      health: null,
      draining: false,
      lost: recovered.lost,
      diverged: replayed.isStateless ?? false,
      rebuilt: false,
      unpersistedSince: Number.POSITIVE_INFINITY,
    },
    steadiness: new Steadiness(),
  };
}
