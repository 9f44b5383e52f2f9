/**
 * What this process knows of itself, as the port that the replica is written against. Delays of the event loop are measured only
 * once somebody has asked for them: a timer of one millisecond costs an idle process some 2 % of a core.
 */

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelays, Meter } from '../ports.js';

const RESOLUTION_MS = 1;

const NANOS_PER_MS = 1e6;

export class SystemMeter implements Meter {
  #histogram: IntervalHistogram | null = null;

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  loopDelays(): LoopDelays | null {
    const histogram = this.#histogram;
    if (histogram === null) return null;
    const ms = (nanos: number): number => Math.round(nanos / (NANOS_PER_MS / 1_000)) / 1_000;
    return {
      p50Ms: ms(histogram.percentile(50)),
      p99Ms: ms(histogram.percentile(99)),
      p999Ms: ms(histogram.percentile(99.9)),
      maxMs: ms(histogram.max),
    };
  }

  measureLoop(): void {
    this.#histogram ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    this.#histogram.reset();
  }
}
