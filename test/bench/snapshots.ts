/**
 * What snapshots cost those who write meanwhile: at half of full speed, latencies and delays of the event loops while
 * nothing else goes on, while replicas write snapshots, and while a replica that was away is sent one and catches up. All
 * in one run and in turns, since replicas write snapshots whenever their logs have grown: what was measured when is sorted
 * afterwards.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse, until } from '../cluster/until.js';
import { ageOut, appliedBy, caughtUp } from './absence.js';
import { fill, type Settings } from './compare.js';
import { startHalfLoad } from './half-load.js';
import type { LoopProbes } from './loop-probes.js';
import { during } from './run-load.js';
import { SnapshotWatch } from './snapshot-watch.js';
import { snapshotsReport } from './snapshots-report.js';
import { absence, Sorted, serving, writing } from './sorted.js';
import { addressesOf, givenSynod } from './synod-rival.js';
import { Timeline } from './timeline.js';

const writtenMs = 300_000;
/** Nobody's leader while all is well. */
const away = 2;

export async function snapshots(
  cluster: LocalCluster,
  probes: LoopProbes,
  keys: number,
  settings: Settings,
): Promise<string> {
  await fill(givenSynod(addressesOf(cluster)), keys, settings.valueBytes);
  const timeline = new Timeline();
  const ofMany = { ...settings, keys };
  const load = await startHalfLoad(cluster, ofMany);
  const watch = new SnapshotWatch(cluster, timeline, writing);
  await elapse(settings.warmUpMs);
  const began = Date.now();
  await during(load, playRounds(cluster, timeline, watch, ofMany));
  const over = timeline.begin(absence);
  load.finish();
  const result = await load.result;
  await watch.stop();
  await probes.dispose();
  over();
  const sorted = new Sorted(timeline, began, result, probes.delays);
  return snapshotsReport(
    cluster.places.map(({ name }) => name),
    keys,
    load.full,
    result,
    sorted,
  );
}

/** In each: every replica writes a snapshot, nothing happens for a while, one goes away and comes back. */
async function playRounds(
  cluster: LocalCluster,
  timeline: Timeline,
  watch: SnapshotWatch,
  settings: Settings,
): Promise<void> {
  for (let round = 0; round < settings.rounds; round++) {
    await allWrite(watch);
    await elapse(settings.durationMs);
    const { daemon } = cluster.place(away);
    const gone = timeline.begin(absence);
    const applied = await appliedBy(cluster, away);
    await daemon.terminate();
    await ageOut(cluster, applied, settings);
    const goal = await appliedBy(cluster, 0);
    daemon.start();
    // A process that starts holds up its own loop, and takes much of a processor: that is no cost of snapshots.
    await cluster.serving(away);
    const served = timeline.begin(serving);
    gone();
    await caughtUp(cluster, away, goal);
    served();
    await elapse(settings.durationMs);
  }
}

/** Waits until each replica has written a snapshot from its beginning to its end. */
async function allWrite({ written }: SnapshotWatch): Promise<void> {
  const before = written.slice();
  await until('each replica to write a snapshot', () => written.every((n, i) => n > (before[i] ?? 0) + 1), writtenMs);
}
