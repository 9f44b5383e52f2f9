/**
 * The orderly end of a replica: clients get the answers they wait for, leadership goes to another before the process does,
 * the log gets its mark, and what has changed is written down. Every step has its limit, so that the whole is over within
 * seconds also when nothing works any more.
 */

import type { Clock } from '../base/clock.js';
import type { ReplicaName } from '../base/ids.js';
import type { View } from '../paxos/view.js';
import type { Logger } from './logger.js';
import { within } from './within.js';

/** Requests that take longer have no majority to wait for. */
const CLIENTS_MS = 1_500;

/** A hand-over takes some 50 ms where somebody can take over. */
const HAND_OVER_MS = 1_000;

/** Saves the next start from replaying the log: enough for a million keys, where nothing before it took long. */
const SNAPSHOT_MS = 2_000;
const SNAPSHOT_BY_MS = 3_000;

/** For it to notice that it has to end, and to clear away what it wrote. */
const CLEARING_MS = 500;

/** A disk that takes longer will not do it at all. */
const CLOSE_MS = 1_500;

export interface ShutdownParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly self: ReplicaName;
  view(): View;
  /** No further peers and clients; resolves when the clients there are have their answers. */
  closeClients(): Promise<void>;
  /** This replica shall not lead any more. */
  drain(): void;
  /** Calls back at every change of a role. */
  watchRoles(changed: () => void): void;
  /** Writes down what has changed since the last snapshot, if that can be done in time. */
  writeSnapshot(limitMs: number): Promise<void>;
  /** The links, the driver, the log and the lock, in that order. */
  closeAll(): Promise<void>;
}

export async function shutDown(parts: ShutdownParts): Promise<void> {
  const { clock, logger } = parts;
  const began = clock.mono();
  const tooSlow = (what: string): void => logger.warn('did not wait longer while stopping', { for: what });
  if (!(await within(clock, CLIENTS_MS, parts.closeClients()))) tooSlow('clients');
  if (!(await within(clock, HAND_OVER_MS, handOver(parts)))) tooSlow('another leader');
  const snapshotMs = Math.min(SNAPSHOT_MS, SNAPSHOT_BY_MS - (clock.mono() - began));
  if (!(await within(clock, snapshotMs + CLEARING_MS, parts.writeSnapshot(snapshotMs)))) tooSlow('a snapshot');
  if (!(await within(clock, CLOSE_MS, parts.closeAll()))) tooSlow('the disk');
}

/**
 * Resolves when this replica does not lead, and if it did, when another does: until then its vote may be needed. Where no
 * other is connected, as when all are stopped together, nobody needs it.
 */
function handOver({ self, view, drain, watchRoles }: ShutdownParts): Promise<void> {
  const before = view();
  drain();
  if (before.role !== 'leader' || before.names.length === 1) return Promise.resolve();
  return new Promise((resolve) => {
    watchRoles(() => {
      const { role, leader, peers } = view();
      const isNeeded = leader === null && peers.some(({ connected }) => connected);
      if (role !== 'leader' && leader !== self && !isNeeded) resolve();
    });
  });
}
