/**
 * The leader's half of a lease: which acceptors granted its ballot, dated by the heartbeats they answered. The lease runs from
 * the moment a heartbeat was *sent* that a majority granted, shortened for drifting clocks, and is void when the machine's clocks
 * moved against each other since (a suspended machine's monotonic clock may have stood still).
 */

import type { ReplicaName } from '../base/ids.js';
import type { Now } from './effects.js';
import type { SentHeartbeat } from './pulse.js';
import { CLOCK_DRIFT, CLOCK_SLACK_MS } from './timing.js';

export class Lease {
  readonly #leaseMs: number;
  readonly #majority: number;
  readonly #since: number;
  readonly #granted = new Map<ReplicaName, SentHeartbeat>();
  #base: SentHeartbeat | null = null;

  constructor(leaseMs: number, majority: number, mono: number) {
    this.#leaseMs = leaseMs;
    this.#majority = majority;
    this.#since = mono;
  }

  /** A counted acceptor granted the ballot by the heartbeat given (the leader's own acceptor when it is sent). */
  grant(name: ReplicaName, sent: SentHeartbeat): void {
    const before = this.#granted.get(name);
    if (before !== undefined && before.number >= sent.number) return;
    this.#granted.set(name, sent);
    const descending = [...this.#granted.values()].sort((a, b) => b.number - a.number);
    this.#base = descending[this.#majority - 1] ?? null;
  }

  /** The number of the newest heartbeat that a majority granted, 0 when there is none. */
  get provenNumber(): number {
    return this.#base?.number ?? 0;
  }

  /** How long the lease still runs; 0 when it does not. */
  leftMs(now: Now): number {
    const base = this.#base;
    if (base === null) return 0;
    if (Math.abs(now.wall - now.mono - base.offset) >= CLOCK_SLACK_MS / 2) return 0;
    const length = (this.#leaseMs * (1 - CLOCK_DRIFT)) / (1 + CLOCK_DRIFT) - CLOCK_SLACK_MS;
    return Math.max(0, base.mono + length - now.mono);
  }

  /** When a leader that hears of no further grant has to stop: one lease after the last that a majority proved. */
  lostAt(): number {
    return (this.#base?.mono ?? this.#since) + this.#leaseMs;
  }
}
