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
  const highest = contenders.reduce((most, { applied }) => Math.max(most, applied), 0);
  const fit = (contender: Contender): boolean => contender.steady && contender.applied >= highest - LAG_SLOTS;
  return contenders
    .filter(({ eligible, live }) => eligible && live)
    .sort((a, b) => {
      if (a.name === favourite || b.name === favourite) return a.name === favourite ? -1 : 1;
      if (fit(a) !== fit(b)) return fit(a) ? -1 : 1;
      return byClaim(a, b);
    });
}

export function isLagging(contender: Contender, contenders: readonly Contender[]): boolean {
  return contenders.some(({ applied }) => contender.applied < applied - LAG_SLOTS);
}
