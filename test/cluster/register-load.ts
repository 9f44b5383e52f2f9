/**
 * Clients that put a cluster under load while a test does something to it: on each replica, writers with a register each and
 * readers that read everybody's. What they saw is checked by `RegisterHistory`; errors and lost connections are noted with the
 * replica they came from, so that a test can say who may have had any.
 */
import { ConnectionLost, type InlineClient } from './inline-client.js';
import type { LocalCluster } from './local-cluster.js';
import { RegisterHistory } from './register-history.js';
import { elapse } from './until.js';

const redialMs = 20;

export interface LoadOptions {
  /** Per replica. */
  readonly writers: number;
  readonly readers: number;
  /** Replicas with clients. */
  readonly on: readonly number[];
}

export class RegisterLoad {
  readonly history = new RegisterHistory();
  /** Error replies, by replica. */
  readonly errors = new Map<number, string[]>();
  /** Broken or refused connections, by replica. */
  readonly lost = new Map<number, number>();
  /** Acknowledged writes, by replica. */
  readonly acknowledged = new Map<number, number>();
  readonly #cluster: LocalCluster;
  readonly #clients: Promise<void>[] = [];
  #running = true;
  #keysUsed = 0;

  private constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
  }

  static start(cluster: LocalCluster, options: Partial<LoadOptions> = {}): RegisterLoad {
    const { writers, readers, on } = { writers: 4, readers: 2, on: cluster.places.map((_, i) => i), ...options };
    const load = new RegisterLoad(cluster);
    for (const replica of on) {
      for (let n = 0; n < writers; n++)
        load.#clients.push(load.#keep(replica, (client) => load.#write(replica, client)));
      for (let n = 0; n < readers; n++)
        load.#clients.push(load.#keep(replica, (client) => load.#read(replica, client)));
    }
    return load;
  }

  /** Lets everything under way end. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  /** Ends without waiting, for a test that has failed: what is under way ends with the daemons. */
  abandon(): void {
    this.#running = false;
  }

  /** Acknowledged writes on the given replicas. */
  progress(on: readonly number[]): number {
    return on.reduce((sum, i) => sum + (this.acknowledged.get(i) ?? 0), 0);
  }

  /** Reads every register once more, through the given replica. */
  async readAll(replica: number): Promise<void> {
    const client = await this.#cluster.client(replica);
    for (const key of this.history.keys) await this.#readOnce(replica, client, key);
    client.close();
  }

  async #keep(replica: number, use: (client: InlineClient) => Promise<void>): Promise<void> {
    while (this.#running) {
      try {
        const client = await this.#cluster.client(replica);
        try {
          await use(client);
        } finally {
          client.close();
        }
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.lost.set(replica, (this.lost.get(replica) ?? 0) + 1);
        if (this.#running) await elapse(redialMs);
      }
    }
  }

  async #write(replica: number, client: InlineClient): Promise<void> {
    const key = `register:${this.#keysUsed++}`;
    for (let value = 1; this.#running; value++) {
      this.history.writeBegins(key, value);
      const reply = await client.request(`PUT ${key} ${value}`);
      if (reply === 'OK') {
        this.history.writeAcknowledged(key, value);
        this.acknowledged.set(replica, (this.acknowledged.get(replica) ?? 0) + 1);
        continue;
      }
      this.#noteError(replica, reply);
      if (!/^ERROR (NOQUORUM|BUSY) /.test(reply)) return;
      this.history.writeRefused(key, value);
    }
  }

  async #read(replica: number, client: InlineClient): Promise<void> {
    for (let n = 0; this.#running; n++) {
      const { keys } = this.history;
      const key = keys[n % keys.length];
      if (key === undefined) await elapse(1);
      else await this.#readOnce(replica, client, key);
    }
  }

  async #readOnce(replica: number, client: InlineClient, key: string): Promise<void> {
    const least = this.history.readBegins(key);
    const reply = await client.request(`GET ${key}`);
    if (reply.startsWith('ERROR ')) this.#noteError(replica, reply);
    else this.history.readEnds(key, least, reply === '(nil)' ? 0 : Number(reply), this.#cluster.place(replica).name);
  }

  #noteError(replica: number, reply: string): void {
    const list = this.errors.get(replica) ?? [];
    list.push(reply);
    this.errors.set(replica, list);
  }
}
