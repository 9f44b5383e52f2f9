/**
 * The one door of the consensus core: an input and a clock reading go in, effects come out. Deterministic: same construction,
 * same inputs, same effects. This file hands each input to the part or role it concerns and brings their common work (what is
 * due, what is sent again, what is fetched) into one order; the rules themselves are in those files.
 */

import { assert, unreachable } from '../base/assert.js';
import { type Incarnation, incarnation, type Lsn, type StoreId } from '../base/ids.js';
import { FollowedTime } from './batch-time.js';
import { Checkpoints } from './checkpoints.js';
import type { AcceptorState, Effects, IdentityChange, Input, Installed, Now } from './effects.js';
import { Election } from './election.js';
import { Electorate } from './electorate.js';
import { Fetching } from './fetching.js';
import { Heartbeats } from './heartbeats.js';
import { Invariants } from './invariants.js';
import type { PeerMessage } from './message.js';
import type { LinkUp, Neighbour } from './neighbours.js';
import { type Parts, partsOf, type ReplicaOptions, timeOf } from './parts.js';
import { Repairing } from './repairing.js';
import { Requests } from './requests.js';
import { Support } from './support.js';
import { LAG_SLOTS } from './timing.js';
import type { View } from './view.js';
import { viewOf } from './view-of.js';
import { Voting } from './voting.js';

export class Replica {
  readonly #parts: Parts;
  readonly #support: Support;
  readonly #electorate: Electorate;
  readonly #fetching: Fetching;
  readonly #election: Election;
  readonly #heartbeats: Heartbeats;
  readonly #voting: Voting;
  readonly #requests: Requests;
  readonly #repairing: Repairing;
  readonly #checkpoints: Checkpoints;
  readonly #invariants: Invariants;
  #wakeAt = Number.NEGATIVE_INFINITY;
  /** The lowest incarnation that no peer remembers; commands wait until this replica's own has durably become it. */
  #unused: Incarnation;
  readonly #followed: FollowedTime;
  /** The last LSN and the moment of each step whose records are not all durable, oldest first. */
  readonly #unpersisted: { readonly lsn: Lsn; readonly mono: number }[] = [];

  constructor(options: ReplicaOptions, now: Now) {
    const parts = partsOf(options, now);
    this.#parts = parts;
    this.#unused = options.incarnation;
    this.#followed = new FollowedTime(parts.learner.lastStamp, now.mono);
    this.#support = new Support(options.name, parts.neighbours, parts.journal);
    this.#electorate = new Electorate(parts);
    this.#fetching = new Fetching(parts, this.#support);
    this.#election = new Election(parts, this.#electorate, this.#support, this.#fetching);
    this.#repairing = new Repairing(parts);
    this.#checkpoints = new Checkpoints(parts);
    this.#heartbeats = new Heartbeats(
      parts,
      {
        electorate: this.#electorate,
        election: this.#election,
        support: this.#support,
        checkpoints: this.#checkpoints,
      },
      now,
    );
    this.#voting = new Voting(parts, {
      election: this.#election,
      electorate: this.#electorate,
      fetching: this.#fetching,
      heartbeats: this.#heartbeats,
      support: this.#support,
    });
    this.#requests = new Requests(parts, this.#election, this.#support);
    this.#invariants = new Invariants(parts, this.#election);
  }

  /** One input, at one moment. The driver performs what is returned before it steps again. */
  step(input: Input, now: Now): Effects {
    const stage = this.#election.stage;
    const pulse = this.#take(input, now);
    if (pulse || this.#election.stage !== stage) this.#lookAround(now);
    this.#followed.follow(this.#parts.learner.lastStamp, now.mono);
    this.#noteUnpersisted(now.mono);
    this.#invariants.check();
    const effects = this.#parts.journal.take();
    if (effects.read !== null) this.#requests.granted(effects.read.upTo);
    effects.wakeAt = this.#hasTurnComing ? now.mono : this.#wakeAt;
    return effects;
  }

  /** For the header of the log's next group. */
  acceptorState(): AcceptorState {
    const { acceptor, learner } = this.#parts;
    return {
      promised: acceptor.promised,
      decidedUpTo: learner.decided,
      firstSlot: acceptor.firstSlot,
      highestSlot: acceptor.highest,
    };
  }

  /** For a greeting: the highest LSN that was ever heard to be durable in the log of that store, null when none was. */
  remembered(store: StoreId): Lsn | null {
    return this.#parts.neighbours.remembered(store);
  }

  /** Whose execution of the log the state goes back to: for the header of a snapshot. */
  get lineage(): StoreId {
    return this.#checkpoints.lineage;
  }

  view(now: Now): View {
    return viewOf(this.#parts, this.#election, this.#electorate, {
      support: this.#support,
      canForward: this.canForward(now.mono),
      waitsFor: this.#repairing.waitsFor,
      now,
    });
  }

  /**
   * The leader's running time as far as it is known here, ms since 1970: what shows how long something has left. Nothing is
   * decided by it.
   */
  time(now: Now): number {
    return this.#election.leadership?.time(now) ?? this.#followed.at(timeOf(this.#parts, now), now.mono);
  }

  /** A leader can be reached and this replica is not far behind: commands may be numbered and proposed. */
  canForward(mono: number): boolean {
    if (this.#parts.self.incarnation < this.#unused || this.#support.route(mono) === null) return false;
    const { neighbours, learner, condition } = this.#parts;
    if (condition.lost || condition.diverged) return false;
    return neighbours.all.every(({ heartbeat }) => (heartbeat?.applied ?? 0) <= learner.decided + LAG_SLOTS);
  }

  /** Handles the input. True when timers, roles or resends have to be looked at; the busy path of data leaves them alone. */
  #take(input: Input, now: Now): boolean {
    switch (input.type) {
      case 'message':
        return this.#message(this.#parts.neighbours.get(input.from), input.message, now);
      case 'wake':
        return true;
      case 'flush':
        this.#requests.flush(now);
        return this.#turn(now.mono) || (this.#election.leadership?.wantsRound ?? false);
      case 'propose':
        this.#requests.propose(input.parcel, now.mono);
        return false;
      case 'read':
        this.#requests.read(input.id);
        return false;
      case 'persisted':
        this.#parts.journal.persisted(input.lsn);
        this.#election.persisted(input.lsn, now);
        return this.#election.leadership?.isDraining ?? false;
      case 'link-up':
        this.#linkUp(input, now);
        return true;
      case 'link-down':
        this.#parts.neighbours.linkDown(input.peer);
        this.#parts.neighbours.get(input.peer).resend.rest();
        this.#fetching.linkDown(input.peer);
        return true;
      case 'health':
        this.#parts.condition.health = input.reason;
        return true;
      case 'drain':
        this.#parts.condition.draining = input.on;
        return true;
      case 'identity-kept':
        this.#kept(input.identity);
        return true;
      case 'trimmed':
        assert(input.firstSlot <= this.#parts.learner.decided + 1, 'only what is decided is trimmed');
        this.#parts.acceptor.trim(input.firstSlot);
        return false;
      case 'installed':
        this.#install(input, now);
        return true;
      case 'rebuilt':
        this.#checkpoints.replaced(input.slot, input.lineage);
        return true;
      case 'checkpoint':
        this.#checkpoints.reached(input.checkpoint);
        return true;
      case 'loss-noted': {
        const refused = this.#repairing.noted();
        if (refused !== null) this.#parts.journal.ignore(input.type, refused);
        for (const peer of this.#parts.neighbours.all) this.#sendAgain(peer, now.mono);
        return true;
      }
      case 'repaired': {
        const refused = this.#repairing.repaired();
        if (refused !== null) this.#parts.journal.ignore(input.type, refused);
        return true;
      }
      default:
        return unreachable(input);
    }
  }

  /** True when something had waited for the turn, and what depends on it has to be looked at. */
  #turn(mono: number): boolean {
    const { learner, condition } = this.#parts;
    if (condition.lost) return false;
    const waited = learner.ready > learner.decided;
    learner.turn();
    if (waited) this.#voting.caughtUp(mono);
    return waited;
  }

  /** Decided slots wait for a turn; on a log that lost its end nothing is decided. */
  get #hasTurnComing(): boolean {
    const { learner, condition } = this.#parts;
    return learner.ready > learner.decided && !condition.lost;
  }

  #install(installed: Installed, now: Now): void {
    assert(!this.#parts.condition.lost, 'nothing is installed on a log that lost its end');
    this.#election.installing(now);
    this.#parts.learner.install(installed);
    this.#checkpoints.replaced(installed.slot, installed.lineage);
    this.#fetching.installed();
    this.#voting.caughtUp(now.mono);
  }

  #message(from: Neighbour, message: PeerMessage, now: Now): boolean {
    if (this.#isForeign(from, message)) {
      this.#note(message, 'its sender is not known to belong to this founding');
      return false;
    }
    switch (message.type) {
      case 'heartbeat':
        this.#heartbeats.hear(from, message, now);
        return true;
      case 'echo':
        this.#heartbeats.echoed(from, message, now);
        return true;
      case 'prepare':
        this.#note(message, this.#voting.prepare(from, message, now));
        return true;
      case 'accept':
        this.#note(message, this.#voting.accept(from, message, now));
        return false;
      case 'fetch':
        this.#fetching.answer(from.name, message);
        return false;
      case 'forward':
        this.#note(message, this.#requests.forwarded(message, now));
        return false;
      case 'read-slot':
        this.#note(message, this.#requests.readSlot(from.name, message, now));
        return this.#election.leadership?.wantsRound ?? false;
      case 'recall':
        this.#note(message, this.#repairing.answer(from, message));
        return false;
      case 'recalled':
        from.resend.answered(now.mono, from.roundTripMs);
        this.#note(message, this.#repairing.take(from, message));
        return true;
      case 'snapshot-fetch':
      case 'snapshot-part':
        this.#note(message, 'the core has no part in it');
        return false;
      case 'promise':
      case 'accepted':
      case 'values':
      case 'read-slot-answer':
        from.resend.answered(now.mono, from.roundTripMs);
        return this.#answer(from, message, now);
      default:
        return unreachable(message);
    }
  }

  /**
   * Two histories founded apart must not touch. What could change this replica's log is taken only from a peer that is known
   * to have the same founding (it says so in its greeting, or in the heartbeat that leaves with its founding). Candidates and
   * leaders are heard only if theirs is the store that votes under their name, and before the founding that is the first one that
   * this replica durably knows of: a store that was wiped counts its rounds anew, and may use one of its predecessor's ballots.
   */
  #isForeign(from: Neighbour, { type }: PeerMessage): boolean {
    const { learner, membership } = this.#parts;
    const isFounded = learner.founding !== '';
    if (type === 'prepare' || type === 'accept') {
      return (isFounded && from.founding !== learner.founding) || !membership.counts(from.name, from.store);
    }
    if (!isFounded) return false;
    return type === 'values' && from.founding !== learner.founding;
  }

  #answer(
    from: Neighbour,
    message: Extract<PeerMessage, { readonly type: 'promise' | 'accepted' | 'values' | 'read-slot-answer' }>,
    now: Now,
  ): boolean {
    switch (message.type) {
      case 'promise':
        this.#note(message, this.#election.promised(from, message, now));
        return false;
      case 'accepted':
        this.#note(message, this.#election.leadership?.accepted(from, message) ?? null);
        return this.#election.leadership?.isDraining ?? false;
      case 'values': {
        const before = this.#parts.learner.decided;
        this.#fetching.take(from, message, now.mono);
        this.#election.fetched(message);
        if (this.#parts.learner.decided > before) this.#voting.caughtUp(now.mono);
        return true;
      }
      case 'read-slot-answer':
        this.#note(message, this.#requests.answered(message));
        return false;
      default:
        return unreachable(message);
    }
  }

  #linkUp(up: LinkUp, now: Now): void {
    const { peer, store, remembered } = up;
    const { neighbours, membership, journal, self } = this.#parts;
    const neighbour = neighbours.linkUp(up);
    if (membership.isNews(peer)) journal.effects.identity.push({ type: 'heard', name: peer, store });
    if (remembered !== null && remembered >= Math.max(self.incarnation, this.#unused)) {
      this.#unused = incarnation(remembered + 1);
      journal.effects.identity.push({ type: 'incarnation', incarnation: this.#unused });
    }
    neighbour.resend.rest();
    if (this.#repairing.greeted(up)) this.#election.discredited(now);
    this.#sendAgain(neighbour, now.mono);
    this.#heartbeats.hurry(now.mono);
  }

  #kept(identity: IdentityChange): void {
    const { membership, self } = this.#parts;
    if (identity.type === 'heard') membership.keep(identity.name, identity.store);
    else if (identity.incarnation > self.incarnation) self.incarnation = identity.incarnation;
  }

  /** What is due by time or by what the input changed. */
  #lookAround(now: Now): void {
    const { binding, neighbours, self, steadiness } = this.#parts;
    const expired = binding.expired(now.mono);
    if (expired !== null) {
      const leader = neighbours.find(expired.replica);
      if (leader !== undefined) leader.lost = expired;
      (expired.replica === self.name ? steadiness : leader?.steadiness)?.trouble(now.mono);
    }
    neighbours.watch(now.mono);
    this.#election.evaluate(now);
    for (const peer of neighbours.all) if (peer.resend.isDue(now.mono)) this.#sendAgain(peer, now.mono);
    this.#requests.resendIfStuck(now.mono);
    this.#fetching.catchUp(now.mono);
    this.#heartbeats.beatIfDue(now);
    this.#wakeAt = this.#dueAt(now.mono);
  }

  /** The one resend rule: each role sends again what its state says this peer has not answered. */
  #sendAgain(peer: Neighbour, mono: number): void {
    const unanswered = [
      this.#fetching.isOutstanding(peer.name),
      peer.linked && this.#election.resend(peer),
      this.#requests.resend(peer.name, mono),
      this.#repairing.resend(peer),
    ];
    if (unanswered.includes(true)) peer.resend.expect(mono);
    else peer.resend.rest();
  }

  #dueAt(mono: number): number {
    const { neighbours, binding } = this.#parts;
    let due = Math.min(this.#heartbeats.nextAt, this.#election.dueAt(mono), this.#requests.dueAt, this.#fetching.dueAt);
    if (!binding.isFree(mono)) due = Math.min(due, binding.freeAt());
    for (const { resend } of neighbours.all) due = Math.min(due, resend.dueAt);
    return due;
  }

  /** Keeps the age of the oldest record that is not durable, as a step a record may have been appended in. */
  #noteUnpersisted(mono: number): void {
    const { journal, condition } = this.#parts;
    const waiting = this.#unpersisted;
    if (journal.last > (waiting.at(-1)?.lsn ?? journal.durable)) waiting.push({ lsn: journal.last, mono });
    while (waiting[0] !== undefined && waiting[0].lsn <= journal.durable) waiting.shift();
    condition.unpersistedSince = waiting[0]?.mono ?? Number.POSITIVE_INFINITY;
  }

  #note(message: PeerMessage, reason: string | null): void {
    if (reason !== null) this.#parts.journal.ignore(message.type, reason);
  }
}
