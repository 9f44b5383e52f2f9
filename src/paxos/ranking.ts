/**
 * Who should lead: the one order that standing, voting, hand-back and STATUS all go by. Eligible and live replicas, first those
 * that are steady and not far behind, then by priority, then by name. The replica a leader released its ballot to stands first
 * while the observer is free.
 */

import type { ReplicaName } from '../base/ids.js';
import { LAG_SLOTS } from './timing.js';

/** One replica as the observer sees it now. */
export interface Contender {
  readonly name: ReplicaName;
  readonly priority: number;
  readonly eligible: boolean;
  readonly live: boolean;
  readonly steady: boolean;
  readonly applied: number;
}

/** Negative when a has the higher claim by (priority, name) alone. */
export function byClaim(
  a: { readonly priority: number; readonly name: ReplicaName },
  b: { readonly priority: number; readonly name: ReplicaName },
): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** The eligible, best first. `favourite` is the target of a release heard while free. */
export function ranking(contenders: readonly Contender[], favourite: ReplicaName | null): readonly Contender[] {
  let highest = 0;
  for (const { applied } of contenders) highest = Math.max(highest, applied);
  const fit = ({ steady, applied }: Contender): boolean => steady && applied >= highest - LAG_SLOTS;
  const precedes = (a: Contender, b: Contender): boolean => {
    if (a.name === favourite || b.name === favourite) return a.name === favourite;
    return fit(a) === fit(b) ? byClaim(a, b) < 0 : fit(a);
  };
  // At every heartbeat: a handful, put in place one by one.
  const ranked: Contender[] = [];
  for (const contender of contenders) {
    if (!contender.eligible || !contender.live) continue;
    const place = ranked.findIndex((other) => precedes(contender, other));
    if (place < 0) ranked.push(contender);
    else ranked.splice(place, 0, contender);
  }
  return ranked;
}

export function isLagging(contender: Contender, contenders: readonly Contender[]): boolean {
  return contenders.some(({ applied }) => contender.applied < applied - LAG_SLOTS);
}
