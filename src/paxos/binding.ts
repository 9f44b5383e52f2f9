/**
 * The acceptor's half of a lease: to whose ballot it is bound, and until when. A bound acceptor refuses every other candidate
 * (Gray & Cheriton, *Leases*). All of it is in memory: after a restart the acceptor waits out the longest lease it may have
 * granted, during which it refuses every candidate but may bind to a leader at once.
 */

import type { ReplicaName } from '../base/ids.js';
import { type Ballot, compareBallots, NO_BALLOT, sameBallot } from './ballot.js';

export class Binding {
  readonly #leaseMs: number;
  readonly #restartUntil: number;
  #ballot: Ballot = NO_BALLOT;
  #until = Number.NEGATIVE_INFINITY;
  #freeSince: number;

  /** @param restartWaitMs the longest lease that may have been granted before the restart; 0 at a first start */
  constructor(leaseMs: number, restartWaitMs: number, mono: number) {
    this.#leaseMs = leaseMs;
    this.#restartUntil = mono + restartWaitMs;
    this.#freeSince = this.#restartUntil;
  }

  /** The ballot it is bound to now; NO_BALLOT when free. */
  at(mono: number): Ballot {
    return mono < this.#until ? this.#ballot : NO_BALLOT;
  }

  isBoundTo(name: ReplicaName, mono: number): boolean {
    return mono < this.#until && this.#ballot.replica === name;
  }

  isFree(mono: number): boolean {
    return mono >= this.#until;
  }

  inRestartWait(mono: number): boolean {
    return mono < this.#restartUntil;
  }

  /** When it becomes free if nothing more happens: the end of the binding or of the restart wait. */
  freeAt(): number {
    return Math.max(this.#freeSince, this.#until, this.#restartUntil);
  }

  /**
   * A `lead b` heartbeat came from b's own replica. Binds, and says so, only when b is neither below the promise nor below the
   * ballot it is bound to; and grants only when b is the promise itself or above it.
   */
  bind(ballot: Ballot, promised: Ballot, mono: number): boolean {
    if (compareBallots(ballot, promised) < 0) return false;
    if (compareBallots(ballot, this.at(mono)) < 0) return false;
    this.#ballot = ballot;
    this.#until = mono + this.#leaseMs;
    return true;
  }

  /** Its leader gave up exactly this ballot. */
  release(ballot: Ballot, mono: number): boolean {
    if (!sameBallot(this.at(mono), ballot)) return false;
    this.#end(mono);
    return true;
  }

  /** Accepting in a higher ballot ends a binding to a lower one, and starts none. */
  supersede(ballot: Ballot, mono: number): boolean {
    const bound = this.at(mono);
    if (bound.round === 0 || compareBallots(ballot, bound) <= 0) return false;
    this.#end(mono);
    return true;
  }

  /** The ballot whose binding has run out by time since the last look; null when none has. */
  expired(mono: number): Ballot | null {
    if (this.#ballot.round === 0 || mono < this.#until) return null;
    const ballot = this.#ballot;
    this.#freeSince = Math.max(this.#freeSince, this.#until);
    this.#ballot = NO_BALLOT;
    return ballot;
  }

  #end(mono: number): void {
    this.#ballot = NO_BALLOT;
    this.#until = Number.NEGATIVE_INFINITY;
    this.#freeSince = Math.max(mono, this.#restartUntil);
  }
}
