/**
 * The process in which heap-run.ts measures what replicas allocate: plays the scenarios that are named, or all, and prints
 * their counts as JSON. It ends with an error where garbage was collected in what counts.
 */

import { performance } from 'node:perf_hooks';
import { outsidePromises } from '../../sim/world/settle.js';
import { Collections } from './collections.js';
import { HeapMeter } from './heap-meter.js';
import { play, SCENARIOS, type Scenario } from './scenario.js';
import type { HeapCounts } from './tally.js';

const SEED = 1;

/** Fewer than are counted at the ports: the memory for them has to be there at once, and this is slow. */
const COMMANDS = 1_500;

async function measure(scenario: Scenario): Promise<HeapCounts> {
  const collections = new Collections();
  const meter = new HeapMeter();
  const units = Math.min(scenario.units, COMMANDS);
  let from = 0;
  await outsidePromises(() =>
    play({ ...scenario, units }, SEED, meter, () => {
      collections.collect();
      from = performance.now();
      meter.start();
    }),
  );
  const collected = await collections.between(from, performance.now());
  collections.close();
  if (collected > 0)
    throw new Error(`garbage was collected ${collected} times in what is measured of '${scenario.name}'`);
  return { heapBytes: meter.heapBytes / units, arrayBytes: meter.arrayBytes / units };
}

const names = process.argv.slice(2);
const counts: Record<string, HeapCounts> = {};
for (const scenario of SCENARIOS) {
  if (names.length === 0 || names.includes(scenario.name)) counts[scenario.name] = await measure(scenario);
}
process.stdout.write(`${JSON.stringify(counts)}\n`);
