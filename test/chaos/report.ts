/** What a run came to: its figures in one line, and the verdict. */
import type { FaultKind } from './faults.js';
import type { RunOptions } from './run-options.js';
import type { Wrong } from './story.js';

export interface Report {
  readonly options: RunOptions;
  readonly operations: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** Writes of which the client does not know whether they were carried out: told so, or told nothing. */
  readonly uncertain: { readonly told: number; readonly unanswered: number };
  /** Requests that were not carried out, for certain. */
  readonly refused: number;
  readonly transactions: { readonly done: number; readonly conflicts: number };
  /** What all followers together were told, and how often they had to begin anew. */
  readonly followed: { readonly changes: number; readonly resyncs: number };
  readonly longestGapMs: number;
  /** Around each fault. */
  readonly gapsMs: readonly number[];
  readonly wrong: Readonly<Record<Wrong, number>>;
  readonly findings: readonly string[];
  readonly areEqual: boolean;
  /** Where everything was kept that may tell why; undefined when all is well. */
  readonly evidence: string | undefined;
}

export function isFine({ wrong, areEqual }: Report): boolean {
  return areEqual && wrong.lost + wrong.stale + wrong.other === 0;
}

export function reportLine(report: Report): string {
  const { options, faults, uncertain, wrong, transactions, followed } = report;
  const count = [...faults.values()].reduce((sum, n) => sum + n, 0);
  const parts = [
    `${options.replicas} replicas, ${options.faults.join('+')}, ${seconds(options.durationMs)}, seed ${options.seed}: ` +
      `${whole(report.operations)} operations`,
    `${whole(count)} faults`,
    `${whole(uncertain.told + uncertain.unanswered)} uncertain (${whole(uncertain.told)} told so)`,
    `${whole(report.refused)} refused`,
    `${whole(transactions.done)} transactions (${whole(transactions.conflicts)} conflicts)`,
    `${whole(followed.changes)} changes followed (${whole(followed.resyncs)} resyncs)`,
    `longest write gap ${whole(report.longestGapMs)} ms (median of faults ${whole(median(report.gapsMs))} ms)`,
    `${wrong.lost} lost`,
    `${wrong.stale} stale`,
    `${wrong.other} other violations`,
    `replicas ${report.areEqual ? 'equal' : 'NOT EQUAL'}`,
  ];
  return `${parts.join(', ')}: ${isFine(report) ? 'PASS' : 'FAIL'}`;
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

function seconds(ms: number): string {
  return ms >= 60_000 ? `${Number((ms / 60_000).toFixed(2))} min` : `${Number((ms / 1000).toFixed(1))} s`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
