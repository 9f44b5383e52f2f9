/**
 * Slots of which the log has lost what was accepted in them: runs, each at the ballot above which nothing can have been. A record
 * found behind the damage heals its slot; where two damages meet, the higher ballot counts.
 */

import { slot } from '../base/ids.js';
import { type Ballot, compareBallots, sameBallot } from '../paxos/ballot.js';
import type { Run } from '../paxos/message.js';

export class FaultySlots {
  /** Ascending, not overlapping. */
  #runs: Run[] = [];

  get runs(): readonly Run[] {
    return this.#runs;
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
    const run = this.find(at);
    if (run === undefined) return;
    const left: Run[] = [];
    push(left, run.from, at - 1, run.ballot);
    push(left, at + 1, run.to, run.ballot);
    this.#runs.splice(this.#placeOf(at), 1, ...left);
  }

  /** The run that has the slot, undefined when it is not faulty. */
  find(at: number): Run | undefined {
    const run = this.#runs[this.#placeOf(at)];
    return run !== undefined && run.from <= at ? run : undefined;
  }

  has(at: number): boolean {
    return this.find(at) !== undefined;
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

function push(runs: Run[], from: number, to: number, ballot: Ballot): void {
  if (from > to) return;
  const last = runs.at(-1);
  if (last !== undefined && last.to + 1 === from && sameBallot(last.ballot, ballot)) {
    runs[runs.length - 1] = { from: last.from, to: slot(to), ballot };
  } else runs.push({ from: slot(from), to: slot(to), ballot });
}
