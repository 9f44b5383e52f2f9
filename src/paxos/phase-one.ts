/**
 * Phase 1 of one candidacy: the promises for its ballot, and what value each open slot has to get (Lamport, *Paxos Made
 * Simple*, section 2.3, for all slots at once). A value is safe when the candidate holds it at ballot β and *some* majority of
 * promisers reported for the slot nothing above β, so a holder that died after promising can be replaced by another majority.
 * Promises carry ballots only; values that are missing are fetched by whoever drives this.
 */

import { type ReplicaName, type Slot, slot } from '../base/ids.js';
import { type Ballot, compareBallots, DECIDED, NO_BALLOT } from './ballot.js';
import type { Held, PromiseMessage, Proposal, Run } from './message.js';
import { FETCH_SLOTS } from './timing.js';
import { NOOP } from './value.js';

/** What one promiser reported. */
type Report = Pick<PromiseMessage, 'decidedUpTo' | 'runs'>;

/** Slots whose value has to be fetched, and from whom: those that reported it, the highest ballot first. */
export interface Wanted {
  readonly from: Slot;
  readonly to: Slot;
  readonly holders: readonly ReplicaName[];
}

export type PhaseOneState =
  | { readonly type: 'waiting' }
  | { readonly type: 'fetching'; readonly wanted: Wanted }
  | { readonly type: 'complete'; readonly proposals: readonly Proposal[] };

export class PhaseOne {
  readonly #majority: number;
  readonly #reports = new Map<ReplicaName, Report>();
  /** The best fetched value per slot, for those the candidate's own acceptor does not hold as high. */
  readonly #fetched = new Map<Slot, Held>();
  #fetches = 0;

  constructor(majority: number) {
    this.#majority = majority;
  }

  /** A counted store promised exactly this candidacy's ballot. */
  promised(name: ReplicaName, report: Report): void {
    this.#reports.set(name, report);
  }

  hasPromised(name: ReplicaName): boolean {
    return this.#reports.has(name);
  }

  fetched(held: Held): void {
    const before = this.#fetched.get(held.slot);
    if (before !== undefined && compareBallots(held.ballot, before.ballot) <= 0) return;
    this.#fetched.set(held.slot, held);
    this.#fetches += 1;
  }

  /** How many fetched values were news: it grows while fetching gets on, and not for ever. */
  get fetches(): number {
    return this.#fetches;
  }

  /** Where phase 1 stands, given what the candidate's own acceptor holds above its decided prefix. */
  state(decided: Slot, own: (at: Slot) => Held | undefined): PhaseOneState {
    if (this.#reports.size < this.#majority) return { type: 'waiting' };
    const proposals: Proposal[] = [];
    const end = this.#highestReported();
    for (let at = slot(decided + 1); at <= end; at = slot(at + 1)) {
      const bar = this.#bar(at);
      const best = higher(own(at), this.#fetched.get(at));
      if (best !== undefined && compareBallots(best.ballot, bar) >= 0) proposals.push({ slot: at, value: best.value });
      else if (bar.round === NO_BALLOT.round) proposals.push({ slot: at, value: NOOP });
      else return { type: 'fetching', wanted: this.#wanted(at, end, bar) };
    }
    return { type: 'complete', proposals };
  }

  /** The lowest ballot that some majority of promisers did not exceed for the slot. */
  #bar(at: Slot): Ballot {
    const ascending = [...this.#reports.values()].map((report) => reported(report, at)).sort(compareBallots);
    return ascending[this.#majority - 1] ?? DECIDED;
  }

  #highestReported(): Slot {
    let highest = 0;
    for (const { decidedUpTo, runs } of this.#reports.values()) {
      highest = Math.max(highest, decidedUpTo, runs.at(-1)?.to ?? 0);
    }
    return slot(highest);
  }

  #wanted(from: Slot, end: Slot, bar: Ballot): Wanted {
    const holders = [...this.#reports]
      .map(([name, report]) => ({ name, ballot: reported(report, from) }))
      .filter(({ ballot }) => compareBallots(ballot, bar) >= 0)
      .sort((a, b) => compareBallots(b.ballot, a.ballot))
      .map(({ name }) => name);
    return { from, to: slot(Math.min(end, from + FETCH_SLOTS - 1)), holders };
  }
}

function reported(report: Report, at: Slot): Ballot {
  if (at <= report.decidedUpTo) return DECIDED;
  return report.runs.find((run: Run) => run.from <= at && at <= run.to)?.ballot ?? NO_BALLOT;
}

function higher(a: Held | undefined, b: Held | undefined): Held | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBallots(a.ballot, b.ballot) >= 0 ? a : b;
}
