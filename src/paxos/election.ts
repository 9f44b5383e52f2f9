/**
 * Becoming and ceasing to be the leader: standing (asking who would be willing, which raises no round), preparing (phase 1),
 * leading, giving up. The role is a union; every change of it goes through the few methods that end one and begin another.
 * When and to whom a lead is handed over is hand-over.ts; proposing itself is leadership.ts.
 */

import { assert } from '../base/assert.js';
import type { Lsn, ReplicaName } from '../base/ids.js';
import { type Ballot, ballotText, compareBallots, sameBallot } from './ballot.js';
import type { Now } from './effects.js';
import type { Electorate } from './electorate.js';
import type { Fetching } from './fetching.js';
import { HandOver } from './hand-over.js';
import { Leadership } from './leadership.js';
import type { Ineligible, PromiseMessage, Proposal, Purpose, Values } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { PhaseOne } from './phase-one.js';
import { recurs } from './steadiness.js';
import type { Support } from './support.js';
import { PATIENCE_MS } from './timing.js';

/** A ballot this replica gave up, and in whose favour; said until another ballot is followed. */
interface Released {
  readonly ballot: Ballot;
  readonly to: ReplicaName | null;
}

export type Role =
  | { readonly type: 'following'; readonly released: Released | null }
  | { readonly type: 'standing'; readonly sinceMono: number; readonly firstNumber: number }
  | {
      readonly type: 'preparing';
      readonly ballot: Ballot;
      /** When it began, or was last seen to have fetched something: `fetches` are those seen. */
      readonly sinceMono: number;
      readonly fetches: number;
      readonly phase: PhaseOne;
      /** The LSN of its own promise; Prepare leaves and its own promise counts when that is durable. */
      readonly lsn: Lsn;
      /** It began before slot 1 was decided here. */
      readonly unfounded: boolean;
    }
  | { readonly type: 'leading'; readonly leadership: Leadership };

export class Election {
  readonly #parts: Parts;
  readonly #electorate: Electorate;
  readonly #support: Support;
  readonly #fetching: Fetching;
  readonly #handOver: HandOver;
  #role: Role = { type: 'following', released: null };
  #changes = 0;

  constructor(parts: Parts, electorate: Electorate, support: Support, fetching: Fetching) {
    this.#parts = parts;
    this.#electorate = electorate;
    this.#support = support;
    this.#fetching = fetching;
    this.#handOver = new HandOver(parts, electorate);
  }

  get role(): Role {
    return this.#role;
  }

  /** Changes with every change of the role that others have to hear of. */
  get stage(): number {
    const leadership = this.leadership;
    return this.#changes * 2 + (leadership !== null && (leadership.established || leadership.hasFounded) ? 1 : 0);
  }

  get leadership(): Leadership | null {
    return this.#role.type === 'leading' ? this.#role.leadership : null;
  }

  purpose(): Purpose {
    switch (this.#role.type) {
      case 'following':
        return this.#role.released === null ? { type: 'none' } : { type: 'release', ...this.#role.released };
      case 'standing':
      case 'preparing':
        return { type: 'stand' };
      case 'leading': {
        const { ballot, established } = this.#role.leadership;
        return { type: 'lead', ballot, established };
      }
    }
  }

  /** Why this replica may not lead, its own stuck slots included. */
  ineligible(mono: number): Ineligible | null {
    const leadership = this.leadership;
    if (leadership !== null && leadership.stillSince < mono - 2 * PATIENCE_MS) return 'slots-stuck';
    return this.#electorate.ineligible(mono);
  }

  /** Looks at where things stand and takes the next step of the role, if one is due. */
  evaluate(now: Now): void {
    this.#handOver.judge(now.mono);
    switch (this.#role.type) {
      case 'following':
        this.#mayStand(now);
        break;
      case 'standing':
        this.#mayPrepare(now, this.#role.firstNumber);
        break;
      case 'preparing':
        this.#prepare(now);
        break;
      case 'leading':
        this.#lead(now, this.#role.leadership);
    }
  }

  /** When time alone makes the next step of the role due. */
  dueAt(mono: number): number {
    switch (this.#role.type) {
      case 'following':
        return this.#standsAt(mono);
      case 'standing':
        return Number.POSITIVE_INFINITY;
      case 'preparing':
        return this.#role.sinceMono + PATIENCE_MS;
      case 'leading': {
        const { lease, drain } = this.#role.leadership;
        return drain === null ? lease.lostAt() : Math.min(lease.lostAt(), this.#handOver.dueAt(drain));
      }
    }
  }

  /** A ballot above this replica's own was met: candidacy or leadership is over in this very step. */
  overtaken(ballot: Ballot, now: Now): void {
    const own = this.#ownBallot();
    if (own === null || compareBallots(ballot, own) <= 0) return;
    this.#parts.steadiness.trouble(now.mono);
    this.#stop(own, `ballot ${ballotText(ballot)} was met`, null);
  }

  /**
   * A snapshot is about to take the place of slots that this replica has not decided. A leader decides every slot that it
   * knows to be chosen, so somebody else knew it first: its window ends where nobody needs it, and it stops, in order. A
   * candidacy goes on: what was promised to it still holds, and fewer slots are open.
   */
  installing(now: Now): void {
    const { leadership } = this;
    if (leadership !== null) this.#giveUp(leadership.ballot, 'a snapshot from beyond its slots was installed', now);
  }

  /** The end of this replica's log is gone: what it is about rests on votes of its own that it cannot vouch for. */
  discredited(now: Now): void {
    const own = this.#ownBallot();
    if (own !== null) this.#giveUp(own, 'the end of its log is gone', now);
  }

  /** A promise for this candidacy. */
  promised(from: Neighbour, message: PromiseMessage, now: Now): string | null {
    const role = this.#role;
    if (role.type !== 'preparing' || !sameBallot(role.ballot, message.ballot)) return 'not for a candidacy of mine';
    if (!this.#parts.membership.counts(from.name, from.store)) return 'not a counted store';
    if (message.truncated) return 'it holds more runs than a promise tells: catch up first';
    if (!this.#parts.membership.founded && message.decidedUpTo > 0) {
      this.#giveUp(role.ballot, `${from.name} belongs to a founded cluster`, now);
      return 'the founding has to be fetched first';
    }
    role.phase.promised(from.name, message);
    this.#prepare(now);
    return null;
  }

  /** Values a reporter held undecided; only a candidacy under way has a use for them. */
  fetched(message: Values): void {
    if (this.#role.type !== 'preparing') return;
    for (const held of message.held) if (held.slot > message.decidedUpTo) this.#role.phase.fetched(held);
  }

  /** This replica's log is durable up to `lsn`. */
  persisted(lsn: Lsn, now: Now): void {
    const role = this.#role;
    if (role.type === 'leading') role.leadership.persisted(lsn);
    if (role.type !== 'preparing' || lsn < role.lsn || role.phase.hasPromised(this.#parts.self.name)) return;
    this.#ownPromise(role.ballot, role.phase, now.mono);
    this.#prepare(now);
  }

  /** Sends a Prepare again to a peer that has not promised. */
  resend(to: Neighbour): boolean {
    const role = this.#role;
    if (role.type === 'leading') return role.leadership.resend(to);
    if (role.type !== 'preparing' || role.phase.hasPromised(to.name)) return false;
    if (!role.phase.hasPromised(this.#parts.self.name)) return false;
    this.#parts.journal.send([to.name], { type: 'prepare', ballot: role.ballot });
    return true;
  }

  #mayStand(now: Now): void {
    const { journal, pulse, learner } = this.#parts;
    const role = this.#role;
    if (role.type === 'following' && role.released !== null) {
      const next = this.#support.ballot;
      if (compareBallots(next, role.released.ballot) > 0) this.#become({ type: 'following', released: null });
    }
    if (this.ineligible(now.mono) !== null || !this.#mayFound(now.mono)) return;
    const own = this.#electorate.willing(this.#parts.self.name, now.mono);
    if (!own.willing) return;
    const firstNumber = pulse.number + 1;
    this.#become({ type: 'standing', sinceMono: now.mono, firstNumber });
    journal.role({ type: 'stood', ballot: null, why: `${own.why}; applied ${learner.decided}` });
    this.#mayPrepare(now, firstNumber);
  }

  /** The first start waits for everybody's store to be heard, but not for ever. */
  #mayFound(mono: number): boolean {
    const { membership, condition } = this.#parts;
    return membership.founded || membership.allHeard || mono >= condition.startedAt + PATIENCE_MS;
  }

  /** A majority willing, by echoes of heartbeats sent since this attempt began, lets it raise a round. */
  #mayPrepare(now: Now, firstNumber: number): void {
    const { self, membership, neighbours, horizon, acceptor, journal } = this.#parts;
    const own = this.#electorate.willing(self.name, now.mono);
    if (this.ineligible(now.mono) !== null || !own.willing) {
      this.#become({ type: 'following', released: null });
      journal.role({ type: 'stopped', ballot: null, why: own.willing ? 'no longer eligible' : own.why });
      return;
    }
    const willing = neighbours.all.filter(
      ({ name, store, echo }) =>
        membership.counts(name, store) && echo !== null && echo.number >= firstNumber && echo.willing,
    );
    if (willing.length + 1 < membership.majority) return;
    const ballot: Ballot = { round: horizon.nextRound, replica: self.name };
    horizon.see(ballot);
    const lsn = acceptor.promise(ballot);
    this.#support.promised(ballot);
    const phase = new PhaseOne(membership.majority);
    const unfounded = !membership.founded;
    this.#become({ type: 'preparing', ballot, sinceMono: now.mono, fetches: 0, phase, lsn, unfounded });
    journal.role({ type: 'stood', ballot, why: `${willing.length + 1} of ${membership.names.length} are willing` });
  }

  /** Its own promise is durable: it counts, and Prepare may leave. Before that nobody has heard of the ballot. */
  #ownPromise(ballot: Ballot, phase: PhaseOne, mono: number): void {
    const { self, learner, acceptor, journal, neighbours } = this.#parts;
    const { runs } = acceptor.runs(Number.POSITIVE_INFINITY);
    phase.promised(self.name, { decidedUpTo: learner.decided, runs });
    const linked = neighbours.all.filter((peer) => peer.linked);
    journal.send(
      linked.map(({ name }) => name),
      { type: 'prepare', ballot },
    );
    for (const peer of linked) peer.resend.expect(mono);
  }

  #prepare(now: Now): void {
    const role = this.#role;
    if (role.type !== 'preparing') return;
    const { self, membership, learner, acceptor, neighbours } = this.#parts;
    if (role.unfounded && membership.founded) {
      // The votes so far were counted by hearsay; what is above slot 1 is counted by the seats that it names.
      this.#release(role.ballot, self.name, 'the founding became known', now);
      return;
    }
    const { fetches } = role.phase;
    if (fetches > role.fetches) {
      this.#role = { ...role, fetches, sinceMono: now.mono };
    } else if (now.mono >= role.sinceMono + PATIENCE_MS) {
      this.#giveUp(role.ballot, 'phase 1 was not complete in time', now);
      return;
    }
    const state = role.phase.state(learner.decided, (at) => acceptor.held(at));
    if (state.type === 'waiting') return;
    if (state.type === 'fetching') {
      const { from, to, holders } = state.wanted;
      const able = holders.flatMap((name) => {
        const peer = neighbours.find(name);
        return peer?.linked === true && this.#fetching.mayHave(peer, from) ? [peer] : [];
      });
      const holder = this.#fetching.choose(able, now.mono);
      if (holder !== undefined) this.#fetching.request(holder, from, to, now.mono);
      return;
    }
    this.#beginToLead(role.ballot, state.proposals, now);
  }

  #beginToLead(ballot: Ballot, proposals: readonly Proposal[], now: Now): void {
    const { binding, acceptor, journal } = this.#parts;
    assert(sameBallot(acceptor.promised, ballot), 'a leader leads in the ballot its own acceptor promised');
    const leadership = new Leadership(this.#parts, ballot, proposals, now);
    this.#become({ type: 'leading', leadership });
    binding.bind(ballot, acceptor.promised, now.mono);
    this.#electorate.bound();
    this.#support.follow(ballot);
    journal.role({ type: 'led', ballot });
  }

  #lead(now: Now, leadership: Leadership): void {
    leadership.look(now.mono);
    if (leadership.hasFounded) {
      this.#release(leadership.ballot, this.#parts.self.name, 'founded; to be elected by the founding seats', now);
    } else if (now.mono >= leadership.lease.lostAt()) {
      this.#giveUp(leadership.ballot, 'no majority granted for one lease', now);
    } else if (!leadership.established && now.mono >= leadership.stillSince + PATIENCE_MS) {
      this.#giveUp(leadership.ballot, 'not established in time', now);
    } else {
      this.#handOver.consider(leadership, this.ineligible(now.mono), now.mono);
      const { drain } = leadership;
      const handing = drain === null ? null : this.#handOver.proceed(leadership, drain, now.mono);
      if (handing !== null) this.#release(leadership.ballot, handing.to, handing.why, now);
      else if (drain === null) {
        leadership.fillSeats(now);
        leadership.helpProve(now);
      }
    }
  }

  /** It did not work out: that is trouble, for itself and, because the release names nobody, for everybody who hears of it. */
  #giveUp(ballot: Ballot, why: string, now: Now): void {
    this.#parts.steadiness.trouble(now.mono);
    this.#release(ballot, null, why, now);
  }

  /** Ends the ballot for good and says so, so that whoever is bound to exactly this ballot is free at once. */
  #release(ballot: Ballot, to: ReplicaName | null, why: string, now: Now): void {
    if (recurs(this.ineligible(now.mono))) this.#parts.steadiness.trouble(now.mono);
    const wasBound = this.#parts.binding.release(ballot, now.mono);
    this.#stop(ballot, why, { ballot, to });
    this.#electorate.released(ballot, to, wasBound);
    if (to !== null && to !== this.#parts.self.name) this.#handOver.handed(to, now.mono);
  }

  #stop(ballot: Ballot, why: string, released: Released | null): void {
    const role = this.#role;
    // A ballot whose own promise is not durable was never spoken of, and must not be: after a crash it may be used again.
    const unspoken = role.type === 'preparing' && !role.phase.hasPromised(this.#parts.self.name);
    this.#become({ type: 'following', released: unspoken ? null : released });
    this.#support.end(ballot);
    this.#parts.journal.role({ type: 'stopped', ballot, why });
  }

  #become(role: Role): void {
    this.#role = role;
    this.#changes += 1;
  }

  #standsAt(mono: number): number {
    if (this.ineligible(mono) !== null) return Number.POSITIVE_INFINITY;
    const { willing, atMono } = this.#electorate.willing(this.#parts.self.name, mono);
    return willing ? Number.POSITIVE_INFINITY : atMono;
  }

  #ownBallot(): Ballot | null {
    if (this.#role.type === 'preparing') return this.#role.ballot;
    return this.#role.type === 'leading' ? this.#role.leadership.ballot : null;
  }
}
