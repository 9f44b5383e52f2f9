/**
 * Small numbers for ballots. A log holds millions of records and as many ballots as there were leaders, so what is kept for
 * each slot names its ballot by its place in this table.
 */

import { must } from '../base/assert.js';
import { type Ballot, compareBallots, DECIDED, NO_BALLOT } from '../paxos/ballot.js';

/** Place of `DECIDED`: a decided record counts above every accepted one. Place 0 says "no record". */
export const DECIDED_PLACE = 1;

export class BallotTable {
  private readonly ballots: Ballot[] = [NO_BALLOT, DECIDED];
  private readonly places = new Map<string, number>();
  private last: Ballot = NO_BALLOT;
  private lastPlace = 0;

  placeOf(ballot: Ballot): number {
    const last = this.last;
    if (ballot === last || (ballot.round === last.round && ballot.replica === last.replica)) return this.lastPlace;
    const key = `${ballot.round}.${ballot.replica}`;
    const known = this.places.get(key);
    const place = known ?? this.ballots.push(ballot) - 1;
    if (known === undefined) this.places.set(key, place);
    this.last = this.at(place);
    this.lastPlace = place;
    return place;
  }

  at(place: number): Ballot {
    return must(this.ballots[place], `ballot ${place} of the table`);
  }

  /** Negative when the ballot at place `a` is the lower. */
  compare(a: number, b: number): number {
    return a === b ? 0 : compareBallots(this.at(a), this.at(b));
  }
}
