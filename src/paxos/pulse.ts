/**
 * The heartbeats this replica sent: their numbers and when each left, so that an echo can be dated by the moment its heartbeat
 * was *sent*. Everything that is proved by an echo (contact, a grant, a read round, a willing vote) is dated this way, never by
 * the echo's arrival.
 */

import { assert } from '../base/assert.js';
import type { Now } from './effects.js';

export interface SentHeartbeat {
  readonly number: number;
  readonly mono: number;
  /** Wall minus monotonic clock at that moment: when it moves, a clock was set or the machine was suspended. */
  readonly offset: number;
}

/** More than a lease and a contact interval hold, at any heartbeat rate that reads can cause. */
const KEPT = 1_024;

export class Pulse {
  readonly #ring: SentHeartbeat[] = [];
  #number = 0;

  /** Number of the last heartbeat sent, 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** When the last heartbeat left; negative infinity before the first. */
  get lastAt(): number {
    return this.#ring.length === 0 ? Number.NEGATIVE_INFINITY : (this.sent(this.#number)?.mono ?? 0);
  }

  /** A heartbeat leaves now: its number. */
  beat(now: Now): number {
    this.#number += 1;
    const sent = { number: this.#number, mono: now.mono, offset: now.wall - now.mono };
    if (this.#ring.length < KEPT) this.#ring.push(sent);
    else this.#ring[(this.#number - 1) % KEPT] = sent;
    return this.#number;
  }

  /** The heartbeat of that number, undefined when it was never sent or is too long ago to prove anything. */
  sent(number: number): SentHeartbeat | undefined {
    const sent = this.#ring[(number - 1) % KEPT];
    if (sent === undefined || sent.number !== number) return undefined;
    assert(sent.number <= this.#number, 'heartbeats are numbered as they are sent');
    return sent;
  }
}
