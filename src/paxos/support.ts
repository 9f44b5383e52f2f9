/**
 * Whom this replica follows, and by what way it reaches that leader: directly, or over one neighbour that follows the same ballot
 * and is in contact with the leader. Following grants nothing (binding.ts does that); it says where commands and reads go.
 */

import type { ReplicaName } from '../base/ids.js';
import { type Ballot, compareBallots, NO_BALLOT, sameBallot } from './ballot.js';
import type { Journal } from './journal.js';
import type { Neighbours } from './neighbours.js';

/** Where to send what is meant for the leader. */
export interface Route {
  readonly ballot: Ballot;
  readonly via: ReplicaName;
  readonly direct: boolean;
}

export class Support {
  readonly #self: ReplicaName;
  readonly #neighbours: Neighbours;
  readonly #journal: Journal;
  #ballot: Ballot = NO_BALLOT;
  /** The last one that was heard to have ended. */
  #over: Ballot = NO_BALLOT;
  /** A higher ballot was promised: nothing is sent to the leader until somebody says again that it leads. */
  #doubted = false;

  constructor(self: ReplicaName, neighbours: Neighbours, journal: Journal) {
    this.#self = self;
    this.#neighbours = neighbours;
    this.#journal = journal;
  }

  /** The ballot followed; NO_BALLOT when the last one ended and no other is known. */
  get ballot(): Ballot {
    return this.#isAtWork ? this.#ballot : NO_BALLOT;
  }

  /** Its leader is at work: a `lead` heartbeat, an Accept, or a neighbour that follows it says so. */
  follow(ballot: Ballot): void {
    const order = compareBallots(ballot, this.#ballot);
    if (order < 0 || (order === 0 && !this.#doubted) || sameBallot(ballot, this.#over)) return;
    this.#doubted = false;
    if (order === 0) return;
    this.#ballot = ballot;
    if (ballot.replica !== this.#self) this.#journal.role({ type: 'followed', ballot });
  }

  /**
   * The ballot was given up. That says nothing of a lower one: a candidate whom nobody promised gives up too, while the leader
   * that it would have replaced goes on. It has only to say so again.
   */
  end(ballot: Ballot): void {
    const order = compareBallots(this.#ballot, ballot);
    if (order > 0) return;
    this.#over = ballot;
    if (order < 0) this.#doubted = true;
  }

  /** A higher ballot was promised: what is below it is probably over, what will be led in it may still be followed. */
  promised(ballot: Ballot): void {
    if (compareBallots(this.#ballot, ballot) < 0) this.#doubted = true;
  }

  get #isAtWork(): boolean {
    return !this.#doubted && !sameBallot(this.#ballot, this.#over);
  }

  /** The way to the leader; null when there is none to be reached. A leader is its own way. */
  route(mono: number): Route | null {
    if (!this.#isAtWork) return null;
    const leader = this.#ballot.replica;
    if (leader === this.#self) return { ballot: this.#ballot, via: leader, direct: true };
    const neighbour = this.#neighbours.find(leader);
    if (neighbour === undefined) return null;
    if (neighbour.linked && this.#neighbours.heardLately(neighbour, mono)) {
      return { ballot: this.#ballot, via: leader, direct: true };
    }
    const relay = this.#neighbours.all.find(
      (other) =>
        this.#neighbours.inContact(other, mono) &&
        other.heartbeat !== null &&
        sameBallot(other.heartbeat.supported, this.#ballot) &&
        other.heartbeat.contacts.includes(leader),
    );
    return relay === undefined ? null : { ballot: this.#ballot, via: relay.name, direct: false };
  }
}
