/**
 * Pulling what is missing out of other replicas' logs: decided values for a replica that lags, reported values for a candidate.
 * One request a peer is outstanding; answers come in pieces and each asks for the next. And the answering side.
 */

import { type ReplicaName, type Slot, slot } from '../base/ids.js';
import type { Fetch, Values } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import type { Support } from './support.js';
import { FETCH_BYTES, FETCH_SLOTS, PATIENCE_MS } from './timing.js';

export class Fetching {
  readonly #parts: Parts;
  readonly #support: Support;
  readonly #outstanding = new Map<ReplicaName, { readonly from: Slot; readonly sinceMono: number }>();
  /** Peers that owed an answer too long or had nothing to give, and until when others come first. */
  readonly #silent = new Map<ReplicaName, number>();

  constructor(parts: Parts, support: Support) {
    this.#parts = parts;
    this.#support = support;
  }

  isOutstanding(peer: ReplicaName): boolean {
    return this.#outstanding.has(peer);
  }

  /** Asks one peer for a range unless it still owes an answer. */
  request(peer: Neighbour, from: Slot, to: Slot, mono: number): void {
    if (this.#outstanding.has(peer.name)) return;
    const message: Fetch = { type: 'fetch', from, to: slot(Math.min(to, from + FETCH_SLOTS - 1)) };
    this.#outstanding.set(peer.name, { from, sinceMono: mono });
    this.#parts.journal.send([peer.name], message);
    peer.resend.expect(mono);
  }

  /** The first of the holders that has not lately owed an answer or had nothing to give. */
  choose(holders: readonly Neighbour[], mono: number): Neighbour | undefined {
    return holders.find(({ name }) => (this.#silent.get(name) ?? mono) <= mono);
  }

  /** If the peer has owed an answer for a whole interval, somebody else is asked, and it only after a while. */
  #giveUpOn(peer: Neighbour, mono: number): void {
    const owed = this.#outstanding.get(peer.name);
    const intervalMs = Math.max(2 * this.#parts.timing.heartbeatMs, 2 * peer.roundTripMs);
    if (owed === undefined || mono < owed.sinceMono + intervalMs) return;
    this.#outstanding.delete(peer.name);
    this.#silent.set(peer.name, mono + PATIENCE_MS);
  }

  linkDown(peer: ReplicaName): void {
    this.#outstanding.delete(peer);
  }

  /**
   * Asks for the decided slots this replica lacks, when it knows of any: slots a leader called chosen, or slots a neighbour had
   * applied one heartbeat ago already (what a neighbour applied just now is probably on its way).
   */
  catchUp(mono: number): void {
    // Not by the resend clock alone, which answers to other things put off: a peer may read from here all the time.
    for (const name of [...this.#outstanding.keys()]) this.#giveUpOn(this.#parts.neighbours.get(name), mono);
    if (this.#outstanding.size > 0) return;
    const { learner, neighbours } = this.#parts;
    const linked = neighbours.all.filter((peer) => peer.linked);
    const target = linked.reduce<number>((most, peer) => Math.max(most, peer.appliedBefore), learner.chosenUpTo);
    if (target <= learner.decided) return;
    const from = slot(learner.decided + 1);
    const leader = this.#support.ballot.replica;
    const holders = linked.filter((peer) => (peer.heartbeat?.applied ?? 0) >= from);
    const spared = [...holders.filter(({ name }) => name !== leader), ...linked.filter(({ name }) => name === leader)];
    const peer = this.choose(spared, mono);
    if (peer !== undefined) this.request(peer, from, slot(target), mono);
  }

  /** Takes an answer, also a late one: what it says is decided is decided. */
  take(peer: Neighbour, message: Values, mono: number): void {
    if (this.#outstanding.get(peer.name)?.from === message.first) this.#outstanding.delete(peer.name);
    const { learner } = this.#parts;
    const before = learner.decided;
    if (message.held.length === 0) this.#silent.set(peer.name, mono + 2 * this.#parts.timing.heartbeatMs);
    else this.#silent.delete(peer.name);
    for (const { slot: at, value } of message.held) if (at <= message.decidedUpTo) learner.learn(at, value);
    learner.advance();
    if (learner.decided > before && learner.decided < message.decidedUpTo) {
      const from = slot(learner.decided + 1);
      this.request(peer, from, slot(Math.min(message.decidedUpTo, from + FETCH_SLOTS - 1)), mono);
    }
  }

  /** Answers a peer's Fetch: from memory what is undecided, from the log what is decided. */
  answer(peer: ReplicaName, message: Fetch): void {
    const { learner, acceptor, journal } = this.#parts;
    if (message.from <= learner.decided) {
      const to = slot(Math.min(message.to, learner.decided, message.from + FETCH_SLOTS - 1));
      journal.effects.ranges.push({ peer, from: message.from, to });
      return;
    }
    const held = acceptor.values(message.from, message.to, FETCH_BYTES);
    journal.send([peer], {
      type: 'values',
      first: message.from,
      decidedUpTo: learner.decided,
      firstSlot: this.#parts.options.recovered.firstSlot,
      held,
    });
  }
}
