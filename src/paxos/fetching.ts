/**
 * Pulling what is missing out of other replicas' logs: decided values for a replica that lags, reported values for a candidate.
 * One request a peer is outstanding; answers come in pieces and each asks for the next. What no log has any more is asked for as
 * a snapshot, which others fetch. And the answering side.
 */

import { type ReplicaName, type Slot, slot } from '../base/ids.js';
import type { Fetch, Values } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { Resend } from './resend.js';
import type { Support } from './support.js';
import { FETCH_BYTES, FETCH_SLOTS, PATIENCE_MS, READY_BYTES } from './timing.js';

export class Fetching {
  readonly #parts: Parts;
  readonly #support: Support;
  readonly #outstanding = new Map<ReplicaName, { readonly from: Slot; readonly sinceMono: number }>();
  /** Peers that owed an answer too long or had nothing to give, and until when others come first. */
  readonly #silent = new Map<ReplicaName, number>();
  /** Peers whose log could not give a slot that they have decided, and which it was. */
  readonly #lacking = new Map<ReplicaName, Slot>();
  /** Peers that had accepted a slot and not decided it, which it was, and until when they are asked for others only. */
  readonly #undecided = new Map<ReplicaName, { readonly at: Slot; readonly untilMono: number }>();
  /** The resend rule for snapshots: set while one is wanted. */
  readonly #snapshots: Resend;
  #snapshotsAsked = 0;

  constructor(parts: Parts, support: Support) {
    this.#parts = parts;
    this.#support = support;
    this.#snapshots = new Resend(2 * parts.timing.heartbeatMs);
  }

  /** When a snapshot that has not come has to be asked for again. */
  get dueAt(): number {
    return this.#snapshots.dueAt;
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

  /** The peer's log may be expected to have the slot, if it was ever there. */
  mayHave(peer: Neighbour, at: Slot): boolean {
    return peer.firstSlot <= at && this.#lacking.get(peer.name) !== at;
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

  /** A snapshot was installed: who could not give what was missing then may have what is missing now. */
  installed(): void {
    this.#silent.clear();
    this.#lacking.clear();
  }

  linkDown(peer: ReplicaName): void {
    this.#outstanding.delete(peer);
    this.#lacking.delete(peer);
    this.#undecided.delete(peer);
  }

  /**
   * Asks for the decided slots this replica lacks, when it knows of any: slots a leader called chosen, or slots a neighbour had
   * applied one heartbeat ago already (what a neighbour applied just now is probably on its way).
   */
  catchUp(mono: number): void {
    // Not by the resend clock alone, which answers to other things put off: a peer may read from here all the time.
    for (const name of [...this.#outstanding.keys()]) this.#giveUpOn(this.#parts.neighbours.get(name), mono);
    const { learner, neighbours, condition } = this.#parts;
    if (this.#outstanding.size > 0 || condition.lost) return;
    const linked = neighbours.all.filter((peer) => peer.linked);
    const isWrong = condition.diverged && !condition.rebuilt;
    if (isWrong) {
      const trusted = linked.filter(({ heartbeat }) => heartbeat !== null && heartbeat.ineligible !== 'diverged');
      this.#pullSnapshot(trusted, mono);
    }
    const target = linked.reduce<number>((most, peer) => Math.max(most, peer.appliedBefore), learner.chosenUpTo);
    if (target <= learner.ready) {
      if (!isWrong) this.#needsNoSnapshot();
      return;
    }
    if (learner.readyBytes >= READY_BYTES) return;
    const from = slot(learner.ready + 1);
    const holders = linked.filter((peer) => (peer.heartbeat?.applied ?? 0) >= from);
    if (holders.length > 0 && !holders.some((peer) => this.mayHave(peer, from))) {
      this.#pullSnapshot(holders, mono);
      return;
    }
    if (!isWrong) this.#needsNoSnapshot();
    const asked = this.#leaderLast([...holders, ...linked.filter(({ name }) => name === this.#support.ballot.replica)]);
    const peer = this.choose(
      asked.filter((one) => this.mayHave(one, from) && !this.#isUndecidedAt(one, from, mono)),
      mono,
    );
    if (peer !== undefined) this.request(peer, from, slot(target), mono);
  }

  /** As it was a moment ago: asked again at once it would say the same, as fast as the network goes. */
  #isUndecidedAt({ name }: Neighbour, from: Slot, mono: number): boolean {
    const told = this.#undecided.get(name);
    return told !== undefined && told.at === from && mono < told.untilMono;
  }

  /** The leader has more to do than the others. */
  #leaderLast(peers: readonly Neighbour[]): readonly Neighbour[] {
    const leader = this.#support.ballot.replica;
    return [...peers.filter(({ name }) => name !== leader), ...peers.filter(({ name }) => name === leader)];
  }

  /**
   * Everybody who has decided the next slot has trimmed it, or cannot read it. Each of them keeps a snapshot above the
   * decided prefix here or writes one when it is told that it is needed. Another peer is named each time, in case one has
   * nothing that can be used.
   */
  #pullSnapshot(holders: readonly Neighbour[], mono: number): void {
    if (holders.length === 0 || (!this.#snapshots.isResting && !this.#snapshots.isDue(mono))) return;
    this.#snapshots.expect(mono);
    const peer = this.#leaderLast(holders)[this.#snapshotsAsked % holders.length];
    this.#snapshotsAsked += 1;
    this.#parts.journal.effects.snapshot = peer?.name ?? null;
  }

  #needsNoSnapshot(): void {
    this.#snapshots.rest();
    this.#snapshotsAsked = 0;
  }

  /** Takes an answer, also a late one: what it says is decided is decided. */
  take(peer: Neighbour, message: Values, mono: number): void {
    if (this.#outstanding.get(peer.name)?.from === message.first) this.#outstanding.delete(peer.name);
    const { learner, condition } = this.#parts;
    if (condition.lost) return;
    const before = learner.ready;
    peer.firstSlot = message.firstSlot;
    if (message.held[0]?.slot === message.first) this.#silent.delete(peer.name);
    else {
      // It has not what was asked for, whatever else it has: its log was trimmed, or cannot read that slot any more.
      this.#silent.set(peer.name, mono + 2 * this.#parts.timing.heartbeatMs);
      if (message.first <= message.decidedUpTo) this.#lacking.set(peer.name, message.first);
    }
    if (message.first > message.decidedUpTo) {
      const untilMono = mono + 2 * this.#parts.timing.heartbeatMs;
      this.#undecided.set(peer.name, { at: message.first, untilMono });
    }
    for (const { slot: at, value } of message.held) if (at <= message.decidedUpTo) learner.learn(at, value);
    learner.advance();
    const isGoingOn = learner.ready > before && learner.readyBytes < READY_BYTES;
    if (isGoingOn && learner.ready < message.decidedUpTo) {
      const from = slot(learner.ready + 1);
      this.request(peer, from, slot(Math.min(message.decidedUpTo, from + FETCH_SLOTS - 1)), mono);
    }
  }

  /** Answers a peer's Fetch: from memory what is undecided, from the log what is decided. */
  answer(peer: ReplicaName, message: Fetch): void {
    const { learner, acceptor, journal } = this.#parts;
    if (message.from <= learner.decided && message.from >= acceptor.firstSlot) {
      const to = slot(Math.min(message.to, learner.decided, message.from + FETCH_SLOTS - 1));
      journal.effects.ranges.push({ peer, from: message.from, to });
      return;
    }
    // Of what was trimmed nothing is given at all: what stands above it would be of no use to who asks.
    const isTrimmed = message.from < acceptor.firstSlot;
    const held = isTrimmed ? [] : acceptor.values(message.from, message.to, FETCH_BYTES);
    journal.send([peer], {
      type: 'values',
      first: message.from,
      decidedUpTo: learner.decided,
      firstSlot: acceptor.firstSlot,
      held,
    });
  }
}
