/**
 * Slots in which this replica may have accepted something that its log cannot give any more, as runs with the highest ballot that it
 * can have been accepted in. In phase 1 they are ordinary reports (Alagappan et al., *Protocol-Aware Recovery*): saying a ballot
 * that is too high only makes a candidate ask more replicas, saying one that is too low could lose what was chosen.
 */

import { assert } from '../base/assert.js';
import { type Slot, slot } from '../base/ids.js';
import { type Ballot, compareBallots, NO_BALLOT, sameBallot } from './ballot.js';
import type { Run } from './message.js';

export class FaultySlots {
  #runs: readonly Run[];

  /** Runs ascending, not overlapping. */
  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  /** Ascending, not overlapping. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  get count(): number {
    return this.#runs.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }

  /** The highest ballot that may have been accepted there; NO_BALLOT where the log has everything. */
  at(at: Slot): Ballot {
    // Runs are few, and mostly there are none.
    return this.#runs.find(({ from, to }) => from <= at && at <= to)?.ballot ?? NO_BALLOT;
  }

  /** The slot's value is known again, at a ballot not below the one it was faulty at. */
  heal(at: Slot): void {
    if (this.#runs.some(({ from, to }) => from <= at && at <= to))
      this.#runs = this.#runs.flatMap((run) => without(run, at));
  }

  /** A snapshot has taken the place of every slot up to `upTo`. */
  healUpTo(upTo: Slot): void {
    this.#runs = this.#runs.flatMap((run) => {
      if (run.to <= upTo) return [];
      return [run.from > upTo ? run : { ...run, from: slot(upTo + 1) }];
    });
  }

  /** The same with every slot of `from … to` faulty at `ballot` at least; no run reaches beyond these. */
  raised(from: Slot, to: Slot, ballot: Ballot): FaultySlots {
    const runs: Run[] = [];
    let next = from;
    for (const run of this.#runs) {
      assert(run.from >= from && run.to <= to, 'what is faulty is above the decided prefix, and was accepted');
      if (compareBallots(run.ballot, ballot) <= 0) continue;
      runs.push({ from: next, to: slot(run.from - 1), ballot }, run);
      next = slot(run.to + 1);
    }
    return new FaultySlots(joined([...runs, { from: next, to, ballot }]));
  }
}

/** Runs in order, those that touch and have one ballot drawn together; empty ones left out. */
export function joined(runs: readonly Run[]): readonly Run[] {
  const ordered = runs.filter(({ from, to }) => from <= to).sort((a, b) => a.from - b.from);
  const out: Run[] = [];
  for (const run of ordered) {
    const last = out.at(-1);
    if (last !== undefined && last.to + 1 === run.from && sameBallot(last.ballot, run.ballot)) {
      out[out.length - 1] = { ...last, to: run.to };
    } else {
      out.push(run);
    }
  }
  return out;
}

function without(run: Run, at: Slot): readonly Run[] {
  if (at < run.from || at > run.to) return [run];
  const parts: Run[] = [];
  if (run.from < at) parts.push({ ...run, to: slot(at - 1) });
  if (at < run.to) parts.push({ ...run, from: slot(at + 1) });
  return parts;
}
