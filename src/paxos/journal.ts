/**
 * What one step asks for, gathered while the step runs, and the numbering of the log's records. Every part of the core writes
 * its effects here and nowhere else; the replica hands them out when the step is over.
 */

import { assert } from '../base/assert.js';
import { type Lsn, lsn, type ReplicaName, type Slot } from '../base/ids.js';
import type { Ballot } from './ballot.js';
import { type Effects, noEffects, type ReadGrant, type RoleChange } from './effects.js';
import type { PeerMessage } from './message.js';
import type { Value } from './value.js';

export class Journal {
  #effects: Effects = noEffects();
  #last: Lsn;
  #durable: Lsn;

  constructor(lastLsn: Lsn) {
    this.#last = lastLsn;
    this.#durable = lastLsn;
  }

  /** The LSN of the last record appended, durable or not. */
  get last(): Lsn {
    return this.#last;
  }

  /** The highest LSN known durable. */
  get durable(): Lsn {
    return this.#durable;
  }

  persisted(upTo: Lsn): void {
    assert(upTo <= this.#last, `LSN ${upTo} durable, but only ${this.#last} appended`);
    if (upTo > this.#durable) this.#durable = upTo;
  }

  /** The log was repaired: everything before is settled, and the next record gets this LSN. */
  continueAt(next: Lsn): void {
    assert(next > this.#last, 'a repair goes on above every record');
    this.#last = lsn(next - 1);
    this.#durable = this.#last;
  }

  promised(ballot: Ballot): Lsn {
    const at = this.#advance();
    this.#effects.records.push({ type: 'promised', lsn: at, ballot });
    return at;
  }

  accepted(slot: Slot, ballot: Ballot, value: Value): Lsn {
    const at = this.#advance();
    this.#effects.records.push({ type: 'accepted', lsn: at, slot, ballot, value });
    return at;
  }

  learned(slot: Slot, value: Value): Lsn {
    const at = this.#advance();
    this.#effects.records.push({ type: 'decided', lsn: at, slot, value });
    return at;
  }

  /** The message may leave once `after` is durable; 0 when it may leave at once. */
  send(to: readonly ReplicaName[], message: PeerMessage, after: Lsn = lsn(0)): void {
    if (to.length > 0) this.#effects.sends.push({ to, message, after });
  }

  /** Of several grants in one step the one that serves most reads counts. */
  read(grant: ReadGrant): void {
    const before = this.#effects.read;
    if (before === null || before.upTo < grant.upTo) this.#effects.read = grant;
  }

  role(change: RoleChange): void {
    this.#effects.roles.push(change);
  }

  ignore(what: string, reason: string): void {
    this.#effects.ignored.push(`${what}: ${reason}`);
  }

  /** The effects of the step so far, to add to. */
  get effects(): Effects {
    return this.#effects;
  }

  /** Ends the step: what it asked for. */
  take(): Effects {
    const effects = this.#effects;
    this.#effects = noEffects();
    return effects;
  }

  #advance(): Lsn {
    this.#last = lsn(this.#last + 1);
    return this.#last;
  }
}
