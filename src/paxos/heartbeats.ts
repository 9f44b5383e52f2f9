/**
 * Heartbeats and echoes: what this replica says about itself, and what it takes from what the others say. Leases are asked for
 * and granted here and nowhere else, and candidates learn here who is willing. What follows from it is election.ts's business.
 */

import { NO_BALLOT, sameBallot } from './ballot.js';
import type { Checkpoints } from './checkpoints.js';
import type { Now } from './effects.js';
import type { Election } from './election.js';
import type { Electorate } from './electorate.js';
import type { Echo, Heartbeat, Ineligible, Purpose } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { recurs } from './steadiness.js';
import type { Support } from './support.js';
import { contactMs } from './timing.js';

export interface HeartbeatRoles {
  readonly electorate: Electorate;
  readonly election: Election;
  readonly support: Support;
  readonly checkpoints: Checkpoints;
}

export class Heartbeats {
  readonly #parts: Parts;
  readonly #electorate: Electorate;
  readonly #election: Election;
  readonly #support: Support;
  readonly #checkpoints: Checkpoints;
  #nextAt: number;
  /** What the last heartbeat said, to notice that something changed which must be said at once. */
  #said = '';

  constructor(parts: Parts, roles: HeartbeatRoles, now: Now) {
    this.#parts = parts;
    this.#electorate = roles.electorate;
    this.#election = roles.election;
    this.#support = roles.support;
    this.#checkpoints = roles.checkpoints;
    this.#nextAt = now.mono;
  }

  /** When the next heartbeat is due. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** A peer has just come within reach: do not let it wait for the interval. */
  hurry(mono: number): void {
    this.#nextAt = mono;
  }

  /** Sends one when it is due, when what it says has changed, or when reads wait for a round. */
  beatIfDue(now: Now): void {
    const { mono } = now;
    const ineligible = this.#election.ineligible(mono);
    const purpose = this.#election.purpose();
    const says = sayings(purpose, ineligible);
    const forReads = this.#election.leadership?.wantsRound ?? false;
    if (mono < this.#nextAt && says === this.#said && !forReads) return;
    this.#said = says;
    this.#beat(purpose, ineligible, now);
  }

  #beat(purpose: Purpose, ineligible: Ineligible | null, now: Now): void {
    const { self, pulse, learner, journal, neighbours, binding, acceptor, timing } = this.#parts;
    const number = pulse.beat(now);
    this.#nextAt = now.mono + timing.heartbeatMs;
    const heartbeat: Heartbeat = {
      type: 'heartbeat',
      number,
      incarnation: self.incarnation,
      purpose,
      priority: self.priority,
      ineligible,
      supported: this.#support.ballot,
      applied: learner.decided,
      durable: journal.durable,
      wallMs: Math.floor(now.wall),
      founding: learner.founding,
      contacts: neighbours.contacts(now.mono),
      firstSlot: acceptor.firstSlot,
      checkpoint: this.#checkpoints.last,
    };
    journal.send(
      neighbours.all.filter((peer) => peer.linked).map(({ name }) => name),
      heartbeat,
    );
    // A leader is one of the acceptors that its heartbeat asks for a lease.
    if (purpose.type === 'lead' && binding.bind(purpose.ballot, acceptor.promised, now.mono)) {
      this.#election.leadership?.beat(number);
    }
  }

  /** Takes a heartbeat and echoes it; what was news in it is left for `Election.evaluate`. */
  hear(from: Neighbour, heartbeat: Heartbeat, now: Now): void {
    const { neighbours, learner, journal, horizon } = this.#parts;
    const before = from.heartbeat;
    if (heartbeat.founding !== '' && learner.founding !== '' && heartbeat.founding !== learner.founding) {
      const reason = `founded apart: ${learner.founding} here, ${heartbeat.founding} at ${from.name}`;
      journal.effects.refusals.push({ peer: from.name, reason });
      return;
    }
    if (!neighbours.hear(from, heartbeat, now.mono)) {
      journal.ignore('heartbeat', 'not newer than the last one');
      return;
    }
    this.#checkpoints.heard(from, heartbeat.checkpoint);
    horizon.see(heartbeat.supported);
    this.#election.overtaken(heartbeat.supported, now);
    if (endedInTrouble(before, heartbeat)) from.steadiness.trouble(now.mono);
    if (heartbeat.purpose.type !== 'stand') this.#electorate.ceased(from.name);
    const granted = this.#purpose(from, heartbeat.purpose, now);
    if (heartbeat.supported.round > 0) this.#support.follow(heartbeat.supported);
    journal.send([from.name], this.#echo(from, heartbeat, granted, now.mono));
  }

  /** Says again, with what is true now, what the last echo to that peer said. */
  echoAgain(to: Neighbour, mono: number): void {
    if (!to.linked || to.heartbeat === null) return;
    const { purpose } = to.heartbeat;
    const { binding, acceptor } = this.#parts;
    const bound = binding.at(mono);
    const grants =
      purpose.type === 'lead' && sameBallot(bound, purpose.ballot) && sameBallot(acceptor.promised, purpose.ballot);
    this.#parts.journal.send([to.name], this.#echo(to, to.heartbeat, grants, mono));
  }

  /** Takes an echo of a heartbeat of this replica's. */
  echoed(from: Neighbour, echo: Echo, now: Now): void {
    const { self, pulse, neighbours, journal, horizon, membership } = this.#parts;
    const sent = echo.incarnation === self.incarnation ? pulse.sent(echo.number) : undefined;
    if (sent === undefined) {
      journal.ignore('echo', 'of no heartbeat of mine that still counts');
      return;
    }
    horizon.see(echo.promised);
    neighbours.echoed(from, echo, sent, now.mono);
    this.#election.overtaken(echo.promised, now);
    const leadership = this.#election.leadership;
    if (leadership !== null && sameBallot(echo.granted, leadership.ballot)) {
      if (membership.counts(from.name, from.store)) leadership.lease.grant(from.name, sent);
      leadership.serveReads();
    }
    // A voter that becomes willing by time alone is asked again at that moment, not at the next heartbeat.
    if (this.#election.role.type === 'standing' && !echo.willing && echo.freeInMs > 0) {
      this.#nextAt = Math.min(this.#nextAt, now.mono + echo.freeInMs);
    }
  }

  /** Acts on what the sender is about; true when this acceptor granted its lease. */
  #purpose(from: Neighbour, purpose: Purpose, now: Now): boolean {
    const { binding, acceptor, membership, condition, horizon } = this.#parts;
    switch (purpose.type) {
      case 'none':
      case 'stand':
        return false;
      case 'lead': {
        horizon.see(purpose.ballot);
        this.#election.overtaken(purpose.ballot, now);
        if (purpose.ballot.replica !== from.name) return false;
        if (membership.founded && !membership.counts(from.name, from.store)) return false;
        if (membership.isLearner || condition.lost) {
          this.#support.follow(purpose.ballot);
          return false;
        }
        if (!binding.bind(purpose.ballot, acceptor.promised, now.mono)) return false;
        this.#electorate.bound();
        this.#support.follow(purpose.ballot);
        from.lost = null;
        return true;
      }
      case 'release': {
        if (purpose.ballot.replica !== from.name) return false;
        const wasBound = binding.release(purpose.ballot, now.mono);
        this.#support.end(purpose.ballot);
        this.#electorate.released(purpose.ballot, purpose.to, wasBound);
        if (wasBound) this.#freed(now.mono);
        return false;
      }
    }
  }

  /** Candidates that asked while this acceptor was bound are told at once that it is free. */
  #freed(mono: number): void {
    for (const peer of this.#parts.neighbours.all) {
      if (peer.heartbeat?.purpose.type === 'stand') this.echoAgain(peer, mono);
    }
  }

  #echo(to: Neighbour, heartbeat: Heartbeat, grants: boolean, mono: number): Echo {
    const { self, acceptor, learner, membership, condition, timing } = this.#parts;
    const { willing, atMono } = this.#electorate.willing(to.name, mono);
    if (willing && heartbeat.purpose.type === 'stand') this.#electorate.backs(to.name, mono);
    const purpose = heartbeat.purpose;
    const inMs = Math.min(atMono - mono, timing.leaseMs + contactMs(timing));
    return {
      type: 'echo',
      number: heartbeat.number,
      incarnation: heartbeat.incarnation,
      echoer: self.incarnation,
      promised: membership.isLearner ? NO_BALLOT : acceptor.promised,
      granted: grants && purpose.type === 'lead' && !condition.lost ? purpose.ballot : NO_BALLOT,
      willing,
      freeInMs: Number.isFinite(atMono) ? Math.ceil(inMs) : 0,
      applied: learner.decided,
    };
  }
}

function sayings(purpose: Purpose, ineligible: Ineligible | null): string {
  const ballot = purpose.type === 'lead' || purpose.type === 'release' ? purpose.ballot.round : 0;
  const established = purpose.type === 'lead' && purpose.established;
  return `${purpose.type} ${ballot} ${established} ${ineligible ?? ''}`;
}

/**
 * It led and does so no longer, or gave a candidacy up, and handed over to nobody; or it gave up for what would soon be so again:
 * trouble, whatever the reason.
 */
function endedInTrouble(before: Heartbeat | null, now: Heartbeat): boolean {
  if (now.purpose.type === 'release') {
    const handedOver = now.purpose.to !== null && !recurs(now.ineligible) && !recurs(before?.ineligible ?? null);
    return before?.purpose.type !== 'release' && !handedOver;
  }
  return now.purpose.type === 'none' && before?.purpose.type === 'lead';
}
