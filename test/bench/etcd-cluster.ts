/**
 * A three-member etcd with its own defaults, on this machine, for comparison: same disk, same number of members, every
 * acknowledged write on a majority's disk. Started only when the program is installed (Debian: etcd-server).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import type { Address } from './load.js';
import { end, type Rival } from './rival.js';

const host = '127.0.0.1';
const members = 3;

export const etcdInstalled = (): boolean => spawnSync('etcd', ['--version']).status === 0;

/** `parent` is the directory in which the data goes; it should be on the disk on which Synod's is. */
export async function startEtcd(parent: string): Promise<EtcdCluster> {
  const directory = await mkdtemp(join(parent, 'bench-etcd-'));
  const ports = await freePorts(members * 2);
  const places = Array.from({ length: members }, (_, i) => ({
    name: `m${i}`,
    client: { host, port: ports[i] ?? 0 },
    peer: `http://${host}:${ports[members + i] ?? 0}`,
  }));
  const initial = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const start = ({ name, client, peer }: (typeof places)[number]): ChildProcess => {
    const url = `http://${host}:${client.port}`;
    const flags = ['--name', name, '--data-dir', join(directory, name), '--initial-cluster', initial];
    flags.push('--listen-client-urls', url, '--advertise-client-urls', url);
    flags.push('--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--log-level', 'error');
    return spawn('etcd', flags, { stdio: 'ignore' });
  };
  const running = places.map(start);
  const all = places.map(({ client }) => client);
  const rival = {
    name: 'etcd',
    wire: 'etcd' as const,
    all,
    leader: () => until('an etcd leader', () => leaderOf(all), 20_000),
    async stop(): Promise<void> {
      await Promise.all(running.map((child) => end(child, 'SIGKILL')));
      await rm(directory, { recursive: true, force: true });
    },
    kill: (i: number, signal: NodeJS.Signals): Promise<void> => end(child(running, i), signal),
    pid: (i: number): number => child(running, i).pid ?? 0,
    restart(i: number): void {
      const place = places[i];
      if (place !== undefined) running[i] = start(place);
    },
  };
  await rival.leader();
  return rival;
}

/** Members are known by their place in `all`. */
export interface EtcdCluster extends Rival {
  pid(i: number): number;
  kill(i: number, signal: NodeJS.Signals): Promise<void>;
  restart(i: number): void;
}

function child(running: readonly ChildProcess[], i: number): ChildProcess {
  const found = running[i];
  if (found === undefined) throw new Error(`there is no member ${i}`);
  return found;
}

/** Asks every member whether it is the one it believes to lead; its JSON gateway is enough for that. */
async function leaderOf(all: readonly Address[]): Promise<Address | undefined> {
  for (const address of all) {
    try {
      const url = `http://${address.host}:${address.port}/v3/maintenance/status`;
      const answer = await fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(1000) });
      const status = (await answer.json()) as { header?: { member_id?: string }; leader?: string };
      if (status.leader !== undefined && status.leader === status.header?.member_id) return address;
    } catch {
      // A member that is down does not lead; the caller asks again.
    }
  }
  return undefined;
}
