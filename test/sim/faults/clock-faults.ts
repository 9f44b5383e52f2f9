/** What happens to clocks: they drift within the bound that leases are computed with, and the wall clock is set. */

import { CLOCK_DRIFT } from '#src/paxos/timing.js';
import type { Fault } from './storm.js';

export const CLOCK_FAULTS = {
  'clock drift': (storm, random) => {
    const { quartz, name } = random.pick(storm.world.machines);
    const rate = 1 + random.pick([-1, 1, random.between(-1, 1)]) * CLOCK_DRIFT;
    quartz.setRate(rate, storm.world.timeline.now);
    return `${name} goes at ${rate.toFixed(5)}`;
  },
  'wall clock jump': (storm, random) => {
    const { quartz, name } = random.pick(storm.world.machines);
    const ms = random.skewed(1, 7_200_000) * random.pick([-1, 1]);
    quartz.jump(ms);
    return `${name} by ${ms.toFixed(0)} ms`;
  },
} satisfies Readonly<Record<string, Fault>>;
