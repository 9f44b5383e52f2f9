/**
 * A replica that is away while its slots are trimmed everywhere else, and comes back: what to wait for. It can only catch up by
 * a snapshot then.
 */
import { must } from '#src/base/assert.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { until } from '../cluster/until.js';
import type { Settings } from './compare.js';
import { startFullLoad } from './half-load.js';
import { during } from './run-load.js';

const agesMs = 600_000;
const returnMs = 180_000;
/** What is under way between leader and followers under load. */
const fewSlots = 20;

/** The slot up to which replica `i` has applied. */
export async function appliedBy(cluster: LocalCluster, i: number): Promise<number> {
  return must((await cluster.statusOf(i, i)).applied, 'what a replica says of itself');
}

/** Writes at full speed until nobody who is alive has the slot after `applied` in its log. */
export async function ageOut(cluster: LocalCluster, applied: number, settings: Settings): Promise<void> {
  const load = await startFullLoad(cluster, settings);
  await during(load, agedOut(cluster, applied));
  load.finish();
  await load.result;
}

async function agedOut(cluster: LocalCluster, applied: number): Promise<void> {
  const among = cluster.alive();
  await until(
    `slot ${applied + 1} to be trimmed by all who are there`,
    async () => {
      const seen = await Promise.all(among.map((i) => cluster.status(i)));
      return seen.every((status) => status.firstSlot > applied + 1);
    },
    agesMs,
  );
}

/** Waits until replica `i` is at most a few slots behind, and at `atLeast` at least. */
export async function caughtUp(cluster: LocalCluster, i: number, atLeast: number): Promise<void> {
  await until(
    `${cluster.place(i).name} to catch up`,
    async () => {
      const { applied, lagSlots } = await cluster.statusOf(i, i);
      return applied !== null && applied >= atLeast && lagSlots !== null && lagSlots <= fewSlots;
    },
    returnMs,
  );
}
