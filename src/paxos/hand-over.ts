/**
 * Handing a lead over: to a replica that ranks higher, because the leader may not go on, or because the operator says so. A
 * leader holds back new writes until its successor has applied everything; if the successor does not manage and the leader may
 * go on, it goes on. This file decides; election.ts ends and begins roles.
 */

import type { ReplicaName } from '../base/ids.js';
import type { Electorate } from './electorate.js';
import type { Drain, Leadership } from './leadership.js';
import type { Ineligible } from './message.js';
import type { Parts } from './parts.js';
import { byClaim, isLagging } from './ranking.js';
import { DRAIN_MS, PATIENCE_MS } from './timing.js';

/** The lead has to be released now, and to whom. */
export interface Handing {
  readonly to: ReplicaName | null;
  readonly why: string;
}

export class HandOver {
  readonly #parts: Parts;
  readonly #electorate: Electorate;
  /** Whom this replica handed over to, and until when it has to be established not to be in trouble. */
  #handed: { readonly to: ReplicaName; readonly untilMono: number } | null = null;

  constructor(parts: Parts, electorate: Electorate) {
    this.#parts = parts;
    this.#electorate = electorate;
  }

  /** Begins to hold back writes, if there is a reason; `why` says why this replica may not lead, null when it may. */
  consider(leadership: Leadership, why: Ineligible | null, mono: number): void {
    if (why !== null && why !== 'not-connected-to-a-majority') {
      // What a majority grants goes on being led when nobody else is fit to; only an operator's word ends that.
      const to = this.#successor(mono);
      if (leadership.drain?.forced !== true && (to !== null || this.#parts.condition.draining)) {
        this.#begin(leadership, { to, sinceMono: mono, upTo: leadership.lastProposed, forced: true }, why);
      }
    } else if (leadership.drain === null && leadership.established) {
      const to = this.#higher(mono);
      if (to === null) return;
      this.#begin(leadership, { to, sinceMono: mono, upTo: leadership.lastProposed, forced: false }, 'it ranks higher');
    }
  }

  /** How a hand-over under way goes on: not null when the lead has to be released now. */
  proceed(leadership: Leadership, drain: Drain, mono: number): Handing | null {
    const { neighbours, journal } = this.#parts;
    const successor = drain.to === null ? undefined : neighbours.find(drain.to);
    const caughtUp = successor === undefined || (successor.echo?.applied ?? 0) >= drain.upTo;
    if (leadership.isIdle && caughtUp) return { to: drain.to, why: 'handed over' };
    if (mono < this.dueAt(drain)) return null;
    if (drain.forced) return { to: drain.to, why: 'handed over, without waiting longer' };
    leadership.drain = null;
    successor?.steadiness.trouble(mono);
    journal.role({ type: 'resumed', why: `${drain.to ?? ''} did not catch up in time` });
    return null;
  }

  /** When patience with a successor ends. Over slow links even one that has everything needs a round trip to say so. */
  dueAt({ to, sinceMono }: Drain): number {
    const roundTripMs = to === null ? 0 : this.#parts.neighbours.get(to).roundTripMs;
    return sinceMono + Math.max(DRAIN_MS, 3 * roundTripMs);
  }

  /** The lead was released in favour of `to`. */
  handed(to: ReplicaName, mono: number): void {
    this.#handed = { to, untilMono: mono + PATIENCE_MS };
  }

  /** Who was handed a lead and does not get established is not handed the next one at once. */
  judge(mono: number): void {
    if (this.#handed === null) return;
    const successor = this.#parts.neighbours.get(this.#handed.to);
    const purpose = successor.heartbeat?.purpose;
    const established = purpose?.type === 'lead' && purpose.established;
    if (!established && mono < this.#handed.untilMono) return;
    this.#handed = null;
    if (!established) successor.steadiness.trouble(mono);
  }

  #begin(leadership: Leadership, drain: Drain, why: string): void {
    this.#parts.journal.role({ type: 'draining', to: drain.to, why });
    leadership.drain = drain;
  }

  /** The highest in ranking with a strictly higher claim that is fit and reaches everybody this leader reaches. */
  #higher(mono: number): ReplicaName | null {
    const { self, neighbours } = this.#parts;
    const contacts = neighbours.contacts(mono);
    const contenders = this.#electorate.contenders(mono, null);
    const found = this.#electorate.ranking(mono, null).find((contender) => {
      if (byClaim(contender, self) >= 0 || !contender.steady || isLagging(contender, contenders)) return false;
      const reached = neighbours.find(contender.name)?.heartbeat?.contacts ?? [];
      if (!contacts.includes(contender.name) || !reached.includes(self.name)) return false;
      return contacts.every((name) => name === contender.name || reached.includes(name));
    });
    return found?.name ?? null;
  }

  /** Who would lead if this replica did not. */
  #successor(mono: number): ReplicaName | null {
    const { self } = this.#parts;
    return this.#electorate.ranking(mono, null).find(({ name }) => name !== self.name)?.name ?? null;
  }
}
