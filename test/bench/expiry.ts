/**
 * What it costs writers when many keys go in the same second: they are put with one deadline, at half of full speed writers go on
 * meanwhile, and their latencies and pauses while the keys go are held against those of a time in which nothing else happens.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse, until } from '../cluster/until.js';
import { RawClient } from '../redis/raw-client.js';
import type { Settings } from './compare.js';
import { startHalfLoad } from './half-load.js';
import { Histogram } from './histogram.js';
import { errorsOf, type LoadResult, longestGap, rateOf, sliceMs } from './load.js';
import { milliseconds, table, whole } from './report.js';
import { during } from './run-load.js';
import { targetLine } from './scenario.js';
import { Timeline } from './timeline.js';

const quiet = 'nothing else';
const putting = 'keys with a deadline are put';
const going = 'they go';
const shown = [quiet, putting, going] as const;

/** Of writers, while keys go: as when nothing else happens, or no more than anybody notices. */
const mostPauseMs = 50;

const pipeline = 1_000;
/** Of a key among all that are put, on a busy machine. */
const putMs = 0.05;
/** From the last put to the deadline of all, at least. */
const leastLifeMs = 1_000;
const goneMs = 60_000;

export async function expiry(cluster: LocalCluster, keys: number, settings: Settings): Promise<string> {
  const timeline = new Timeline();
  // Who came to lead at the start hands the lead back first.
  const leader = await cluster.settled(0);
  const load = await startHalfLoad(cluster, settings);
  await elapse(settings.warmUpMs + settings.durationMs);
  const client = await RawClient.open(cluster.place(1).clientPort);
  const tookMs = await during(load, playRounds(client, timeline, keys, settings));
  client.close();
  load.finish();
  const result = await load.result;
  const isSame = (await cluster.settled()) === leader;
  return [
    `writes at ${whole(rateOf(result))}/s; full speed ${whole(load.full)}/s; ${whole(keys)} keys went within ${tookMs.map(whole).join(', ')} ms of one moment`,
    table([
      ['meanwhile', 'writes', 'p50 ms', 'p99', 'p99.9', 'max', 'longest pause'],
      ...shown.map((what) => rowOf(what, timeline, result)),
    ]),
    `  ${targetLine(`no pause of writes over ${mostPauseMs} ms while they go`, pauseIn(going, timeline, result) <= mostPauseMs)}`,
    `  errors of clients: ${errorsOf(result) + result.lost}; ${isSame ? 'nobody else came to lead' : 'THE LEAD CHANGED'}`,
    '',
  ].join('\n');
}

/** Returns how long the keys took to go, from their deadline on, in each round. */
async function playRounds(client: RawClient, timeline: Timeline, keys: number, settings: Settings): Promise<number[]> {
  const tookMs: number[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const calm = timeline.begin(quiet);
    await elapse(settings.durationMs);
    calm();
    const fill = timeline.begin(putting);
    const deadline = Date.now() + leastLifeMs + keys * putMs;
    await putAll(client, keys, deadline, settings.valueBytes);
    fill();
    const all = await size(client);
    await elapse(Math.max(0, deadline - Date.now()));
    const gone = timeline.begin(going);
    await until('the keys to go', async () => (await size(client)) <= all - keys, goneMs);
    gone();
    tookMs.push(Date.now() - deadline);
  }
  return tookMs;
}

async function putAll(client: RawClient, keys: number, deadline: number, valueBytes: number): Promise<void> {
  const value = 'v'.repeat(valueBytes);
  for (let from = 0; from < keys; from += pipeline) {
    const count = Math.min(pipeline, keys - from);
    await client.send(
      Array.from({ length: count }, (_, i) => ['SET', `goes:${from + i}`, value, 'PXAT', String(Math.ceil(deadline))]),
    );
  }
  if (Date.now() >= deadline) throw new Error('putting the keys took longer than they were to live');
}

async function size(client: RawClient): Promise<number> {
  const [reply = ''] = await client.send([['DBSIZE']]);
  return Number(reply.slice(1));
}

function rowOf(what: string, timeline: Timeline, result: LoadResult): readonly string[] {
  const own = new Histogram();
  for (const { startWallMs, latencies } of result.slices)
    if (timeline.during(what, startWallMs, startWallMs + sliceMs)) own.merge(latencies);
  const figures = [own.percentile(0.5), own.percentile(0.99), own.percentile(0.999), own.largest];
  return [
    what,
    whole(own.total),
    ...figures.map((micros) => milliseconds(micros / 1000)),
    milliseconds(pauseIn(what, timeline, result)),
  ];
}

/** In ms. */
function pauseIn(what: string, { windows }: Timeline, result: LoadResult): number {
  return Math.max(0, ...windows.filter((window) => window.what === what).map((window) => longestGap(result, window)));
}
