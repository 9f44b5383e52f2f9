/**
 * The origin's side of exactly-once: the parcels of this replica's own session that are not applied yet, in order, and how far
 * they were sent on the present way to the leader. Whatever happens to leaders and links, they are sent again from the first
 * unapplied one, before anything new.
 */

import { assert } from '../base/assert.js';
import { sameBallot } from './ballot.js';
import type { Forward } from './message.js';
import type { Parts } from './parts.js';
import { Resend } from './resend.js';
import type { Parcel } from './session.js';
import type { Route } from './support.js';
import { SLOW_BYTES_PER_MS } from './timing.js';

export class Forwarding {
  readonly #parts: Parts;
  #parcels: Parcel[] = [];
  #sent = 0;
  #route: Route | null = null;
  /** Its own clock of the resend rule, wound by the first unapplied parcel alone. */
  readonly #clock: Resend;
  /** When the first unapplied parcel became the first, or was last sent again. */
  #sinceMono = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#clock = new Resend(2 * parts.timing.heartbeatMs);
  }

  get isEmpty(): boolean {
    return this.#parcels.length === 0;
  }

  propose(parcel: Parcel, mono: number): void {
    const last = this.#parcels.at(-1);
    if (last !== undefined && last.incarnation === parcel.incarnation) {
      assert(parcel.first === last.first + last.count, 'an origin numbers its commands without gaps');
    }
    if (this.isEmpty) this.#sinceMono = mono;
    this.#parcels.push(parcel);
    this.#clock.expect(mono);
  }

  /** Forgets what the state machine has executed. True when that moved on. */
  settle(mono: number): boolean {
    const first = this.#parcels[0];
    if (first === undefined) return false;
    const mark = this.#parts.sessions.lastOf(first.store);
    if (mark === undefined) return false;
    let done = 0;
    for (const { incarnation, first: from, count } of this.#parcels) {
      if (incarnation > mark.incarnation || (incarnation === mark.incarnation && from + count - 1 > mark.last)) break;
      done += 1;
    }
    if (done === 0) return false;
    this.#sinceMono = mono;
    this.#parcels = this.#parcels.slice(done);
    this.#sent = Math.max(0, this.#sent - done);
    if (this.isEmpty) this.#clock.rest();
    else this.#clock.answered(mono, 0);
    return true;
  }

  /** What has not been sent on this way yet, everything when the way is new. The caller sends or admits it. */
  take(route: Route): readonly Parcel[] {
    const known = this.#route;
    if (known === null || known.via !== route.via || !sameBallot(known.ballot, route.ballot)) {
      this.#route = route;
      this.#sent = 0;
    }
    const fresh = this.#sent === 0 ? this.#parcels : this.#parcels.slice(this.#sent);
    this.#sent = this.#parcels.length;
    return fresh;
  }

  /** The last `count` parcels taken were not let in: they are taken again next time. */
  untake(count: number): void {
    this.#sent -= count;
  }

  get dueAt(): number {
    return this.#clock.dueAt;
  }

  /** The first unapplied parcel did not move for a whole interval: send all again. */
  againIfStuck(mono: number): void {
    if (this.#clock.isDue(mono)) this.againIfSlow(mono);
  }

  /** Sends all again, if it takes longer than so much may: else the copies alone could fill a slow link. */
  againIfSlow(mono: number): void {
    const bytes = this.#parcels.reduce((sum, parcel) => sum + parcel.bytes.length, 0);
    if (mono < this.#sinceMono + bytes / SLOW_BYTES_PER_MS) return;
    this.#sinceMono = mono;
    this.again();
  }

  /** The link of the way broke or came up: send all again. */
  again(): void {
    this.#sent = 0;
  }

  /** A neighbour without a link to the leader asks to pass its parcels on: one hop, only along the same ballot. */
  relay(message: Forward, route: Route | null): string | null {
    if (message.hops !== 0) return 'it was relayed before';
    if (route === null || !route.direct || !sameBallot(route.ballot, message.ballot)) return 'no link to that leader';
    this.#parts.journal.send([route.via], { ...message, hops: 1 });
    return null;
  }
}
