/**
 * The systems of a report: what they are started as, which of them are here, and what is to be known when their figures are
 * read.
 */
import { readFileSync } from 'node:fs';
import { startEtcd } from '../etcd-cluster.js';
import { peerNames, peers } from '../peers.js';
import type { Rival } from '../rival.js';
import { startSynod } from '../synod-rival.js';

export type SystemName = 'synod' | 'etcd' | 'zookeeper' | 'nats' | 'redis';

/** One that is installed. */
export interface System {
  readonly name: SystemName;
  readonly replicas: number;
  start(): Promise<Rival>;
}

export interface SystemFacts {
  readonly title: string;
  readonly short: string;
  readonly write: string;
  readonly read: string;
}

/** In the order of the table's columns. */
export const systemNames: readonly SystemName[] = [...peerNames, 'synod'];

export const systemFacts: Readonly<Record<SystemName, SystemFacts>> = {
  etcd: { title: 'etcd × 3', short: 'etcd', write: 'on the disks of a majority', read: 'linearizable' },
  zookeeper: {
    title: 'ZooKeeper × 3',
    short: 'ZooKeeper',
    write: 'on the disks of a majority',
    read: 'not linearizable: what the asked server has, which may be stale',
  },
  nats: {
    title: 'NATS JetStream KV × 3',
    short: 'NATS',
    write:
      'in files of a majority, but not synced: by default it does that every two minutes, so a power cut loses writes',
    read: 'not linearizable: what the asked replica has, which may be stale',
  },
  redis: {
    title: 'Redis, one node',
    short: 'Redis',
    write: 'on its disk (`appendfsync always`)',
    read: 'of a single node, which has no other',
  },
  synod: {
    title: 'Synod × 3',
    short: 'Synod',
    write: 'on the disks of a majority',
    read: 'linearizable, also through a follower',
  },
};

export interface Ground {
  /** Where data goes. */
  readonly parent: string;
  /** Options of Synod's daemons. */
  readonly passedOn: readonly string[];
}

/** The version that is here; undefined: it is not installed. */
export function versionOf(name: SystemName): string | undefined {
  if (name !== 'synod') return peers[name].version();
  const file = new URL('../../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Those of `names` that are installed, each with three replicas, but for Redis. */
export function installed(names: readonly SystemName[], { parent, passedOn }: Ground): readonly System[] {
  return names
    .filter((name) => versionOf(name) !== undefined)
    .map((name) => {
      if (name === 'synod') return synodOf(3, { parent, passedOn });
      return { name, replicas: name === 'redis' ? 1 : 3, start: () => peers[name].start(parent) };
    });
}

/** Those that can have so many replicas as one likes. */
export function ofReplicas(replicas: number, ground: Ground): readonly System[] {
  const etcd: System = { name: 'etcd', replicas, start: () => startEtcd(ground.parent, replicas) };
  return versionOf('etcd') === undefined ? [synodOf(replicas, ground)] : [etcd, synodOf(replicas, ground)];
}

function synodOf(replicas: number, { parent, passedOn }: Ground): System {
  return { name: 'synod', replicas, start: () => startSynod(parent, replicas, passedOn) };
}
