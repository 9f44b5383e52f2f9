/**
 * The reads of this replica's clients that wait for a read point. All reads of one turn share an id, ids rise, and one grant
 * serves every id up to its own, once its slot is applied here. Nothing is evaluated here: `ready` tells the caller that it may.
 */

import type { Slot } from '../../base/ids.js';
import type { ReadGrant } from '../../paxos/effects.js';
import type { ReadOutcome } from '../service.js';
import { Fifo } from './fifo.js';

interface PendingRead {
  readonly id: number;
  readonly deadline: number;
  readonly done: (outcome: ReadOutcome) => void;
}

const READY: ReadOutcome = { type: 'ready' };
const NO_QUORUM: ReadOutcome = { type: 'noquorum' };

export class ReadQueue {
  readonly #pending = new Fifo<PendingRead>();
  /** Grants whose slot is not applied yet; few. */
  #grants: ReadGrant[] = [];
  #id = 1;
  #unasked = false;

  get length(): number {
    return this.#pending.length;
  }

  add(deadline: number, done: (outcome: ReadOutcome) => void): void {
    this.#pending.push({ id: this.#id, deadline, done });
    this.#unasked = true;
  }

  /** The id to ask for, for all reads since the last call; null when there were none. */
  takeId(): number | null {
    if (!this.#unasked) return null;
    this.#unasked = false;
    return this.#id++;
  }

  granted(grant: ReadGrant, applied: Slot): void {
    if (grant.slot <= applied) this.#release(grant.upTo);
    else this.#grants.push(grant);
  }

  /** This replica has executed everything up to `slot`. */
  applied(slot: Slot): void {
    if (this.#grants.length === 0) return;
    let upTo = 0;
    for (const grant of this.#grants) if (grant.slot <= slot) upTo = Math.max(upTo, grant.upTo);
    // A grant that came later may be met earlier: what it serves, no other grant needs to serve again.
    this.#grants = this.#grants.filter((grant) => grant.upTo > upTo);
    this.#release(upTo);
  }

  expire(now: number): void {
    for (let read = this.#pending.at(0); read !== undefined && read.deadline <= now; read = this.#pending.at(0)) {
      this.#pending.shift();
      read.done(NO_QUORUM);
    }
  }

  /** The earliest deadline, undefined when nothing waits. */
  get deadline(): number | undefined {
    return this.#pending.at(0)?.deadline;
  }

  #release(upTo: number): void {
    for (let read = this.#pending.at(0); read !== undefined && read.id <= upTo; read = this.#pending.at(0)) {
      this.#pending.shift();
      read.done(READY);
    }
  }
}
