/**
 * How this replica judges who may lead: its own eligibility, the ranking of all contenders as it sees them, and whether it is
 * willing to let one of them lead now. It changes nothing but its memory of releases and promises; election.ts acts on it.
 */

import type { ReplicaName } from '../base/ids.js';
import { type Ballot, NO_BALLOT, sameBallot } from './ballot.js';
import type { Ineligible } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { byClaim, type Contender, ranking } from './ranking.js';
import { contactMs, PATIENCE_MS } from './timing.js';

/** Willing now; or when, on the monotonic clock, the passing of time alone may make it so (infinity when it will not). */
export interface Willingness {
  readonly willing: boolean;
  readonly atMono: number;
  readonly why: string;
}

export class Electorate {
  readonly #parts: Parts;
  /** Target of the last release heard, while this replica is free. */
  #favourite: ReplicaName | null = null;
  /** The last promise to another replica, and when. */
  #promisedTo: Ballot = NO_BALLOT;
  #promisedAt = Number.NEGATIVE_INFINITY;
  /** The standing replica this one said it was willing to, and since when; it may be waiting for its disk before it prepares. */
  #backed: { readonly name: ReplicaName; readonly sinceMono: number } | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Bound to a leader again: whom an earlier leader would have liked no longer matters. */
  bound(): void {
    this.#favourite = null;
  }

  promised(ballot: Ballot, mono: number): void {
    this.#promisedTo = ballot;
    this.#promisedAt = mono;
  }

  /** A standing replica was told that this one is willing. Standing on does not prolong it; standing anew does. */
  backs(candidate: ReplicaName, mono: number): void {
    if (this.#backed?.name !== candidate) this.#backed = { name: candidate, sinceMono: mono };
  }

  /** It stands no longer. */
  ceased(candidate: ReplicaName): void {
    if (this.#backed?.name === candidate) this.#backed = null;
  }

  /** `ballot` was given up in favour of `to`. */
  released(ballot: Ballot, to: ReplicaName | null, wasBound: boolean): void {
    const wasPromised = sameBallot(this.#promisedTo, ballot);
    if (wasPromised) this.#promisedTo = NO_BALLOT;
    if (wasBound || wasPromised) this.#favourite = to;
  }

  /** Why this replica may not lead now; null when it may. */
  ineligible(mono: number): Ineligible | null {
    const { membership, self, binding, condition } = this.#parts;
    // First what keeps its vote from others as well: they have to know, also of one that would not lead anyway.
    if (condition.lost) return 'repairing';
    if (condition.health === 'disk-full') return condition.health;
    // And whose state is to be taken from nobody, and waits to prove itself.
    if (condition.diverged) return 'diverged';
    if (self.priority <= 0) return 'priority-0';
    if (!membership.countsSelf) return 'not-counted';
    if (condition.draining) return 'draining';
    if (condition.health !== null) return condition.health;
    if (condition.unpersistedSince < mono - PATIENCE_MS) return 'disk-slow';
    if (binding.inRestartWait(mono)) return 'restart-wait';
    if (!membership.founded && this.#canLearnFounding()) return 'recovering';
    if (!this.isConnected(mono)) return 'not-connected-to-a-majority';
    return null;
  }

  /**
   * A replica within reach knows slot 1: it is to be fetched, not proposed. One that is gone for good must not be waited
   * for; if it founded the cluster, a majority accepted slot 1, and phase 1 finds it there.
   */
  #canLearnFounding(): boolean {
    return this.#parts.neighbours.all.some(({ linked, founding }) => linked && founding !== '');
  }

  /** In contact with a majority of the counted stores, itself included. */
  isConnected(mono: number): boolean {
    const { membership, neighbours } = this.#parts;
    let counted = membership.countsSelf ? 1 : 0;
    for (const peer of neighbours.all) {
      if (membership.counts(peer.name, peer.store) && neighbours.inContact(peer, mono)) counted++;
    }
    return counted >= membership.majority;
  }

  contenders(mono: number, ownIneligible: Ineligible | null): readonly Contender[] {
    const { self, steadiness, learner, neighbours } = this.#parts;
    const own: Contender = {
      name: self.name,
      priority: self.priority,
      eligible: ownIneligible === null,
      live: true,
      steady: steadiness.steady(mono),
      applied: learner.decided,
    };
    return [own, ...neighbours.all.map((peer) => this.#contender(peer, mono))];
  }

  ranking(mono: number, ownIneligible: Ineligible | null): readonly Contender[] {
    const favourite = this.#parts.binding.isFree(mono) ? this.#favourite : null;
    return ranking(this.contenders(mono, ownIneligible), favourite);
  }

  /** Would this replica let `candidate` lead now? The candidate itself says whether it is eligible. */
  willing(candidate: ReplicaName, mono: number): Willingness {
    const { binding, membership, condition, timing } = this.#parts;
    const never = (why: string): Willingness => ({ willing: false, atMono: Number.POSITIVE_INFINITY, why });
    if (membership.isLearner) return never('a learner does not vote');
    if (condition.lost) return never('its log is not whole');
    const ranked = this.ranking(mono, this.ineligible(mono));
    const place = ranked.findIndex(({ name }) => name === candidate);
    if (place < 0) return never('the candidate is not eligible');
    if (binding.inRestartWait(mono)) return this.#later(binding.freeAt(), 'restart wait');
    if (binding.isBoundTo(candidate, mono)) return { willing: true, atMono: mono, why: 'bound to it' };
    const spread = membership.names.length - 1;
    const delay = spread === 0 ? 0 : (contactMs(timing) * place) / spread;
    const freeAt = binding.freeAt() + delay;
    if (mono < freeAt) return this.#later(freeAt, binding.isFree(mono) ? 'others rank higher' : 'bound');
    const rival = this.#rivalUntil(candidate, mono);
    if (mono < rival) return this.#later(rival, 'promised another live candidate');
    const backed = this.#backedUntil(ranked, place, mono);
    if (mono < backed) return this.#later(backed, 'willing to a higher candidate that is under way');
    return { willing: true, atMono: mono, why: 'free' };
  }

  #later(atMono: number, why: string): Willingness {
    return { willing: false, atMono, why };
  }

  /** Until when a promise to another live candidate stands in the way. */
  #rivalUntil(candidate: ReplicaName, mono: number): number {
    const rival = this.#promisedTo.replica;
    if (this.#promisedTo.round === 0 || rival === candidate || rival === this.#parts.self.name) return mono;
    const peer = this.#parts.neighbours.find(rival);
    if (peer === undefined || !this.#parts.neighbours.isLive(peer, mono)) return mono;
    return this.#promisedAt + PATIENCE_MS;
  }

  /**
   * Until when a candidate that ranks higher, and was told that this replica is willing, has the way to itself. Without this a
   * candidate whose disk is slower than the rank delay would be overtaken before its Prepare left, for ever. Only *higher*, and
   * by priority and name alone, in which all observers agree: else two candidates could hold each other up.
   */
  #backedUntil(ranked: readonly Contender[], place: number, mono: number): number {
    const backed = this.#backed;
    const higher = backed === null ? undefined : ranked.find(({ name }) => name === backed.name);
    const candidate = ranked[place];
    if (backed === null || higher === undefined || candidate === undefined) return mono;
    return byClaim(higher, candidate) < 0 ? backed.sinceMono + PATIENCE_MS : mono;
  }

  #contender(peer: Neighbour, mono: number): Contender {
    const { membership, neighbours } = this.#parts;
    const { heartbeat } = peer;
    return {
      name: peer.name,
      priority: heartbeat?.priority ?? 0,
      eligible: heartbeat !== null && heartbeat.ineligible === null && membership.counts(peer.name, peer.store),
      live: neighbours.isLive(peer, mono),
      steady: peer.steadiness.steady(mono),
      applied: heartbeat?.applied ?? 0,
    };
  }
}
