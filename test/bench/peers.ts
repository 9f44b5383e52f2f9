/** The systems that Synod is compared with, by their names: whether they are installed, and how they are started. */
import { spawnSync } from 'node:child_process';
import { startEtcd } from './etcd-cluster.js';
import { startNats } from './nats-cluster.js';
import { startRedis } from './redis-server.js';
import type { Rival } from './rival.js';
import { startZooKeeper, zooKeeperJar } from './zookeeper-cluster.js';

export const peerNames = ['etcd', 'zookeeper', 'nats', 'redis'] as const;
export type PeerName = (typeof peerNames)[number];

export interface Peer {
  /** The version that is installed; undefined: it is not. */
  version(): string | undefined;
  /** `parent` is the directory in which its data goes; it should be on the disk on which Synod's is. */
  start(parent: string): Promise<Rival>;
}

export const peers: Readonly<Record<PeerName, Peer>> = {
  etcd: { version: () => told('etcd', '--version'), start: startEtcd },
  zookeeper: {
    version: () => told('java', '-cp', zooKeeperJar, 'org.apache.zookeeper.version.VersionInfoMain'),
    start: startZooKeeper,
  },
  nats: { version: () => told('nats-server', '--version'), start: startNats },
  redis: { version: () => told('redis-server', '--version'), start: startRedis },
};

/** The first number with dots in what a program says of itself. */
function told(program: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
}
