/**
 * Ballots: the totally ordered numbers under which candidates ask for promises and leaders propose. Ordered by round, then
 * by replica name; never compared but through `compareBallots`. A decided value counts as ballot `DECIDED`, above all others.
 */

import { type ReplicaName, replicaName } from '../base/ids.js';

export interface Ballot {
  readonly round: number;
  readonly replica: ReplicaName;
}

/** Below every ballot that a candidate can have: "nothing promised", "nothing accepted". */
export const NO_BALLOT: Ballot = { round: 0, replica: replicaName('') };

/** Above every ballot that a candidate can have: the report of a slot whose value is decided. */
export const DECIDED: Ballot = { round: Number.MAX_SAFE_INTEGER, replica: replicaName('') };

/** Negative when a is the lower, 0 when they are the same ballot, positive when a is the higher. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  if (a.replica === b.replica) return 0;
  return a.replica < b.replica ? -1 : 1;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.replica === b.replica;
}

export function maxBallot(a: Ballot, b: Ballot): Ballot {
  return compareBallots(a, b) >= 0 ? a : b;
}

/** The ballot as text for logs and STATUS: `3.node-a`; `none` and `decided` for the two ends. */
export function ballotText(b: Ballot): string {
  if (b.round === 0) return 'none';
  return isDecided(b) ? 'decided' : `${b.round}.${b.replica}`;
}

export function isDecided(b: Ballot): boolean {
  return b.round === DECIDED.round;
}
