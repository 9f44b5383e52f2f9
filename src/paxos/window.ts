/**
 * Phase 2 of one leadership: the slots in flight, who accepted each, and the prefix of them that is chosen. Bounded in
 * slots and bytes, so that a slow peer never makes the leader's memory grow, nor a slow network its patience end: what is
 * chosen leaves the window, and a peer that missed it fetches it from a log.
 */

import { assert } from '../base/assert.js';
import { type Lsn, type Slot, slot } from '../base/ids.js';
import { Allowance } from './allowance.js';
import type { Proposal } from './message.js';
import { WINDOW_SLOTS } from './timing.js';
import { bytesOf } from './value.js';

interface InFlight {
  readonly proposal: Proposal;
  readonly bytes: number;
  /** The leader's own record of it; its own vote counts once that is durable. */
  readonly lsn: Lsn;
  readonly sinceMono: number;
  /** A bit per member (index in the list of names) that accepted. */
  acks: number;
}

export class Window {
  readonly #majority: number;
  readonly #inFlight = new Map<Slot, InFlight>();
  readonly #allowance = new Allowance();
  #next: Slot;
  #chosenUpTo: Slot;
  /** Up to here the leader's own votes have been counted. */
  #ownUpTo: Slot;
  #bytes = 0;
  #tookMs = 0;

  /** @param decided the leader's decided prefix when phase 1 was complete */
  constructor(majority: number, decided: Slot) {
    this.#majority = majority;
    this.#next = slot(decided + 1);
    this.#chosenUpTo = decided;
    this.#ownUpTo = decided;
  }

  /** The slot the next proposal gets. */
  get next(): Slot {
    return this.#next;
  }

  get chosenUpTo(): Slot {
    return this.#chosenUpTo;
  }

  get isEmpty(): boolean {
    return this.#inFlight.size === 0;
  }

  get hasRoom(): boolean {
    return this.#inFlight.size < WINDOW_SLOTS && this.#bytes < this.#allowance.bytes;
  }

  propose(proposal: Proposal, lsn: Lsn, mono: number): void {
    assert(proposal.slot === this.#next, 'slots are proposed in order');
    const bytes = bytesOf(proposal.value);
    this.#inFlight.set(proposal.slot, { proposal, bytes, lsn, sinceMono: mono, acks: 0 });
    this.#bytes += bytes;
    this.#next = slot(this.#next + 1);
  }

  /** The leader's own log is durable up to `lsn`: its own votes up to there count. True when the chosen prefix moved. */
  persisted(lsn: Lsn, ownBit: number, mono: number): boolean {
    for (;;) {
      const entry = this.#inFlight.get(slot(this.#ownUpTo + 1));
      if (entry === undefined) {
        if (this.#ownUpTo >= this.#chosenUpTo) break;
        this.#ownUpTo = this.#chosenUpTo;
        continue;
      }
      if (entry.lsn > lsn) break;
      entry.acks |= ownBit;
      this.#ownUpTo = slot(this.#ownUpTo + 1);
    }
    return this.#advance(mono);
  }

  /** A counted member accepted the slots in this leader's ballot. True when the chosen prefix moved. */
  accepted(slots: readonly Slot[], bit: number, mono: number): boolean {
    for (const at of slots) {
      const entry = this.#inFlight.get(at);
      if (entry !== undefined) entry.acks |= bit;
    }
    return this.#advance(mono);
  }

  /** What the member has not accepted, in slot order. */
  unaccepted(bit: number): readonly Proposal[] {
    const proposals: Proposal[] = [];
    for (const { proposal, acks } of this.#inFlight.values()) if ((acks & bit) === 0) proposals.push(proposal);
    return proposals;
  }

  /** When the oldest slot in flight was proposed; infinity when none is. */
  oldestAt(): number {
    for (const { sinceMono } of this.#inFlight.values()) return sinceMono;
    return Number.POSITIVE_INFINITY;
  }

  /** From the proposal of the slot that was chosen last until that. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** How large the oldest value in flight is; 0 when none is. */
  oldestBytes(): number {
    for (const { bytes } of this.#inFlight.values()) return bytes;
    return 0;
  }

  #advance(mono: number): boolean {
    const before = this.#chosenUpTo;
    for (;;) {
      const at = slot(this.#chosenUpTo + 1);
      const entry = this.#inFlight.get(at);
      if (entry === undefined || bitCount(entry.acks) < this.#majority) return this.#chosenUpTo > before;
      this.#inFlight.delete(at);
      this.#bytes -= entry.bytes;
      this.#tookMs = mono - entry.sinceMono;
      this.#allowance.through(entry.bytes, entry.sinceMono, mono);
      this.#chosenUpTo = at;
    }
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
