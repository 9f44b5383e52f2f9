/** Counts at the ports and the cores of all replicas, for one command or one second of a scenario. */

import { must } from '#src/base/assert.js';
import type { Ports } from '#src/node/compose.js';
import { watchCores } from '../../sim/checks/watch-core.js';
import { outsidePromises } from '../../sim/world/settle.js';
import { CountedFiles } from './counted-files.js';
import { countedNet } from './counted-net.js';
import { play, type Scenario } from './scenario.js';
import { type PortCounts, portCounts, Tally } from './tally.js';

/**
 * Each is a run of its own. How heartbeats of different replicas lie to each other is chance, and decides how often an idle
 * replica looks around, by a tenth; of several runs the mean stays where it is when a change makes all of them draw
 * differently.
 */
const SEEDS: readonly number[] = [1, 2, 3];

/** Where nothing else happens it is nearly all that there is to count. */
const IDLE_SEEDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** The mean over the seeds. */
export async function countAtPorts(
  scenario: Scenario,
  seeds = scenario.asks === null ? IDLE_SEEDS : SEEDS,
): Promise<PortCounts> {
  const runs: PortCounts[] = [];
  for (const seed of seeds) runs.push(await outsidePromises(() => run(scenario, seed)));
  const units = scenario.units * runs.length;
  return portCounts((name) => runs.reduce((sum, counts) => sum + counts[name], 0) / units);
}

function run(scenario: Scenario, seed: number): PortCounts {
  const tally = new Tally();
  let before: PortCounts | null = null;
  const portsOf = (ports: Ports): Ports => ({
    ...ports,
    net: countedNet(ports.net, tally),
    files: new CountedFiles(ports.files, tally),
  });
  watchCores((_, { type }) => {
    tally.steps++;
    if (type === 'message') tally.messages++;
  });
  try {
    const cluster = play(scenario, seed, { portsOf, task: (carryOut) => carryOut() }, ({ decided }) => {
      before = { ...tally.read(), slots: decided };
    });
    tally.slots = cluster.decided;
  } finally {
    watchCores(null);
  }
  const first = must<PortCounts>(before, 'the counts at the beginning');
  return portCounts((name) => tally[name] - first[name]);
}
