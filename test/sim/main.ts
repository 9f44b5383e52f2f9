/**
 * `npm run simulate`: plays one seed, or many on all processors, and tells what came of them. Exits with 1 when a check failed,
 * with the seed, the command that plays it again, and a smaller version.
 */

import { availableParallelism } from 'node:os';
import { messageOf } from '#src/base/errors.js';
import { exitCodeOf } from '../command-line/read.js';
import { Batch } from './batch.js';
import { readSimulateOptions, type SimulateOptions } from './options.js';
import { drawPlan } from './plan.js';
import { coverageLines, failureLines, missing, progressLine } from './report.js';
import { shrink } from './shrink.js';
import { Simulation } from './simulation.js';
import { outsidePromises } from './world/settle.js';

/** As long as this is worth waiting for a smaller version. */
const SHRINKING_MS = 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function playOne(seed: number, { wishes, explain, json }: SimulateOptions): Promise<void> {
  const outcome = await outsidePromises(() => new Simulation(drawPlan(seed, wishes), explain).run());
  if (outcome.violation !== null) process.exitCode = 1;
  if (json) {
    say(JSON.stringify({ ...outcome, story: undefined }));
    return;
  }
  for (const line of outcome.story) say(line);
  const { hash, simulatedMs, operations, violation } = outcome;
  say(`seed ${seed}: trace ${hash}, ${(simulatedMs / 1_000).toFixed(1)} simulated seconds, ${operations} operations`);
  if (violation !== null) for (const line of failureLines(outcome, wishes, null)) say(line);
  else for (const line of coverageLines(outcome.coverage)) say(line);
}

async function playMany(options: SimulateOptions): Promise<void> {
  const { from, runs, minutes, workers, wishes, json } = options;
  const began = performance.now();
  const elapsedMs = (): number => performance.now() - began;
  let given = 0;
  let told = 0;
  const mayGoOn = (): boolean => (minutes > 0 ? elapsedMs() < minutes * 60_000 : given < runs);
  const batch = new Batch({
    next: () => (mayGoOn() ? from + given++ : undefined),
    wishes,
    workers,
    progress: (now) => {
      if (json || elapsedMs() - told < 5_000) return;
      told = elapsedMs();
      say(progressLine(now, told));
    },
  });
  await batch.run();
  if (json) {
    const { seeds, simulatedMs, cpuMs, operations, faults, coverage, failures } = batch;
    say(
      JSON.stringify({
        from,
        seeds,
        elapsedMs: elapsedMs(),
        simulatedMs,
        cpuMs,
        operations,
        faults,
        coverage,
        failures,
      }),
    );
  } else await tell(batch, options, elapsedMs());
  const lacks = isStandard(options) ? missing(batch) : [];
  if (batch.failures.length > 0 || lacks.length > 0) process.exitCode = 1;
}

async function tell(batch: Batch, options: SimulateOptions, elapsedMs: number): Promise<void> {
  for (const line of coverageLines(batch.coverage.toJSON())) say(line);
  say(`from seed ${options.from}: ${progressLine(batch, elapsedMs)}`);
  if (isStandard(options) && batch.failures.length === 0) {
    for (const what of missing(batch)) say(`never happened: ${what}`);
  }
  const [failure] = batch.failures;
  if (failure === undefined) say('no check failed');
  else {
    const until = performance.now() + SHRINKING_MS;
    const { wishes } = options;
    const smaller = await outsidePromises(() => shrink(failure, wishes, () => performance.now() < until));
    for (const line of failureLines(failure, wishes, smaller)) say(line);
  }
}

function isStandard({ wishes }: SimulateOptions): boolean {
  return Object.keys(wishes).length === 0;
}

// Nobody reads any more what is said, as in a pipe into `head`.
process.stdout.on('error', () => process.exit(1));

try {
  const options = await readSimulateOptions(process.argv.slice(2), Date.now(), availableParallelism());
  if (options?.seed !== undefined) await playOne(options.seed, options);
  else if (options !== null) await playMany(options);
} catch (error) {
  process.stderr.write(`simulate: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
