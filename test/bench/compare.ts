/**
 * Measures the same work on every rival in turns (A B A B …), so that a machine that grows slower or busier does so for all,
 * and reports medians. A rival is started for its turn and ended after it: even an idle one costs the others something.
 */
import type { Load, LoadResult } from './load.js';
import type { Rival } from './rival.js';
import { runLoad } from './run-load.js';
import type { Scenario } from './scenario.js';
import type { Usage } from './usage.js';

export interface Settings {
  readonly valueBytes: number;
  readonly keys: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly rounds: number;
  /** Clients on all members rather than on the one that leads. */
  readonly spread: boolean;
}

async function loadFor(rival: Rival, scenario: Scenario, settings: Settings): Promise<Load> {
  const { clients, depth, putShare } = scenario;
  const { valueBytes, keys, warmUpMs, durationMs, spread } = settings;
  const work = { type: 'mix', putShare, warmUpMs, durationMs } as const;
  const targets = spread ? rival.all : [await rival.leader()];
  return { wire: rival.wire, targets, clients, depth, valueBytes, keys, work, reconnect: false };
}

/** Puts every key once, so that GETs find something. Rejects when a put was refused. */
export async function fill(rival: Rival, keys: number, valueBytes: number): Promise<LoadResult> {
  const targets = [await rival.leader()];
  const size = { clients: 64, depth: 16, valueBytes, keys, reconnect: false };
  const result = await runLoad({ wire: rival.wire, targets, ...size, work: { type: 'fill' } });
  const [refusal] = Object.entries(result.errors);
  if (refusal !== undefined) throw new Error(`${rival.name} refused ${refusal[1]} of the first puts: ${refusal[0]}`);
  return result;
}

/** Starts a rival anew, so that it alone is on the machine while it is measured. */
export interface Contender {
  readonly name: string;
  start(): Promise<Rival>;
}

/** Of every scenario, the medians by the contenders' names. `progress` is told what is being measured. */
export async function measure(
  contenders: readonly Contender[],
  scenarios: readonly Scenario[],
  settings: Settings,
  progress: (doing: string) => void,
): Promise<ReadonlyMap<Scenario, ReadonlyMap<string, LoadResult>>> {
  const runs = new Map(scenarios.map((scenario) => [scenario, new Map<string, LoadResult[]>()]));
  for (let round = 1; round <= settings.rounds; round++) {
    for (const contender of contenders) {
      progress(`round ${round} of ${settings.rounds}: ${contender.name}`);
      const rival = await contender.start();
      try {
        await fill(rival, settings.keys, settings.valueBytes);
        for (const [scenario, results] of runs) {
          const result = await runLoad(await loadFor(rival, scenario, settings));
          results.set(contender.name, [...(results.get(contender.name) ?? []), result]);
        }
      } finally {
        await rival.stop();
      }
    }
  }
  return new Map(
    [...runs].map(([scenario, byName]) => [scenario, new Map([...byName].map(([name, own]) => [name, medians(own)]))]),
  );
}

/**
 * Each figure's own median, of what grows with time that of a second; errors and the like are added up. The longest latency
 * stays the longest.
 */
export function medians(runs: readonly LoadResult[]): LoadResult {
  const of = (figure: (run: LoadResult) => number): number => median(runs.map(figure));
  const sum = (figure: (run: LoadResult) => number): number => runs.reduce((total, run) => total + figure(run), 0);
  const errors: Record<string, number> = {};
  for (const run of runs) {
    for (const [text, count] of Object.entries(run.errors)) errors[text] = (errors[text] ?? 0) + count;
  }
  return {
    operations: of((run) => run.operations / run.seconds),
    seconds: 1,
    missing: sum((run) => run.missing),
    errors,
    lost: sum((run) => run.lost),
    cpu: of((run) => run.cpu),
    usage: usageOf(runs),
    latencyMs: {
      p50: of((run) => run.latencyMs.p50),
      p99: of((run) => run.latencyMs.p99),
      p999: of((run) => run.latencyMs.p999),
      max: Math.max(...runs.map((run) => run.latencyMs.max)),
    },
    gaps: [],
    slices: [],
  };
}

/** In a second; members are told by their places, the one that leads first. */
function usageOf(runs: readonly LoadResult[]): Usage {
  const of = (figure: (usage: Usage) => number): number => median(runs.map((run) => figure(run.usage) / run.seconds));
  const cpuSeconds = (runs[0]?.usage.cpuSeconds ?? []).map((_, i) => of((usage) => usage.cpuSeconds[i] ?? 0));
  return { cpuSeconds, disk: { writes: of(({ disk }) => disk.writes), bytes: of(({ disk }) => disk.bytes) } };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
