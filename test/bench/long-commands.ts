/**
 * Commands that have to do with every key of a large store, one after the other: how long each takes, how long it holds up
 * the event loop of any replica by its own measure, and whether the leader keeps its ballot. They are asked of a replica
 * that follows.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import { RawClient } from '../redis/raw-client.js';
import { fill, median, type Settings } from './compare.js';
import { keyOf } from './load.js';
import { table, whole } from './report.js';
import { addressesOf, givenSynod } from './synod-rival.js';

type Ask = (client: RawClient) => Promise<unknown>;

const one =
  (...argv: readonly string[]): Ask =>
  (client) =>
    client.send([argv]);

const commands: readonly (readonly [name: string, ask: Ask])[] = [
  // What the machine itself holds up.
  ['nothing, for a second', () => elapse(1_000)],
  ['KEYS *, refused', one('KEYS', '*')],
  ['KEYS that looks at all', one('KEYS', '*99*77')],
  ['SCAN of all, 1,000 at a time', scanAll],
  ['RANGE - +, 10,000 pairs', one('RANGE', '-', '+')],
  ['PREFIX of all, page by page', pageThrough],
  ['RANDOMKEY 1,000 times', (client) => client.send(Array.from({ length: 1_000 }, () => ['RANDOMKEY']))],
  ['20 of KEYS and RANGE at once', (client) => client.send(Array.from({ length: 20 }, (_, i) => heavy(i)))],
];

function heavy(i: number): readonly string[] {
  return i % 2 === 0 ? ['KEYS', '*99*77'] : ['RANGE', '-', '+'];
}

export async function longCommands(
  cluster: LocalCluster,
  keys: number,
  { valueBytes, rounds }: Settings,
): Promise<string> {
  await fill(givenSynod(addressesOf(cluster)), keys, valueBytes);
  // Who came to lead while the store was filled hands the lead back first.
  const follower = ((await cluster.settled(0)) + 1) % cluster.places.length;
  const client = await RawClient.open(cluster.place(follower).clientPort);
  const ballot = await ballotOf(cluster);
  const played = new Map(commands.map(([name]) => [name, [] as (readonly number[])[]]));
  for (let round = 0; round < rounds; round++)
    for (const [name, ask] of commands) played.get(name)?.push(await watched(cluster, () => ask(client)));
  const end = await watched(cluster, () => client.send([['FLUSHALL']]));
  client.close();
  const names = cluster.places.map(({ name }, i) => (i === follower ? `${name}, asked` : name));
  const title = `${whole(keys)} keys: ms that commands about all of them take, and that they hold up each event loop at most`;
  const rows = [...played, ['FLUSHALL, once', [end]] as const].map(([name, runs]) => [name, ...mediansOf(runs)]);
  const lead = (await ballotOf(cluster)) === ballot ? 'nobody else came to lead' : 'THE LEAD CHANGED';
  return [title, table([['', 'ms', ...names], ...rows]), `  medians of ${rounds}; ${lead}`, ''].join('\n');
}

/** How long it took, and the longest step of each event loop meanwhile, all in ms. */
async function watched(cluster: LocalCluster, ask: () => Promise<unknown>): Promise<readonly number[]> {
  for (const i of cluster.alive()) await cluster.ask(i, 'STATUS JSON RESET');
  const began = performance.now();
  await ask();
  const ms = performance.now() - began;
  return [ms, ...(await Promise.all(cluster.alive().map(async (i) => (await cluster.status(i)).loop?.maxMs ?? 0)))];
}

function mediansOf(runs: readonly (readonly number[])[]): readonly string[] {
  const columns = (runs[0] ?? []).map((_, at) => median(runs.map((run) => run[at] ?? 0)));
  return columns.map((ms, at) => (at === 0 ? whole(ms) : ms.toFixed(1)));
}

async function ballotOf(cluster: LocalCluster): Promise<string> {
  const { replicas, leader } = await cluster.status(0);
  return JSON.stringify(replicas.find(({ name }) => name === leader)?.ballot);
}

async function scanAll(client: RawClient): Promise<void> {
  let cursor = '0';
  do {
    const [reply = ''] = await client.send([['SCAN', cursor, 'COUNT', '1000']]);
    cursor = /^\*2\r\n\$\d+\r\n(\d+)/.exec(reply)?.[1] ?? '0';
  } while (cursor !== '0');
}

async function pageThrough(client: RawClient): Promise<void> {
  let after = keyOf(0);
  for (let pairs = 10_000; pairs === 10_000; ) {
    const [reply = ''] = await client.send([['PREFIX', 'key:', 'AFTER', after]]);
    const found = reply.match(/key:\d+/g) ?? [];
    pairs = found.length;
    after = found.at(-1) ?? after;
  }
}
