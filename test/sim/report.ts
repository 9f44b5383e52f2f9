/** What is printed about simulations: progress, totals, coverage, and failures with the commands that play them again. */

import type { Batch } from './batch.js';
import { RARE_STATES, RAREST_STATES } from './checks/coverage.js';
import { FAULT_KINDS } from './faults/planned-fault.js';
import type { Done } from './job.js';
import { replayCommand, type Wishes } from './plan.js';
import type { Shrunk } from './shrink.js';

const HOUR_MS = 3_600_000;

export function progressLine(batch: Batch, elapsedMs: number): string {
  const { seeds, simulatedMs, cpuMs, faults, operations } = batch;
  const perSecond = (seeds / (elapsedMs / 1_000)).toFixed(1);
  const hours = (simulatedMs / HOUR_MS).toFixed(2);
  const faster = (simulatedMs / elapsedMs).toFixed(0);
  const perCore = (simulatedMs / cpuMs).toFixed(0);
  const load = (operations / (simulatedMs / 1_000)).toFixed(0);
  return `${seeds} seeds (${perSecond}/s), ${hours} simulated hours (${faster} × real time, ${perCore} × a core), ${faults} faults, ${operations} operations checked (${load} a simulated second)`;
}

/** Runs after which a batch of the standard kind has to have met everything, and the rarest, too. */
const STANDARD_RUNS = 200;
const MANY_RUNS = 2_000;

/** What a standard batch has to have met and did not. */
export function missing({ coverage, seeds }: Batch): string[] {
  if (seeds < STANDARD_RUNS) return [];
  const wanted = [...FAULT_KINDS.map((kind) => `fault: ${kind}`), ...RARE_STATES];
  if (seeds >= MANY_RUNS) wanted.push(...RAREST_STATES);
  return wanted.filter((what) => coverage.of(what) === 0);
}

/** `coverage`: how often each thing happened. */
export function coverageLines(coverage: Readonly<Record<string, number>>): string[] {
  const width = Math.max(...Object.keys(coverage).map((what) => what.length));
  return Object.entries(coverage).map(([what, times]) => `  ${what.padEnd(width)} ${times}`);
}

export function failureLines({ seed, violation }: Done, wishes: Wishes, shrunk: Shrunk | null): string[] {
  const lines = [
    `violated: ${violation?.check ?? 'nothing'}`,
    `  ${violation?.message ?? ''}`,
    `  seed ${seed}: ${replayCommand(seed, wishes)}`,
  ];
  if (shrunk === null) return lines;
  const { tried, outcome } = shrunk;
  return [
    ...lines,
    `  smaller: ${replayCommand(seed, shrunk.wishes)} --explain`,
    `    (${tried} runs tried) ${outcome.violation?.message ?? ''}`,
  ];
}
