/**
 * Who is in the cluster, and which of them am I: the rules by which a replica finds itself in the list that all replicas are
 * started with. Pure: what is local to this machine is told by the caller, who asked the system.
 */

import { type ReplicaName, replicaName } from '../../base/ids.js';
import type { Address, Member } from '../settings.js';
import { addressText, type Entry, isLoopback, isWildcard } from './addresses.js';
import { UsageError } from './usage-error.js';

/** The core counts votes in the bits of one number. */
const MOST_REPLICAS = 31;

export interface Situation {
  readonly listen: Address;
  /** As listed; empty for a cluster of one. */
  readonly entries: readonly Entry[];
  /** `--name`, null when not given. */
  readonly name: ReplicaName | null;
  /** True for a host that leads to an interface of this machine. */
  isLocal(host: string): boolean;
}

export interface Members {
  readonly self: Member;
  readonly members: readonly Member[];
}

/** The cluster and the place of this replica in it. Throws UsageError where the list is wrong or leaves it open. */
export function findMembers(situation: Situation): Members {
  refuseDoubles(situation.entries);
  const found = locate(situation);
  const count = found.members.length;
  if (count > MOST_REPLICAS)
    throw new UsageError(`${count} replicas are too many: a cluster has at most ${MOST_REPLICAS}`);
  return found;
}

function locate(situation: Situation): Members {
  const { listen, entries, name } = situation;
  if (entries.length === 0) {
    const self = { name: name ?? replicaName(addressText(listen)), ...listen };
    return { self, members: [self] };
  }
  const self = findSelf(situation);
  if (self !== undefined) return { self, members: entries };
  if (isWildcard(listen.host) && entries.some(({ host }) => !isLoopback(host) && !isWildcard(host))) {
    throw new UsageError('cannot tell which replica I am; add --name');
  }
  const appended = { name: replicaName(addressText(listen)), ...listen };
  return { self: appended, members: [...entries, appended] };
}

function refuseDoubles(entries: readonly Entry[]): void {
  for (const same of [({ name }: Entry) => String(name), addressText]) {
    const seen = new Set<string>();
    for (const entry of entries) {
      const key = same(entry);
      if (seen.has(key)) throw new UsageError(`replica ${key} is listed twice`);
      seen.add(key);
    }
  }
}

function findSelf({ listen, entries, name, isLocal }: Situation): Entry | undefined {
  if (name !== null) {
    const named = entries.find((entry) => entry.name === name);
    if (named === undefined) {
      throw new UsageError(
        `--name: '${name}' is none of the replicas ${entries.map((entry) => entry.name).join(', ')}`,
      );
    }
    return named;
  }
  const listed = entries.find((entry) => entry.host === listen.host && entry.port === listen.port);
  if (listed !== undefined) return listed;
  const local = entries.filter(
    (entry) => entry.port === listen.port && (isWildcard(entry.host) || isLocal(entry.host)),
  );
  if (local.length > 1) throw new UsageError('cannot tell which replica I am; add --name');
  return local[0];
}

/** The first listed is the highest, the last has 1. */
export function priorityByPlace({ self, members }: Members): number {
  return members.length - members.indexOf(self);
}
