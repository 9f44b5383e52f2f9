/**
 * What is measured of Synod alone: latencies at half of what it can do, and what a cluster costs that nobody asks for
 * anything.
 */
import { cpuSeconds } from '../../cluster/cpu.js';
import { LocalCluster } from '../../cluster/local-cluster.js';
import { residentMiB } from '../../cluster/memory.js';
import { elapse } from '../../cluster/until.js';
import { fill, median } from '../compare.js';
import { startHalfLoad } from '../half-load.js';
import { during } from '../run-load.js';
import { addressesOf, givenSynod } from '../synod-rival.js';
import { type IdlePace, type Pace, usual } from './plan.js';
import type { Ground } from './system.js';

const settleMs = 3000;
const bytesOfMiB = 2 ** 20;

export interface HalfFigures {
  /** Puts a second that 64 clients with 16 in flight each reached, and that were then sent at an even pace. */
  readonly full: number;
  readonly paced: number;
  readonly p50: number;
  readonly p99: number;
}

/** Of the replica that uses most. */
export interface IdleFigures {
  /** Share of a core, at the end. */
  readonly cpu: number;
  /** The same in the beginning. */
  readonly cpuAtFirst: number;
  /** Resident. */
  readonly bytes: number;
}

async function onCluster<T>({ parent, passedOn }: Ground, work: (cluster: LocalCluster) => Promise<T>): Promise<T> {
  const cluster = await LocalCluster.start({ parent, replicas: 3, options: passedOn });
  try {
    return await work(cluster);
  } finally {
    await cluster.dispose();
  }
}

/** Medians of the rounds, each on a cluster of its own. */
export async function measureHalf(ground: Ground, pace: Pace): Promise<HalfFigures> {
  const rounds: HalfFigures[] = [];
  while (rounds.length < pace.rounds) rounds.push(await onCluster(ground, (cluster) => halfOf(cluster, pace)));
  const of = (figure: (round: HalfFigures) => number): number => median(rounds.map(figure));
  return {
    full: of(({ full }) => full),
    paced: of(({ paced }) => paced),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
  };
}

async function halfOf(cluster: LocalCluster, pace: Pace): Promise<HalfFigures> {
  await fill(givenSynod(addressesOf(cluster)), usual.keys, usual.valueBytes);
  const load = await startHalfLoad(cluster, { ...usual, ...pace, spread: false });
  await during(load, elapse(pace.warmUpMs + pace.durationMs));
  load.finish();
  const { operations, seconds, latencyMs } = await load.result;
  return { full: load.full, paced: operations / seconds, p50: latencyMs.p50, p99: latencyMs.p99 };
}

export function measureIdle(ground: Ground, { forMs, againAfterMs }: IdlePace): Promise<IdleFigures> {
  return onCluster(ground, async ({ places }) => {
    const pids = places.map(({ daemon }) => daemon.pid);
    await elapse(settleMs);
    const cpuAtFirst = await mostUsed(pids, forMs);
    await elapse(againAfterMs);
    const cpu = await mostUsed(pids, forMs);
    return { cpu, cpuAtFirst, bytes: Math.max(...pids.map(residentMiB)) * bytesOfMiB };
  });
}

/** The share of a core of the process that uses most. */
async function mostUsed(pids: readonly number[], forMs: number): Promise<number> {
  const before = pids.map(cpuSeconds);
  const began = performance.now();
  await elapse(forMs);
  const seconds = (performance.now() - began) / 1000;
  return Math.max(...pids.map((pid, i) => (cpuSeconds(pid) - (before[i] ?? 0)) / seconds));
}
