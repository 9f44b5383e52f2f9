/**
 * The one resend rule. No message owns a timer: a peer is sent again what the roles' state says it has not answered, when its
 * link comes up, and then at intervals that double up to PATIENCE_MS while nothing at all is answered.
 */

import { PATIENCE_MS } from './timing.js';

export class Resend {
  readonly #leastMs: number;
  #intervalMs: number;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
    this.#intervalMs = leastMs;
  }

  /** When something unanswered has to be sent again; infinity while nothing is. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Nothing is known to be unanswered, as on a link that just came up. */
  get isResting(): boolean {
    return this.#dueAt === Number.POSITIVE_INFINITY;
  }

  /** Something was sent that wants an answer: starts the clock unless it is running. */
  expect(mono: number): void {
    if (this.#dueAt === Number.POSITIVE_INFINITY) this.#dueAt = mono + this.#intervalMs;
  }

  /** The peer answered something: patience starts anew. */
  answered(mono: number, roundTripMs: number): void {
    this.#intervalMs = Math.min(PATIENCE_MS, Math.max(this.#leastMs, 2 * roundTripMs));
    if (this.#dueAt !== Number.POSITIVE_INFINITY) this.#dueAt = mono + this.#intervalMs;
  }

  /** True when it is time; the interval has then doubled and the clock is set for the next time. */
  isDue(mono: number): boolean {
    if (mono < this.#dueAt) return false;
    this.#intervalMs = Math.min(PATIENCE_MS, 2 * this.#intervalMs);
    this.#dueAt = mono + this.#intervalMs;
    return true;
  }

  /** Nothing is unanswered any more, or the link is gone. */
  rest(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#intervalMs = this.#leastMs;
  }
}
