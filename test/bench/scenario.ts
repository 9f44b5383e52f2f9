/**
 * The work that is measured by default, and what Synod promises of it on one machine with two cores. What it aims at beyond
 * that, and may miss, is in report/target.ts.
 */
import type { LoadResult } from './load.js';
import { rateOf } from './load.js';

/** A promise, as a least or most ratio to a rival or as a least rate. */
export type Target =
  | { readonly type: 'rate'; readonly atLeast: number }
  | { readonly type: 'rate-ratio'; readonly to: string; readonly atLeast: number }
  | { readonly type: 'p50-ratio'; readonly to: string; readonly atMost: number };

export interface Scenario {
  readonly name: string;
  readonly clients: number;
  readonly depth: number;
  /** Of the requests; the rest are GETs. */
  readonly putShare: number;
  readonly target: Target | undefined;
}

export const standardScenarios: readonly Scenario[] = [
  scenario('PUT, 256 clients', 256, 1, 1, { type: 'rate-ratio', to: 'etcd', atLeast: 3 }),
  scenario('PUT, 64 clients with 16 in flight', 64, 16, 1, { type: 'rate', atLeast: 100_000 }),
  scenario('PUT, 1 client', 1, 1, 1, { type: 'p50-ratio', to: 'etcd', atMost: 0.8 }),
  scenario('GET, 64 clients', 64, 1, 0, { type: 'rate-ratio', to: 'etcd', atLeast: 5 }),
];

function scenario(name: string, clients: number, depth: number, putShare: number, target: Target): Scenario {
  return { name, clients, depth, putShare, target };
}

/** One sentence on whether the target is met; undefined when what it compares to was not measured. */
export function verdict(target: Target, results: ReadonlyMap<string, LoadResult>): string | undefined {
  const own = results.get('synod');
  const other = target.type === 'rate' ? undefined : results.get(target.to);
  if (own === undefined || (target.type !== 'rate' && other === undefined)) return undefined;
  if (target.type === 'rate') {
    return targetLine(`at least ${target.atLeast.toLocaleString('en')}/s`, rateOf(own) >= target.atLeast);
  }
  if (other === undefined) return undefined;
  if (target.type === 'rate-ratio') {
    return targetLine(
      `at least ${target.atLeast} × ${target.to}'s op/s`,
      rateOf(own) >= target.atLeast * rateOf(other),
    );
  }
  return targetLine(
    `p50 at most ${target.atMost} × ${target.to}'s`,
    own.latencyMs.p50 <= target.atMost * other.latencyMs.p50,
  );
}

export const targetLine = (wanted: string, met: boolean): string => `target ${wanted}: ${met ? 'met' : 'MISSED'}`;
