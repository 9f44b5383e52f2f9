/**
 * A cluster of real daemons for a test: on free ports of the loopback interface, or each in a home of its own, with its data in a
 * directory of its own on the real disk. Replicas are named a, b, c … in the order of the list, so a leads when all is well. With
 * `proxied`, every replica reaches every other through a proxy of its own, so that a test can cut single links.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '#src/base/assert.js';
import type { FullStatus, ReplicaStatus } from '#src/node/service.js';
import { Daemon } from './daemon.js';
import { freePorts } from './free-ports.js';
import { InlineClient } from './inline-client.js';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

/** Much more than an election takes, also on a machine that does many other things. */
const settleMs = 60_000;

/** Where a replica lives: `within` is put before the command that starts it there. */
export interface Home {
  readonly host: string;
  readonly within: readonly string[];
}

const loopback: Home = { host: '127.0.0.1', within: [] };

export interface ClusterOptions {
  readonly replicas: number;
  /** For every daemon. */
  readonly options: readonly string[];
  /** Between homes on the loopback interface only. */
  readonly proxied: boolean;
  /** In the order of replicas; who is missing lives on the loopback interface. */
  readonly homes: readonly Home[];
  /** Where the data directory is made. */
  readonly parent: string;
}

export interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly clientPort: number;
  readonly data: string;
  readonly daemon: Daemon;
}

export class LocalCluster {
  readonly directory: string;
  readonly places: readonly Place[];
  /** By dialling replica, then by the one dialled. */
  readonly #proxies: ReadonlyMap<number, ReadonlyMap<number, TcpProxy>>;

  private constructor(
    directory: string,
    places: readonly Place[],
    proxies: ReadonlyMap<number, Map<number, TcpProxy>>,
  ) {
    this.directory = directory;
    this.places = places;
    this.#proxies = proxies;
  }

  /** Nothing is started yet. */
  static async prepare(given: Partial<ClusterOptions> = {}): Promise<LocalCluster> {
    const { replicas, options, proxied, homes, parent } = {
      replicas: 3,
      options: [],
      proxied: false,
      homes: [],
      parent: tmpdir(),
      ...given,
    };
    const directory = await mkdtemp(join(parent, 'synod-cluster-'));
    const ports = await freePorts(replicas * 2);
    const portOf = (i: number): number => ports[i] ?? 0;
    const all = Array.from({ length: replicas }, (_, i) => i);
    const proxies = proxied ? await makeProxies(all, portOf) : new Map<number, Map<number, TcpProxy>>();
    const nameOf = (i: number): string => String.fromCharCode('a'.charCodeAt(0) + i);
    const homeOf = (i: number): Home => homes[i] ?? loopback;
    const places = all.map((i) => {
      const { host, within } = homeOf(i);
      const dialled = (j: number): number => proxies.get(i)?.get(j)?.port ?? portOf(j);
      const list = all.map((j) => `${nameOf(j)}=${homeOf(j).host}:${dialled(j)}`);
      const clientPort = portOf(replicas + i);
      const data = join(directory, nameOf(i));
      const own = ['--name', nameOf(i), '--client', `${host}:${clientPort}`, '--data', data, '--log-format', 'json'];
      const daemon = new Daemon([`${host}:${portOf(i)}`, ...list, ...own, ...options], within);
      return { name: nameOf(i), host, port: portOf(i), clientPort, data, daemon };
    });
    return new LocalCluster(directory, places, proxies);
  }

  /** All started, with a leader that everybody knows; not always a at first, when the machine is busy. */
  static async start(given: Partial<ClusterOptions> = {}): Promise<LocalCluster> {
    const cluster = await LocalCluster.prepare(given);
    try {
      for (const { daemon } of cluster.places) daemon.start();
      await Promise.race([cluster.settled(), ...cluster.places.map(({ daemon }) => daemon.ended)]);
      const dead = cluster.places.find(({ daemon }) => !daemon.alive);
      if (dead !== undefined) throw new Error(`${dead.name} ended at once`);
      return cluster;
    } catch (error) {
      const said = cluster.said();
      await cluster.dispose();
      throw new Error(`the cluster did not start\n${said}`, { cause: error });
    }
  }

  place(i: number): Place {
    return must(this.places[i], `replica ${i}`);
  }

  daemon(i: number): Daemon {
    return this.place(i).daemon;
  }

  client(i: number): Promise<InlineClient> {
    const { clientPort, host } = this.place(i);
    return InlineClient.open(clientPort, host);
  }

  /** One request on a connection of its own. */
  async ask(i: number, line: string): Promise<string> {
    const client = await this.client(i);
    try {
      return await client.request(line);
    } finally {
      client.close();
    }
  }

  async status(i: number): Promise<FullStatus> {
    return JSON.parse(await this.ask(i, 'STATUS JSON')) as FullStatus;
  }

  /** The line of replica `of` in the status that replica `i` shows. */
  async statusOf(i: number, of: number): Promise<ReplicaStatus> {
    const { replicas } = await this.status(i);
    return must(replicas[of], `status of replica ${of}`);
  }

  /** Waits until every living replica says that `leader` (any, when undefined) leads and is established; returns which. */
  settled(leader?: number, among = this.alive(), limitMs = settleMs): Promise<number> {
    const wanted = leader === undefined ? 'a leader' : `${this.place(leader).name} to lead`;
    return until(
      `${wanted} as seen by ${among.map((i) => this.place(i).name).join(', ')}`,
      async () => {
        const seen = await Promise.all(among.map((i) => this.status(i)));
        const first = this.places.findIndex(({ name }) => name === seen[0]?.leader);
        const agree = seen.every((status) => status.leader === seen[0]?.leader && status.established);
        if (first < 0 || !agree || (leader !== undefined && leader !== first)) return undefined;
        return { leader: first };
      },
      limitMs,
    ).then((found) => found.leader);
  }

  /** Waits until replica `i` takes clients. */
  async serving(i: number, limitMs = settleMs): Promise<void> {
    await until(`${this.place(i).name} to take clients`, () => this.ask(i, 'PING'), limitMs);
  }

  alive(): readonly number[] {
    return this.places.flatMap(({ daemon }, i) => (daemon.alive ? [i] : []));
  }

  /** Both directions of dialling between two replicas. */
  cut(i: number, j: number): void {
    this.#between(i, j, (proxy) => proxy.cut());
  }

  heal(i: number, j: number): void {
    this.#between(i, j, (proxy) => proxy.heal());
  }

  healAll(): void {
    for (const row of this.#proxies.values()) for (const proxy of row.values()) proxy.heal();
  }

  /** What replica `i` dials to reach `j`. */
  proxy(i: number, j: number): TcpProxy {
    return must(this.#proxies.get(i)?.get(j), `a proxy from ${i} to ${j}`);
  }

  /** What the daemons said last, for the message of a failure. */
  said(): string {
    return this.places.map(({ name, daemon }) => `--- ${name}\n${daemon.output}`).join('\n');
  }

  /** Ends the daemons that it started and deletes their data. */
  async dispose(): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Ends the daemons that it started and leaves their data. */
  async end(): Promise<void> {
    await Promise.all(this.places.map(({ daemon }) => daemon.kill()));
    for (const row of this.#proxies.values()) for (const proxy of row.values()) await proxy.close();
  }

  #between(i: number, j: number, act: (proxy: TcpProxy) => void): void {
    act(this.proxy(i, j));
    act(this.proxy(j, i));
  }
}

async function makeProxies(all: readonly number[], portOf: (i: number) => number) {
  const proxies = new Map<number, Map<number, TcpProxy>>();
  for (const i of all) {
    const row = new Map<number, TcpProxy>();
    for (const j of all.filter((other) => other !== i)) {
      const [port = 0] = await freePorts(1);
      row.set(j, await TcpProxy.listen(port, portOf(j)));
    }
    proxies.set(i, row);
  }
  return proxies;
}
