/**
 * Rounds of the worst that can happen to a cluster short of losing disks: all replicas are killed at once while clients write,
 * and started again. Every write is of a key of its own, so every single acknowledgement can be held against the store.
 */
import { ConnectionLost, type InlineClient } from './inline-client.js';
import type { LocalCluster } from './local-cluster.js';
import { elapse, until } from './until.js';

const writersPerReplica = 8;
const pipelined = 16;
const askedAtOnce = 500;

export interface RoundReport {
  readonly acknowledged: number;
  /** Acknowledged writes that are not there, or have another value, by key. */
  readonly missing: readonly string[];
  /** Error replies before the kill. */
  readonly errors: readonly string[];
}

/** One round; `atLeastMs` of load before the kill. The cluster runs before and after. */
export async function killAllRound(cluster: LocalCluster, round: number, atLeastMs: number): Promise<RoundReport> {
  const acknowledged = new Map<string, string>();
  const errors: string[] = [];
  const writers = cluster.places.flatMap((_, i) =>
    Array.from({ length: writersPerReplica }, (_none, n) =>
      writeUntilKilled(cluster, i, `round${round}:replica${i}:writer${n}`, acknowledged, errors),
    ),
  );
  await elapse(atLeastMs);
  await until('a first acknowledged write', () => acknowledged.size > 0);
  await Promise.all(cluster.places.map(({ daemon }) => daemon.kill()));
  await Promise.all(writers);
  for (const { daemon } of cluster.places) daemon.start();
  await cluster.settled();
  const missing = await notThere(cluster, round % cluster.places.length, acknowledged);
  return { acknowledged: acknowledged.size, missing, errors };
}

async function writeUntilKilled(
  cluster: LocalCluster,
  replica: number,
  prefix: string,
  acknowledged: Map<string, string>,
  errors: string[],
): Promise<void> {
  const client = await cluster.client(replica);
  for (let n = 0; ; n += pipelined) {
    const keys = Array.from({ length: pipelined }, (_, i) => `${prefix}:${n + i}`);
    const outcomes = await Promise.allSettled(
      keys.map(async (key, i) => {
        const reply = await client.request(`PUT ${key} ${n + i}`);
        if (reply === 'OK') acknowledged.set(key, String(n + i));
        else errors.push(reply);
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed?.reason instanceof ConnectionLost) return;
    if (failed !== undefined) throw failed.reason;
  }
}

async function notThere(
  cluster: LocalCluster,
  replica: number,
  acknowledged: ReadonlyMap<string, string>,
): Promise<string[]> {
  const client: InlineClient = await cluster.client(replica);
  const entries = [...acknowledged];
  const missing: string[] = [];
  for (let from = 0; from < entries.length; from += askedAtOnce) {
    const asked = entries.slice(from, from + askedAtOnce);
    const replies = await client.requests(asked.map(([key]) => `GET ${key}`));
    asked.forEach(([key, value], i) => {
      if (replies[i] !== value) missing.push(`${key}: ${replies[i]}`);
    });
  }
  client.close();
  return missing;
}
