/**
 * What replicas allocate for one command or one second of each scenario, in a process of its own whose flags make that
 * repeatable: nothing is optimized, since when that happens, and how much is then allocated no more, depends on what ran
 * before.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HeapCounts } from './tally.js';

const MAIN = fileURLToPath(new URL('heap-main.js', import.meta.url));

/** Several times what any scenario allocates, so that it may rise a lot before the run fails for another reason. */
const NURSERY_MIB = 256;

const FLAGS = ['--expose-gc', '--no-opt', '--no-sparkplug', '--single-threaded', '--hash-seed=1', '--random-seed=1'];

/** By scenario: those named, or all. Rejects where garbage was collected within. */
export async function measureHeap(
  names: readonly string[] = [],
  nurseryMiB = NURSERY_MIB,
): Promise<ReadonlyMap<string, HeapCounts>> {
  const nursery = [`--min-semi-space-size=${nurseryMiB}`, `--max-semi-space-size=${nurseryMiB}`];
  // Whoever measures the tests' coverage changes what is allocated.
  const env = { ...process.env, NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined };
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, ...nursery, MAIN, ...names], { env });
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, HeapCounts>));
}
