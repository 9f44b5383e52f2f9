/**
 * What an acceptor answers: promises to Prepare, acceptances to Accept, refusals to both. The state behind each vote is appended
 * to the log in the same step, and the vote leaves only when that is durable.
 */

import { compareBallots } from './ballot.js';
import type { Now } from './effects.js';
import type { Election } from './election.js';
import type { Electorate } from './electorate.js';
import type { Fetching } from './fetching.js';
import type { Heartbeats } from './heartbeats.js';
import type { Accept, Prepare } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { byClaim } from './ranking.js';
import type { Support } from './support.js';
import { HELD_BYTES, PROMISE_RUNS } from './timing.js';

export interface VotingRoles {
  readonly election: Election;
  readonly electorate: Electorate;
  readonly fetching: Fetching;
  readonly heartbeats: Heartbeats;
  readonly support: Support;
}

export class Voting {
  readonly #parts: Parts;
  readonly #roles: VotingRoles;

  constructor(parts: Parts, roles: VotingRoles) {
    this.#parts = parts;
    this.#roles = roles;
  }

  /** A candidate asks for a promise. The reason when it gets none. */
  prepare(from: Neighbour, { ballot }: Prepare, now: Now): string | null {
    const { acceptor, binding, membership, condition, horizon, journal, learner } = this.#parts;
    const { election, electorate, support } = this.#roles;
    horizon.see(ballot);
    if (ballot.replica !== from.name) return 'not the ballot of its sender';
    if (membership.isLearner) return 'a learner does not vote';
    if (condition.lost) return 'its log is not whole';
    if (compareBallots(ballot, acceptor.promised) < 0) return this.#refuse(from, now, 'below the promise');
    if (binding.inRestartWait(now.mono)) return this.#refuse(from, now, 'restart wait');
    if (!binding.isFree(now.mono) && !binding.isBoundTo(from.name, now.mono)) {
      return this.#refuse(from, now, 'bound to another leader');
    }
    if (compareBallots(ballot, acceptor.promised) > 0) {
      election.overtaken(ballot, now);
      acceptor.promise(ballot);
      support.promised(ballot);
    }
    electorate.promised(ballot, now.mono);
    const { runs, truncated } = acceptor.runs(PROMISE_RUNS);
    const message = { type: 'promise', ballot, decidedUpTo: learner.decided, runs, truncated } as const;
    journal.send([from.name], message, journal.last);
    return null;
  }

  /** A leader proposes, tells what is chosen, or both. The reason when nothing of it is taken. */
  accept(from: Neighbour, message: Accept, now: Now): string | null {
    const { acceptor, binding, membership, condition, horizon, learner, journal } = this.#parts;
    const { election, support } = this.#roles;
    const { ballot, proposals, chosenUpTo } = message;
    horizon.see(ballot);
    if (ballot.replica !== from.name) return 'not the ballot of its sender';
    if (condition.lost) {
      support.follow(ballot);
      return 'its log is not whole';
    }
    if (!membership.isLearner) {
      if (compareBallots(ballot, acceptor.promised) < 0) return this.#refuse(from, now, 'below the promise');
      election.overtaken(ballot, now);
      binding.supersede(ballot, now.mono);
    }
    support.follow(ballot);
    const first = proposals[0];
    const mayHold = acceptor.heldBytes < HELD_BYTES || first === undefined || first.slot <= learner.decided + 1;
    if (!mayHold) journal.ignore('accept', 'too much is held behind a gap');
    if (proposals.length > 0 && mayHold && !membership.isLearner) {
      const lsn = acceptor.accept(ballot, proposals, learner.decided);
      journal.send([from.name], { type: 'accepted', ballot, slots: proposals.map(({ slot }) => slot) }, lsn);
    }
    const before = learner.decided;
    learner.chosen(ballot, chosenUpTo);
    learner.advance();
    if (learner.chosenUpTo > learner.ready) this.#roles.fetching.catchUp(now.mono);
    if (learner.decided > before) this.#tellWhoWaits(from, now.mono);
    return null;
  }

  /** The decided prefix moved by what a peer's log gave: the leader may be waiting for just that. */
  caughtUp(mono: number): void {
    const leader = this.#parts.neighbours.find(this.#roles.support.ballot.replica);
    if (leader !== undefined) this.#tellWhoWaits(leader, mono);
  }

  /** An acceptor that refuses says again how things stand, so that the asker learns why at once. */
  #refuse(from: Neighbour, now: Now, reason: string): string {
    this.#roles.heartbeats.echoAgain(from, now.mono);
    return reason;
  }

  /** A leader about to hand over waits for its successor to have applied everything: do not let it wait for a heartbeat. */
  #tellWhoWaits(leader: Neighbour, mono: number): void {
    const { heartbeat, name } = leader;
    if (heartbeat === null) return;
    const outranked = byClaim(this.#parts.self, { priority: heartbeat.priority, name }) < 0;
    if (outranked || heartbeat.ineligible !== null) this.#roles.heartbeats.echoAgain(leader, mono);
  }
}
