/**
 * The acceptor's durable half: what it promised and what it accepted, and where its log cannot say so any more. It decides
 * nothing about leases or restarts (binding.ts does) and nothing about what is chosen (learner.ts does). Slots at or below
 * the decided prefix are dropped from memory; the log keeps them.
 */

import { assert } from '../base/assert.js';
import { type Lsn, type Slot, slot } from '../base/ids.js';
import { type Ballot, compareBallots, DECIDED, isDecided, maxBallot, sameBallot } from './ballot.js';
import type { Recovered, Repair } from './effects.js';
import { FaultySlots, joined } from './faulty-slots.js';
import type { Journal } from './journal.js';
import type { Held, Proposal, Run } from './message.js';
import type { Value } from './value.js';

export class Acceptor {
  readonly #journal: Journal;
  readonly #held = new Map<Slot, Held>();
  #faulty: FaultySlots;
  #promised: Ballot;
  #highest: Slot;
  #firstSlot: Slot;
  #heldBytes = 0;

  constructor(journal: Journal, recovered: Recovered) {
    this.#journal = journal;
    this.#promised = recovered.promised;
    this.#highest = slot(Math.max(recovered.highestSlot, recovered.faulty.at(-1)?.to ?? 0));
    this.#firstSlot = recovered.firstSlot;
    this.#faulty = new FaultySlots(recovered.faulty);
    for (const held of recovered.held) this.#hold(held);
  }

  /** The highest ballot promised or accepted in, durable or not. */
  get promised(): Ballot {
    return this.#promised;
  }

  /** The highest slot ever accepted. */
  get highest(): Slot {
    return this.#highest;
  }

  /** The first slot the log still has. */
  get firstSlot(): Slot {
    return this.#firstSlot;
  }

  /** The log forgets what is below; a snapshot has it. */
  trim(firstSlot: Slot): void {
    if (firstSlot > this.#firstSlot) this.#firstSlot = firstSlot;
  }

  /**
   * The state of a snapshot has taken the place of every slot up to `upTo`. What was accepted there need not be what was decided,
   * and is served to nobody any more. The promise and whatever was accepted above stay: others may count on those votes.
   */
  install(upTo: Slot): void {
    for (const at of [...this.#held.keys()]) if (at <= upTo) this.drop(at);
    this.#faulty.dropBelow(upTo + 1);
    this.trim(slot(upTo + 1));
    if (upTo > this.#highest) this.#highest = upTo;
  }

  /** Raises the promise. A vote that depends on it waits for the LSN returned. */
  promise(ballot: Ballot): Lsn {
    assert(compareBallots(ballot, this.#promised) > 0, 'a promise only rises');
    this.#promised = ballot;
    return this.#journal.promised(ballot);
  }

  /**
   * Accepts the proposals in `ballot`, which must not be below the promise, and raises the promise to it. Returns the LSN that
   * the vote waits for. A slot held in this very ballot is not logged again: its value cannot have changed.
   */
  accept(ballot: Ballot, proposals: readonly Proposal[], decidedUpTo: Slot): Lsn {
    assert(compareBallots(ballot, this.#promised) >= 0, 'nothing is accepted below the promise');
    const raised = compareBallots(ballot, this.#promised) > 0;
    const before = this.#journal.last;
    this.#promised = maxBallot(this.#promised, ballot);
    for (const { slot: at, value } of proposals) {
      // Decided here: whatever ballot it comes in, its value is the one in the log, which must not be logged over.
      if (at <= decidedUpTo) continue;
      const held = this.#held.get(at);
      if (held !== undefined && sameBallot(held.ballot, ballot)) {
        assert(sameShape(held.value, value), `slot ${at} keeps its value within one ballot`);
        continue;
      }
      this.#journal.accepted(at, ballot, value);
      if (at > this.#highest) this.#highest = at;
      if (held === undefined || !isDecided(held.ballot)) this.#hold({ slot: at, ballot, value });
    }
    // Without a record in this ballot its promise would not survive a restart.
    if (raised && this.#journal.last === before) this.#journal.promised(ballot);
    return this.#journal.last;
  }

  /** A value known to be decided: a record of that kind, not a vote. */
  learn(at: Slot, value: Value): void {
    const held = this.#held.get(at);
    if (held !== undefined && isDecided(held.ballot)) return;
    this.#journal.learned(at, value);
    if (at > this.#highest) this.#highest = at;
    this.#hold({ slot: at, ballot: DECIDED, value });
  }

  /** What is held for a slot above the decided prefix. */
  held(at: Slot): Held | undefined {
    return this.#held.get(at);
  }

  /** The slot has become part of the decided prefix; the log serves it from now on. */
  drop(at: Slot): void {
    this.#forget(at);
    this.#faulty.heal(at);
  }

  /** How many slots above the decided prefix the log cannot give. */
  get faultySlots(): number {
    return this.#faulty.count;
  }

  /**
   * What has to count as faulty when nothing is known of what was accepted in the slots above `decided` up to `upTo`, but
   * that it was not above `ballot`. Where a value is held in that very ballot, nothing can have come after it.
   */
  faultyUpTo(decided: Slot, upTo: Slot, ballot: Ballot): readonly Run[] {
    // Where nobody has ever promised anything, nothing was accepted.
    if (ballot.round === 0) return this.#faulty.runs;
    const raised = new FaultySlots(this.#faulty.runs);
    raised.add(decided + 1, upTo, ballot);
    for (const held of this.#held.values())
      if (compareBallots(held.ballot, raised.at(held.slot)) >= 0) raised.heal(held.slot);
    return raised.runs;
  }

  /** The log was repaired: this is what has to be assumed of it. */
  repair({ promised, highestSlot, faulty }: Repair): void {
    assert(compareBallots(promised, this.#promised) >= 0, 'a repair takes no promise back');
    this.#promised = promised;
    if (highestSlot > this.#highest) this.#highest = highestSlot;
    this.#faulty = new FaultySlots(faulty);
  }

  /** Bytes of the values held above the decided prefix. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Runs of equal ballots, faulty slots among them, above the decided prefix, ascending, at most `limit` of them. */
  runs(limit: number): { readonly runs: readonly Run[]; readonly truncated: boolean } {
    // A faulty slot's ballot is above that of an older value held for it: it is the one that may have been chosen.
    const single: Run[] = [];
    for (const { slot: at, ballot } of this.#held.values()) {
      if (this.#faulty.at(at).round === 0) single.push({ from: at, to: at, ballot });
    }
    const runs = joined([...this.#faulty.runs, ...single]);
    return { runs: runs.slice(0, limit), truncated: runs.length > limit };
  }

  /** Values held from `from` to `to`, ascending, until `bytes` are reached; at least one when there is one. */
  values(from: Slot, to: Slot, bytes: number): readonly Held[] {
    const values: Held[] = [];
    let size = 0;
    for (let at = from; at <= to && at <= this.#highest && size < bytes; at = slot(at + 1)) {
      const held = this.#held.get(at);
      if (held === undefined) continue;
      values.push(held);
      size += bytesOf(held.value);
    }
    return values;
  }

  /** What is held at a ballot not below the one the slot was faulty at is at least as much as was lost there. */
  #hold(held: Held): void {
    this.#forget(held.slot);
    this.#held.set(held.slot, held);
    this.#heldBytes += bytesOf(held.value);
    if (compareBallots(held.ballot, this.#faulty.at(held.slot)) >= 0) this.#faulty.heal(held.slot);
  }

  #forget(at: Slot): void {
    const held = this.#held.get(at);
    if (held !== undefined) this.#heldBytes -= bytesOf(held.value);
    this.#held.delete(at);
  }
}

function bytesOf(value: Value): number {
  return value.type === 'batch' ? value.bytes.length : 64;
}

/** A cheap stand-in for equality: two different values of one slot in one ballot would almost never pass it. */
function sameShape(a: Value, b: Value): boolean {
  if (a.type === 'configuration' && b.type === 'configuration') return a.nonce === b.nonce;
  if (a.type !== 'batch' || b.type !== 'batch') return a.type === b.type;
  return a.stamp === b.stamp && a.bytes.length === b.bytes.length;
}
