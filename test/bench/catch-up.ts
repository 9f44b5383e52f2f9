/**
 * How long a replica needs to catch up when nobody has its slots any more, while clients write at half of full speed, and how
 * long writers wait meanwhile: once after an absence, once with an emptied directory, as a learner.
 */
import { rm } from 'node:fs/promises';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import { ageOut, appliedBy, caughtUp } from './absence.js';
import { fill, type Settings } from './compare.js';
import { startHalfLoad } from './half-load.js';
import { errorsOf, type LoadResult, longestGap, rateOf } from './load.js';
import { table, whole } from './report.js';
import { during } from './run-load.js';
import { targetLine } from './scenario.js';
import { addressesOf, givenSynod } from './synod-rival.js';
import { Timeline } from './timeline.js';

const mostMs = 20_000;
const mostPauseMs = 100;
const aWhileMs = 3_000;
/** Nobody's leader while all is well. */
const away = 2;

export async function catchUp(cluster: LocalCluster, keys: number, settings: Settings): Promise<string> {
  const ofMany = { ...settings, keys };
  await fill(givenSynod(addressesOf(cluster)), keys, settings.valueBytes);
  const timeline = new Timeline();
  const load = await startHalfLoad(cluster, ofMany);
  await during(load, comeBackTwice(cluster, timeline, ofMany));
  load.finish();
  return report(keys, load.full, timeline, await load.result);
}

async function comeBackTwice(cluster: LocalCluster, timeline: Timeline, settings: Settings): Promise<void> {
  await elapse(settings.warmUpMs);
  const usual = timeline.begin('all are there');
  await elapse(settings.durationMs);
  usual();
  await comeBack(cluster, 'back after an absence', timeline, settings, async () => undefined);
  await comeBack(cluster, 'back with an empty directory', timeline, settings, (data) => rm(data, { recursive: true }));
}

/** `meanwhile` is done to its data while it is away. */
async function comeBack(
  cluster: LocalCluster,
  what: string,
  timeline: Timeline,
  settings: Settings,
  meanwhile: (data: string) => Promise<void>,
): Promise<void> {
  const { daemon, data } = cluster.place(away);
  const applied = await appliedBy(cluster, away);
  await daemon.terminate();
  await ageOut(cluster, applied, settings);
  await meanwhile(data);
  const goal = await appliedBy(cluster, 0);
  const over = timeline.begin(what);
  daemon.start();
  await caughtUp(cluster, away, goal);
  over();
  await elapse(aWhileMs);
}

function report(keys: number, full: number, timeline: Timeline, result: LoadResult): string {
  const rows = timeline.windows.map((window) => [
    window.what,
    ((window.to - window.from) / 1000).toFixed(1),
    whole(longestGap(result, window)),
  ]);
  const returns = timeline.windows.slice(1);
  const slowest = Math.max(...returns.map(({ from, to }) => to - from));
  const longest = Math.max(...returns.map((window) => longestGap(result, window)));
  return [
    `catching up on ${whole(keys)} keys; full speed ${whole(full)}/s, writes at ${whole(rateOf(result))}/s`,
    table([['', 'seconds', 'longest pause of writes, ms'], ...rows]),
    `  ${targetLine(`caught up within ${mostMs / 1000} s`, slowest <= mostMs)}`,
    `  ${targetLine(`no pause of writes over ${mostPauseMs} ms`, longest <= mostPauseMs)}`,
    `  errors of clients: ${errorsOf(result) + result.lost}`,
    '',
  ].join('\n');
}
