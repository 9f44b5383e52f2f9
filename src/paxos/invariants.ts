/**
 * What must hold after every step, whatever came in. A violation means that the code is wrong, not the world: it stops the
 * process before anything of the step leaves it. Invariants that need more than one replica's state are checked by tests.
 */

import { assert } from '../base/assert.js';
import { type Ballot, compareBallots, sameBallot } from './ballot.js';
import type { Election } from './election.js';
import type { Parts } from './parts.js';

export class Invariants {
  readonly #parts: Parts;
  readonly #election: Election;
  #promised: Ballot;
  #decided: number;
  /** The last LSN when the log's end was found to be gone; null while it is whole. */
  #lostAt: number | null = null;

  constructor(parts: Parts, election: Election) {
    this.#parts = parts;
    this.#election = election;
    this.#promised = parts.acceptor.promised;
    this.#decided = parts.learner.decided;
  }

  check(): void {
    const { acceptor, learner, journal, condition } = this.#parts;
    assert(compareBallots(acceptor.promised, this.#promised) >= 0, 'a promise never falls');
    assert(learner.decided >= this.#decided, 'the decided prefix never shrinks');
    assert(learner.decided <= acceptor.highest, 'what is decided was accepted or learned here');
    assert(journal.durable <= journal.last, 'nothing is durable that was not appended');
    if (condition.lost) {
      assert(learner.decided === this.#decided, 'nothing is decided on a log that lost its end');
      assert(journal.last === (this.#lostAt ?? journal.last), 'nothing is appended to a log that lost its end');
    }
    this.#lostAt = condition.lost ? journal.last : null;
    this.#promised = acceptor.promised;
    this.#decided = learner.decided;
    const role = this.#election.role;
    if (role.type === 'leading') {
      assert(sameBallot(acceptor.promised, role.leadership.ballot), 'a leader leads in the ballot it promised');
      assert(role.leadership.lastProposed <= acceptor.highest, 'a leader accepts what it proposes');
    }
    if (role.type === 'preparing') {
      assert(sameBallot(acceptor.promised, role.ballot), 'a candidate prepares the ballot it promised');
    }
  }
}
