/**
 * Latencies of writes and delays of event loops, sorted by what else went on when they were measured. What overlaps with several
 * counts for the first of them.
 */
import { Histogram } from './histogram.js';
import { type LoadResult, sliceMs } from './load.js';
import type { Delay } from './loop-probes.js';
import type { Timeline } from './timeline.js';

/** While one is away the others have an easier life: that is told of nobody. */
export const absence = 'one is away';
export const serving = 'one is served, another catches up';
export const writing = 'snapshots are written';
export const quiet = 'nothing else';

const classes = [absence, serving, writing, quiet] as const;
type Class = (typeof classes)[number];
type ByClass = Readonly<Record<Class, Histogram>>;

export class Sorted {
  /** In microseconds, as are the delays. */
  readonly latencies: ByClass = histograms();
  /** By replica. */
  readonly delays: readonly ByClass[];

  /** What was measured before `began` is left out. */
  constructor(timeline: Timeline, began: number, { slices }: LoadResult, delays: readonly (readonly Delay[])[]) {
    const classOf = (from: number, to: number): Class =>
      classes.find((what) => timeline.during(what, from, to)) ?? quiet;
    for (const { startWallMs, latencies } of slices) {
      if (startWallMs >= began) this.latencies[classOf(startWallMs, startWallMs + sliceMs)].merge(latencies);
    }
    this.delays = delays.map((own) => {
      const sorted = histograms();
      for (const { wallMs, ms } of own) {
        if (wallMs >= began) sorted[classOf(wallMs - Math.max(ms, 1), wallMs)].record(ms * 1000);
      }
      return sorted;
    });
  }
}

function histograms(): ByClass {
  return {
    [absence]: new Histogram(),
    [serving]: new Histogram(),
    [writing]: new Histogram(),
    [quiet]: new Histogram(),
  };
}
