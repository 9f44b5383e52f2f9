/** Synod as something to put load on: a cluster started for the bench, or one that runs already. */
import { must } from '#src/base/assert.js';
import type { FullStatus } from '#src/node/service.js';
import { InlineClient } from '../cluster/inline-client.js';
import { LocalCluster } from '../cluster/local-cluster.js';
import { until } from '../cluster/until.js';
import { type Address, parseAddress } from './load.js';
import type { Progress, Rival } from './rival.js';

/** A fresh cluster; its data goes under `parent`. */
export async function startSynod(parent: string, replicas: number, options: readonly string[]): Promise<Rival> {
  const cluster = await LocalCluster.start({ parent, replicas, options });
  return {
    ...givenSynod(addressesOf(cluster)),
    pids: () => cluster.places.map(({ daemon }) => daemon.pid),
    commandLine: ['node dist/daemon.js', ...cluster.daemon(0).args].join(' ').replaceAll(cluster.directory, 'DATA'),
    stop: () => cluster.dispose(),
  };
}

export function addressesOf(cluster: LocalCluster): readonly Address[] {
  return cluster.places.map(({ clientPort }) => ({ host: '127.0.0.1', port: clientPort }));
}

/** One that runs already, known by the addresses for its clients. */
export function givenSynod(all: readonly Address[]): Rival {
  return {
    name: 'synod',
    wire: 'inline',
    all,
    leader: () => until('a leader', () => askLeader(all), 20_000),
    pids: () => [],
    commandLine: '',
    progress: () => askProgress(all),
    stop: () => Promise.resolve(),
  };
}

async function askProgress(all: readonly Address[]): Promise<Progress> {
  const { host, port } = must(all[0], 'a replica');
  const client = await InlineClient.open(port, host);
  const status = JSON.parse(await client.request('STATUS JSON')) as FullStatus;
  client.close();
  return { commands: status.revision, slots: status.replicas.find(({ self }) => self)?.applied ?? 0 };
}

async function askLeader(all: readonly Address[]): Promise<Address | undefined> {
  const [first] = all;
  if (first === undefined) return undefined;
  const client = await InlineClient.open(first.port, first.host);
  const [, address] = (await client.request('WHO')).split(' ');
  client.close();
  return address?.includes(':') ? parseAddress(address) : undefined;
}
