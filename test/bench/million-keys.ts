/**
 * Puts a million keys and watches how long the event loop of each daemon is ever held up meanwhile: by its own measure (STATUS
 * JSON, `loop`), and from outside by the longest answer to PING, which needs no other replica but also contains what the
 * machine's own scheduling costs. How much that is this process tells, which has next to nothing to do.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import { fill } from './compare.js';
import { rateOf } from './load.js';
import { table, whole } from './report.js';
import { addressesOf, givenSynod } from './synod-rival.js';

const pingEveryMs = 5;
const nanosPerMs = 1e6;

export async function millionKeys(cluster: LocalCluster, keys: number, valueBytes: number): Promise<string> {
  let watching = true;
  for (const i of cluster.alive()) await cluster.ask(i, 'STATUS JSON RESET');
  const watches = cluster.places.map((_, i) => watch(cluster, i, () => watching));
  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  const result = await fill(givenSynod(addressesOf(cluster)), keys, valueBytes);
  own.disable();
  watching = false;
  const longest = await Promise.all(watches);
  const rows = await Promise.all(
    cluster.places.map(async ({ name }, i) => {
      const { loop } = await cluster.status(i);
      return [name, loop?.maxMs.toFixed(1) ?? 'not told', (longest[i] ?? 0).toFixed(1)];
    }),
  );
  const title = `${whole(keys)} keys put in ${result.seconds.toFixed(1)} s (${whole(rateOf(result))}/s)`;
  rows.push(['a process that waits', (own.max / nanosPerMs).toFixed(1), '']);
  return [title, table([['', 'longest step of its loop, ms', 'longest PING, ms'], ...rows]), ''].join('\n');
}

async function watch(cluster: LocalCluster, i: number, going: () => boolean): Promise<number> {
  const client = await cluster.client(i);
  let longest = 0;
  while (going()) {
    const began = performance.now();
    await client.request('PING');
    longest = Math.max(longest, performance.now() - began);
    await elapse(pingEveryMs);
  }
  client.close();
  return longest;
}
