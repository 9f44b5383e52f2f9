/**
 * The origin's side of exactly-once: the parcels of this replica's own session that are not applied yet, in order, and how far
 * they were sent on the present way to the leader. Whatever happens to leaders and links, they are sent again from the first
 * unapplied one, before anything new.
 */

import { assert } from '../base/assert.js';
import { Allowance } from './allowance.js';
import { sameBallot } from './ballot.js';
import type { Forward } from './message.js';
import type { Parts } from './parts.js';
import { Resend } from './resend.js';
import type { Parcel } from './session.js';
import type { Route } from './support.js';
import { SLOW_BYTES_PER_MS } from './timing.js';

interface Unapplied {
  readonly parcel: Parcel;
  /** When it was first sent on the present way, null before. */
  sentMono: number | null;
}

export class Forwarding {
  readonly #parts: Parts;
  #unapplied: Unapplied[] = [];
  /** How many of them, and of their bytes, are on the present way. */
  #sent = 0;
  #sentBytes = 0;
  readonly #allowance = new Allowance();
  /** From the first sending of the parcel that was applied last until that: what sending again has to wait for at least. */
  #tookMs = 0;
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
    return this.#unapplied.length === 0;
  }

  propose(parcel: Parcel, mono: number): void {
    const last = this.#unapplied.at(-1)?.parcel;
    if (last !== undefined && last.incarnation === parcel.incarnation) {
      assert(parcel.first === last.first + last.count, 'an origin numbers its commands without gaps');
    }
    if (this.isEmpty) this.#sinceMono = mono;
    this.#unapplied.push({ parcel, sentMono: null });
    this.#clock.expect(mono);
  }

  /** Forgets what the state machine has executed. True when that moved on. */
  settle(mono: number): boolean {
    const first = this.#unapplied[0];
    if (first === undefined) return false;
    const mark = this.#parts.sessions.lastOf(first.parcel.store);
    if (mark === undefined) return false;
    let done = 0;
    for (const { parcel, sentMono } of this.#unapplied) {
      const { incarnation, first: from, count, bytes } = parcel;
      if (incarnation > mark.incarnation || (incarnation === mark.incarnation && from + count - 1 > mark.last)) break;
      if (done < this.#sent) this.#sentBytes -= bytes.length;
      if (sentMono !== null) {
        this.#allowance.through(bytes.length, sentMono, mono);
        this.#tookMs = mono - sentMono;
      }
      done += 1;
    }
    if (done === 0) return false;
    this.#sinceMono = mono;
    this.#unapplied = this.#unapplied.slice(done);
    this.#sent = Math.max(0, this.#sent - done);
    if (this.isEmpty) this.#clock.rest();
    else this.#clock.answered(mono, 0);
    return true;
  }

  /**
   * What has not been sent on this way yet, everything when the way is new, as far as the allowance goes. The caller sends or
   * admits it.
   */
  take(route: Route, mono: number): readonly Parcel[] {
    const known = this.#route;
    if (known === null || known.via !== route.via || !sameBallot(known.ballot, route.ballot)) {
      this.#route = route;
      this.again();
      for (const entry of this.#unapplied) entry.sentMono = null;
    }
    const fresh: Parcel[] = [];
    for (let next = this.#unapplied[this.#sent]; next !== undefined; next = this.#unapplied[this.#sent]) {
      if (this.#sentBytes >= this.#allowance.bytes) break;
      next.sentMono ??= mono;
      fresh.push(next.parcel);
      this.#sentBytes += next.parcel.bytes.length;
      this.#sent += 1;
    }
    return fresh;
  }

  /** The last `count` parcels taken were not let in: they are taken again next time. */
  untake(count: number): void {
    for (const { parcel } of this.#unapplied.slice(this.#sent - count, this.#sent))
      this.#sentBytes -= parcel.bytes.length;
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
    if (mono < this.#sinceMono + Math.max(this.#sentBytes / SLOW_BYTES_PER_MS, 2 * this.#tookMs)) return;
    this.#sinceMono = mono;
    this.again();
  }

  /** The link of the way broke or came up: send all again. */
  again(): void {
    this.#sent = 0;
    this.#sentBytes = 0;
  }

  /** A neighbour without a link to the leader asks to pass its parcels on: one hop, only along the same ballot. */
  relay(message: Forward, route: Route | null): string | null {
    if (message.hops !== 0) return 'it was relayed before';
    if (route === null || !route.direct || !sameBallot(route.ballot, message.ballot)) return 'no link to that leader';
    this.#parts.journal.send([route.via], { ...message, hops: 1 });
    return null;
  }
}
