/**
 * Slots in which this replica may have accepted something that its log cannot give any more, as runs with the highest
 * ballot that it can have been accepted in. In phase 1 they are ordinary reports (Alagappan et al., *Protocol-Aware
 * Recovery*): saying a ballot that is too high only makes a candidate ask more replicas, saying one that is too low could
 * lose what was chosen. So where two damages meet the higher ballot counts, and only what is at least as new as what was
 * lost heals a slot.
 */

import { slot } from '../base/ids.js';
import { type Ballot, compareBallots, NO_BALLOT, sameBallot } from './ballot.js';
import type { Run } from './message.js';

export class FaultySlots {
  #runs: Run[];

  /** Runs ascending, not overlapping. */
  constructor(runs: readonly Run[] = []) {
    this.#runs = [...runs];
  }

  /** Ascending, not overlapping; those that touch have different ballots. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  get count(): number {
    return this.#runs.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }

  /** The highest ballot that may have been accepted there; NO_BALLOT where nothing is missing. */
  at(at: number): Ballot {
    return this.#find(at)?.ballot ?? NO_BALLOT;
  }

  has(at: number): boolean {
    return this.#find(at) !== undefined;
  }

  /** Adds the slots `from … to`; those that are faulty at a higher ballot stay so. */
  add(from: number, to: number, ballot: Ballot): void {
    if (from > to) return;
    const merged: Run[] = [];
    let next = from;
    for (const run of this.#runs) {
      if (run.to < from || run.from > to) {
        if (run.from > to && next <= to) push(merged, next, to, ballot);
        if (run.from > to) next = to + 1;
        push(merged, run.from, run.to, run.ballot);
        continue;
      }
      push(merged, run.from, from - 1, run.ballot);
      push(merged, next, run.from - 1, ballot);
      const both = compareBallots(run.ballot, ballot) >= 0 ? run.ballot : ballot;
      push(merged, Math.max(run.from, from), Math.min(run.to, to), both);
      push(merged, to + 1, run.to, run.ballot);
      next = Math.min(run.to, to) + 1;
    }
    push(merged, next, to, ballot);
    this.#runs = merged;
  }

  /** The slot's value is known again. */
  heal(at: number): void {
    const run = this.#find(at);
    if (run === undefined) return;
    const left: Run[] = [];
    push(left, run.from, at - 1, run.ballot);
    push(left, at + 1, run.to, run.ballot);
    this.#runs.splice(this.#placeOf(at), 1, ...left);
  }

  /** Forgets the slots below `first`: they are decided, and their outcome is kept elsewhere. */
  dropBelow(first: number): void {
    const kept: Run[] = [];
    for (const { from, to, ballot } of this.#runs) push(kept, Math.max(from, first), to, ballot);
    this.#runs = kept;
  }

  /** Forgets the slots `from … to`. */
  remove(from: number, to: number): void {
    const kept: Run[] = [];
    for (const run of this.#runs) {
      push(kept, run.from, Math.min(run.to, from - 1), run.ballot);
      push(kept, Math.max(run.from, to + 1), run.to, run.ballot);
    }
    this.#runs = kept;
  }

  #find(at: number): Run | undefined {
    const run = this.#runs[this.#placeOf(at)];
    return run !== undefined && run.from <= at ? run : undefined;
  }

  /** Place of the first run that ends at or behind the slot. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle]?.to ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Runs that do not overlap, in order, those that touch and have one ballot drawn together. */
export function joined(runs: readonly Run[]): readonly Run[] {
  const out: Run[] = [];
  for (const { from, to, ballot } of [...runs].sort((a, b) => a.from - b.from)) push(out, from, to, ballot);
  return out;
}

function push(runs: Run[], from: number, to: number, ballot: Ballot): void {
  if (from > to) return;
  const last = runs.at(-1);
  if (last !== undefined && last.to + 1 === from && sameBallot(last.ballot, ballot)) {
    runs[runs.length - 1] = { from: last.from, to: slot(to), ballot };
  } else runs.push({ from: slot(from), to: slot(to), ballot });
}
