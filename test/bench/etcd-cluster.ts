/**
 * An etcd cluster with its own defaults, on this machine, for comparison: same disk, same number of members, every
 * acknowledged write on a majority's disk. Started only when the program is installed (Debian: etcd-server).
 */
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import type { Address } from './load.js';
import { type Command, Members } from './members.js';
import type { Rival } from './rival.js';

const host = '127.0.0.1';

/** `parent` is the directory in which the data goes; it should be on the disk on which Synod's is. */
export async function startEtcd(parent: string, count = 3): Promise<EtcdCluster> {
  const ports = await freePorts(count * 2);
  const places = Array.from({ length: count }, (_, i) => ({
    name: `m${i}`,
    client: { host, port: ports[i] ?? 0 },
    peer: `http://${host}:${ports[count + i] ?? 0}`,
  }));
  const initial = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const members = await Members.start(parent, 'etcd', (directory) =>
    places.map(({ name, client, peer }): Command => {
      const url = `http://${host}:${client.port}`;
      const args = ['--name', name, '--data-dir', `${directory}/${name}`, '--initial-cluster', initial];
      args.push('--listen-client-urls', url, '--advertise-client-urls', url);
      args.push('--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--log-level', 'error');
      return { program: 'etcd', args };
    }),
  );
  const all = places.map(({ client }) => client);
  const rival = {
    name: 'etcd',
    wire: 'etcd' as const,
    all,
    leader: () => until('an etcd leader', () => leaderOf(all), 20_000),
    pids: () => members.pids,
    commandLine: members.commandLine,
    stop: () => members.stop(),
    kill: (i: number, signal: NodeJS.Signals) => members.kill(i, signal),
    restart: (i: number) => members.restart(i),
  };
  await members.serving(rival.leader());
  return rival;
}

/** Members are known by their place in `all`. */
export interface EtcdCluster extends Rival {
  kill(i: number, signal: NodeJS.Signals): Promise<void>;
  restart(i: number): void;
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
