/** One process of a batch: plays the seeds that it is sent, one after the other, and sends back what came of them. */

import type { Done, Job } from './job.js';
import { drawPlan } from './plan.js';
import { Simulation } from './simulation.js';
import { outsidePromises } from './world/settle.js';

process.on('message', ({ seed, wishes }: Job) => {
  void outsidePromises(() => new Simulation(drawPlan(seed, wishes)).run()).then(({ story: _, ...done }) => {
    process.send?.(done satisfies Done);
  });
});

process.on('disconnect', () => process.exit());
