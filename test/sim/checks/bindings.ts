/**
 * To whose lease every acceptor is bound, kept beside the replicas on the acceptor's own clock: from the grants in its echoes
 * until they run out, are released, or give way to an acceptance in a higher ballot. A bound acceptor promises nothing to
 * anybody else; nor does one that may have forgotten, in a restart, to whom it is bound.
 */

import { type Ballot, ballotText, compareBallots, NO_BALLOT, sameBallot } from '#src/paxos/ballot.js';
import type { Effects, Input } from '#src/paxos/effects.js';
import { Violation } from './violation.js';

interface Binding {
  ballot: Ballot;
  until: number;
}

/** One life of a replica. */
export class Bindings {
  readonly #who: string;
  readonly #leaseMs: number;
  readonly #restartUntil: number;
  #bound: Binding | null = null;

  /** @param hasLivedBefore the store may have granted leases in an earlier life */
  constructor(who: string, leaseMs: number, hasLivedBefore: boolean, mono: number) {
    this.#who = who;
    this.#leaseMs = leaseMs;
    this.#restartUntil = hasLivedBefore ? mono + leaseMs : Number.NEGATIVE_INFINITY;
  }

  /** `mono`: the clock reading with which the step was made. */
  step(input: Input, effects: Effects, mono: number): void {
    if (input.type === 'message') this.#heard(input.from, input.message);
    this.#promises(effects, mono);
    for (const record of effects.records) {
      if (record.type === 'accepted' && this.#bound !== null && compareBallots(record.ballot, this.#bound.ballot) > 0)
        this.#bound = null;
    }
    this.#grants(input, effects, mono);
  }

  #heard(from: string, message: Extract<Input, { type: 'message' }>['message']): void {
    if (this.#bound === null) return;
    if (message.type === 'heartbeat' && message.purpose.type === 'release') {
      if (from === message.purpose.ballot.replica) this.#end(message.purpose.ballot);
    } else if (message.type === 'accept' && compareBallots(message.ballot, this.#bound.ballot) > 0) this.#bound = null;
  }

  #promises(effects: Effects, mono: number): void {
    for (const { message } of effects.sends) {
      if (message.type !== 'promise') continue;
      if (mono < this.#restartUntil) {
        throw new Violation(
          'the restart wait',
          `${this.#who} promised ${ballotText(message.ballot)} ${(this.#restartUntil - mono).toFixed(1)} ms early`,
        );
      }
      if (this.#bound === null || mono >= this.#bound.until || message.ballot.replica === this.#bound.ballot.replica)
        continue;
      throw new Violation(
        'bound acceptors refuse others',
        `${this.#who} promised ${ballotText(message.ballot)} while bound to ${ballotText(this.#bound.ballot)} for another ${(this.#bound.until - mono).toFixed(1)} ms`,
      );
    }
  }

  #grants(input: Input, effects: Effects, mono: number): void {
    for (const role of effects.roles) {
      if (role.type === 'stopped' && role.ballot !== null) this.#end(role.ballot);
    }
    for (const { message } of effects.sends) {
      // An echo that is sent again says what still holds, and binds for no longer.
      if (message.type === 'echo' && message.granted.round > 0 && isAnswer(input, message.number)) {
        this.#bind(message.granted, mono);
      }
      // A leader's own acceptor grants by being bound when the heartbeat leaves.
      if (message.type === 'heartbeat' && message.purpose.type === 'lead') this.#bind(message.purpose.ballot, mono);
    }
  }

  #end(ballot: Ballot): void {
    if (this.#bound !== null && sameBallot(ballot, this.#bound.ballot)) this.#bound = null;
  }

  #bind(ballot: Ballot, mono: number): void {
    const isFree = this.#bound === null || mono >= this.#bound.until;
    if (isFree || compareBallots(ballot, this.#bound?.ballot ?? NO_BALLOT) >= 0)
      this.#bound = { ballot, until: mono + this.#leaseMs };
  }
}

function isAnswer(input: Input, number: number): boolean {
  return input.type === 'message' && input.message.type === 'heartbeat' && input.message.number === number;
}
