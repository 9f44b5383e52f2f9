/**
 * One leadership, from the end of its phase 1 until it is released or overtaken: proposing in pipelined slots, counting votes,
 * telling what is chosen, and answering reads. It never decides to begin or to end (election.ts does).
 */

import { assert } from '../base/assert.js';
import { type Lsn, type ReplicaName, type Slot, slot } from '../base/ids.js';
import { Admission } from './admission.js';
import { type Ballot, sameBallot } from './ballot.js';
import { StampClock } from './batch-time.js';
import type { Now } from './effects.js';
import { Lease } from './lease.js';
import type { Accept, Accepted, Proposal, ReadSlot } from './message.js';
import type { Neighbour } from './neighbours.js';
import { type Parts, timeOf } from './parts.js';
import { piecesOf } from './pieces.js';
import { answerTo, ReadRounds } from './reading.js';
import type { Parcel } from './session.js';
import { BATCH_BYTES, PATIENCE_MS, PROVE_MS, QUEUE_BYTES, SLOW_BYTES_PER_MS } from './timing.js';
import { bytesOf, type ConfigurationValue, NOOP, type Value } from './value.js';
import { Window } from './window.js';

const NO_PARCELS = new Uint8Array(0);

/** Holding back new proposals until a successor has applied everything. */
export interface Drain {
  readonly to: ReplicaName | null;
  readonly sinceMono: number;
  /** The last slot proposed. */
  readonly upTo: Slot;
  /** Release when time is up, whether or not the successor caught up: this replica may not go on leading. */
  readonly forced: boolean;
}

export class Leadership {
  readonly ballot: Ballot;
  readonly lease: Lease;
  readonly #parts: Parts;
  readonly #window: Window;
  readonly #admission: Admission;
  readonly #stamps: StampClock;
  readonly #rounds = new ReadRounds();
  readonly #barrier: Slot;
  readonly #founds: boolean;
  readonly #bit: number;
  /** Parcels that came before the barrier was applied. */
  #early: Parcel[] = [];
  #earlyBytes = 0;
  #established = false;
  /** Proposals since the last flush, and the chosen prefix that the others were told last. */
  #fresh: Proposal[] = [];
  #told: Slot;
  /** When this leadership last looked around, and as of which look the chosen prefix moved last. */
  #lookedAt: number;
  #movedAt: number;
  /** Slot of a configuration on its way: one at a time. */
  #configuring: Slot = slot(0);
  /** When a no-op was last proposed for others to compare their states. */
  #provingAt = Number.NEGATIVE_INFINITY;
  drain: Drain | null = null;

  /** @param adopted what phase 1 found for the slots right above the decided prefix, in order */
  constructor(parts: Parts, ballot: Ballot, adopted: readonly Proposal[], now: Now) {
    const { membership, learner, timing } = parts;
    this.#parts = parts;
    this.ballot = ballot;
    this.lease = new Lease(timing.leaseMs, membership.majority, now.mono);
    this.#lookedAt = now.mono;
    this.#movedAt = now.mono;
    this.#bit = 1 << membership.indexOf(membership.self);
    this.#window = new Window(membership.majority, learner.decided);
    this.#told = learner.decided;
    this.#admission = new Admission(parts.sessions);
    // What it proposes anew will have been stamped before whatever it stamps itself.
    this.#stamps = new StampClock(lastStamp(adopted, learner.lastStamp), timeOf(parts, now), now.mono);
    this.#founds = !membership.founded;
    if (this.#founds) {
      // Nothing but slot 1: votes for what follows are counted by the seats that it names, in a ballot of their own.
      const first = adopted[0]?.value;
      this.#propose(first?.type === 'configuration' ? first : this.#founding(now), now);
      this.#barrier = slot(Number.MAX_SAFE_INTEGER);
      return;
    }
    for (const { value } of adopted) this.#propose(value, now);
    this.#barrier = this.#window.next;
    this.#propose(NOOP, now);
  }

  /** It was there to decide slot 1 only, and that is done. */
  get hasFounded(): boolean {
    return this.#founds && this.#parts.membership.founded;
  }

  /** Its barrier is applied: everything before it is known here, and reads and new commands may be served. */
  get established(): boolean {
    return this.#established;
  }

  get isDraining(): boolean {
    return this.drain !== null;
  }

  get lastProposed(): Slot {
    return slot(this.#window.next - 1);
  }

  get isIdle(): boolean {
    return this.#window.isEmpty;
  }

  /**
   * Since when the chosen prefix has stood still although slots are in flight; infinity when none are. A large value may take its
   * time before it counts as still. Votes alone do not count as getting on: with few commands, those of a minority could go on
   * coming for long.
   */
  get stillSince(): number {
    return Math.max(this.#window.oldestAt(), this.#movedAt) + this.#window.oldestBytes() / SLOW_BYTES_PER_MS;
  }

  look(mono: number): void {
    this.#lookedAt = mono;
  }

  /** This replica's log is durable up to here. */
  persisted(lsn: Lsn): void {
    if (!this.#parts.membership.countsSelf) return;
    if (this.#window.persisted(lsn, this.#bit, this.#lookedAt)) this.#chosen();
  }

  accepted(from: Neighbour, message: Accepted): string | null {
    if (!sameBallot(message.ballot, this.ballot)) return 'not this ballot';
    const { membership } = this.#parts;
    if (!membership.counts(from.name, from.store)) return 'not a counted store';
    if (this.#window.accepted(message.slots, 1 << membership.indexOf(from.name), this.#lookedAt)) this.#chosen();
    return null;
  }

  /** A parcel of this replica's own or of another origin; a reason when it is not taken. */
  admit(parcel: Parcel): string | null {
    if (this.#established) {
      this.admitEarly();
      return this.#admission.admit(parcel);
    }
    if (this.#earlyBytes + parcel.bytes.length > QUEUE_BYTES) return 'the queue is full';
    this.#early.push(parcel);
    this.#earlyBytes += parcel.bytes.length;
    return null;
  }

  /** Proposes what has gathered, and sends it to each linked member. */
  flush(now: Now): void {
    this.look(now.mono);
    while (this.#established && this.drain === null && this.#window.hasRoom && !this.#admission.isEmpty) {
      const batch = this.#admission.take(this.time(now));
      if (batch === null) break;
      this.#propose(batch, now);
    }
    this.#expire(now);
    this.#tell(now);
  }

  /** What a batch's stamp would be now. */
  time(now: Now): number {
    return this.#stamps.stamp(timeOf(this.#parts, now), now.mono);
  }

  /** Fills an empty seat with a store heard since the founding, one configuration at a time. */
  fillSeats(now: Now): void {
    if (!this.#established || this.drain !== null || this.#configuring > this.#parts.learner.decided) return;
    const stores = new Map(
      this.#parts.neighbours.all.flatMap(({ name, store, linked }) =>
        linked && store !== null ? [[name, store]] : [],
      ),
    );
    const { membership } = this.#parts;
    stores.set(membership.self, membership.store);
    const seats = membership.filledSeats(stores);
    if (seats === null || !this.#window.hasRoom) return;
    this.#configuring = this.#window.next;
    this.#propose({ type: 'configuration', seats, nonce: this.#nonce(now) }, now);
  }

  /**
   * A rebuilt state proves itself where digests are compared, and its replica takes no writes before, so that nobody else's
   * may be coming either. Every state machine tells its digest after a no-op: that is a comparison for whoever waits for
   * one.
   */
  helpProve(now: Now): void {
    if (!this.#established || now.mono < this.#provingAt + PROVE_MS || !this.#window.hasRoom) return;
    const waits = this.#parts.neighbours.all.some(
      ({ linked, heartbeat }) => linked && heartbeat?.ineligible === 'diverged',
    );
    if (!waits) return;
    this.#provingAt = now.mono;
    this.#propose(NOOP, now);
  }

  /** What the member has not accepted, sent again; or what is chosen, when that is all it may have missed. */
  resend(to: Neighbour): boolean {
    const { membership, journal } = this.#parts;
    const counted = membership.counts(to.name, to.store);
    const proposals = counted ? this.#window.unaccepted(1 << membership.indexOf(to.name)) : [];
    const behind = (to.echo?.applied ?? 0) < this.#window.chosenUpTo;
    if (proposals.length === 0 && !behind) return false;
    if (proposals.length > 0 && this.#isUnderWay(to, proposals)) return true;
    for (const piece of piecesOf(proposals)) journal.send([to.name], this.#accept(piece));
    return true;
  }

  /**
   * Much takes its time, and sending it twice would take twice the time. While slots get chosen nothing has to be sent again: a
   * member whose vote is not needed for that fetches what it missed. On a link that just came up nothing is under way.
   */
  #isUnderWay(to: Neighbour, proposals: readonly Proposal[]): boolean {
    if (to.resend.isResting) return false;
    const bytes = proposals.reduce((sum, { value }) => sum + bytesOf(value), 0);
    const patienceMs = Math.max(PATIENCE_MS * Math.min(1, bytes / BATCH_BYTES), 2 * this.#window.tookMs);
    return this.#lookedAt < this.stillSince + patienceMs;
  }

  /** A read request: answered in this step while the lease holds, else left for a round of heartbeats. */
  read(from: ReplicaName, request: ReadSlot, now: Now): void {
    const { options, learner, pulse, condition } = this.#parts;
    // Others are sent again what they ask, and will ask whoever leads next; this replica's own state must not be read at all.
    if (condition.diverged) return;
    if (options.reads === 'lease' && this.#established && this.lease.leftMs(now) > 0) {
      this.#answer(from, request, learner.decided);
    } else {
      this.#rounds.wait(from, request, pulse.number);
    }
  }

  /** A heartbeat has to leave now for the sake of reads. */
  get wantsRound(): boolean {
    return this.#established && this.#rounds.wantsRound(this.lease.provenNumber, this.#parts.pulse.number);
  }

  /** A heartbeat of this leadership left: this replica's own acceptor grants it by being bound to the ballot. */
  beat(number: number): void {
    const { membership, pulse } = this.#parts;
    const sent = pulse.sent(number);
    assert(sent !== undefined, 'the heartbeat just sent is known');
    this.#rounds.began(number);
    if (membership.countsSelf) this.lease.grant(membership.self, sent);
    this.serveReads();
  }

  /** Answers the reads that a majority's grants have proved; of one replica, its own heartbeat proves them. */
  serveReads(): void {
    if (!this.#established || this.#parts.condition.diverged) return;
    for (const waiting of this.#rounds.served(this.lease.provenNumber)) {
      this.#answer(waiting.from, { ...waiting, type: 'read-slot', hops: 0 }, this.#parts.learner.decided);
    }
  }

  /** Where something is due, and nothing on its way that brings the time: a batch without commands does. */
  #expire(now: Now): void {
    const { nextDeadline } = this.#parts.options.agenda;
    if (nextDeadline === Number.POSITIVE_INFINITY || !this.#established || this.drain !== null) return;
    if (!this.#window.isEmpty) return;
    const stamp = this.time(now);
    if (nextDeadline <= stamp) this.#propose({ type: 'batch', stamp, bytes: NO_PARCELS }, now);
  }

  #answer(to: ReplicaName, request: ReadSlot, at: Slot): void {
    const { self, journal } = this.#parts;
    if (to === self.name) journal.read({ upTo: request.id, slot: at });
    else journal.send([to], answerTo(request, at));
  }

  #propose(value: Value, now: Now): void {
    const at = this.#window.next;
    const proposal = { slot: at, value };
    const { acceptor, learner } = this.#parts;
    const lsn = acceptor.accept(this.ballot, [proposal], learner.decided);
    this.#window.propose(proposal, lsn, now.mono);
    this.#fresh.push(proposal);
  }

  /** The chosen prefix moved: decide it here before anyone else hears of it. */
  #chosen(): void {
    const { learner, journal } = this.#parts;
    this.#movedAt = this.#lookedAt;
    learner.chosen(this.ballot, this.#window.chosenUpTo);
    learner.advanceAll();
    assert(learner.decided >= this.#window.chosenUpTo, 'the leader holds what it proposed');
    if (this.#established || learner.decided < this.#barrier) return;
    this.#established = true;
    journal.role({ type: 'established', ballot: this.ballot });
  }

  /** Admits what came early, in its order; in a step after the one that established, when the barrier has been applied. */
  admitEarly(): void {
    if (!this.#established || this.#early.length === 0) return;
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const parcel of early) {
      const refused = this.#admission.admit(parcel);
      if (refused !== null) this.#parts.journal.ignore('forward', refused);
    }
  }

  #tell(now: Now): void {
    const { neighbours, membership, journal } = this.#parts;
    const chosen = this.#window.chosenUpTo;
    if (this.#fresh.length === 0 && this.#told >= chosen) return;
    const linked = neighbours.all.filter((peer) => peer.linked);
    const voters = linked.filter((peer) => membership.counts(peer.name, peer.store));
    const names = voters.map(({ name }) => name);
    for (const piece of piecesOf(this.#fresh)) journal.send(names, this.#accept(piece));
    if (this.#fresh.length > 0) for (const peer of voters) peer.resend.expect(now.mono);
    if (this.#told < chosen && voters.length < linked.length) {
      const learners = linked.filter((peer) => !voters.includes(peer));
      journal.send(
        learners.map(({ name }) => name),
        this.#accept([]),
      );
    }
    this.#fresh = [];
    this.#told = chosen;
  }

  #accept(proposals: readonly Proposal[]): Accept {
    return { type: 'accept', ballot: this.ballot, proposals, chosenUpTo: this.#window.chosenUpTo };
  }

  #founding(now: Now): ConfigurationValue {
    return { type: 'configuration', seats: this.#parts.membership.foundingSeats(), nonce: this.#nonce(now) };
  }

  #nonce(now: Now): string {
    const { self } = this.#parts;
    return `${self.store}.${self.incarnation}.${Math.floor(now.wall)}`;
  }
}

/** The highest of the stamps decided so far and of those in proposals. */
function lastStamp(adopted: readonly Proposal[], decided: number): number {
  return adopted.reduce((last, { value }) => (value.type === 'batch' ? Math.max(last, value.stamp) : last), decided);
}
