/** One process of a batch: plays the seeds that it is sent, one after the other, and sends back what came of them. */

import type { Job, Played } from './job.js';
import { drawPlan } from './plan.js';
import { Simulation } from './simulation.js';
import { outsidePromises } from './world/settle.js';

process.on('message', ({ seed, wishes }: Job) => {
  const before = process.cpuUsage();
  void outsidePromises(() => new Simulation(drawPlan(seed, wishes)).run()).then(({ story: _, ...done }) => {
    const { user, system } = process.cpuUsage(before);
    process.send?.({ done, cpuMs: (user + system) / 1_000 } satisfies Played);
  });
});

// Whoever plays the batch is gone, perhaps with Ctrl-C in the middle of a seed.
process.on('disconnect', () => process.exit()).on('error', () => process.exit(1));
