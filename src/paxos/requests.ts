/**
 * What this replica and its neighbours want of the leader: commands proposed and read points granted. Gathered during a turn and
 * sent at its end along the one route there is; passed on for a neighbour that has no link to the leader, one hop far.
 */

import type { ReplicaName } from '../base/ids.js';
import type { Now } from './effects.js';
import type { Election } from './election.js';
import { Forwarding } from './forwarding.js';
import type { Leadership } from './leadership.js';
import type { Forward, ReadSlot, ReadSlotAnswer } from './message.js';
import type { Parts } from './parts.js';
import { Reader } from './reading.js';
import type { Parcel } from './session.js';
import type { Route, Support } from './support.js';

export class Requests {
  readonly #parts: Parts;
  readonly #election: Election;
  readonly #support: Support;
  readonly #forwarding: Forwarding;
  readonly #reader: Reader;

  constructor(parts: Parts, election: Election, support: Support) {
    this.#parts = parts;
    this.#election = election;
    this.#support = support;
    this.#forwarding = new Forwarding(parts);
    this.#reader = new Reader(2 * parts.timing.heartbeatMs);
  }

  propose(parcel: Parcel, mono: number): void {
    this.#forwarding.propose(parcel, mono);
  }

  read(id: number): void {
    this.#reader.ask(id);
  }

  /** The end of the driver's turn: what has gathered leaves, and the leader proposes. */
  flush(now: Now): void {
    const { self } = this.#parts;
    const settled = this.#forwarding.settle(now.mono);
    const leadership = this.#election.leadership;
    leadership?.admitEarly();
    const route = this.#support.route(now.mono);
    if (route !== null) {
      if (route.via !== self.name) this.#send(route, settled, now.mono);
      else if (leadership !== null) this.#serveOwn(leadership, route, now);
    }
    leadership?.flush(now);
  }

  /** A peer sends parcels: for this leader, or to be passed on. */
  forwarded(message: Forward, now: Now): string | null {
    const leadership = this.#election.leadership;
    if (leadership === null) return this.#forwarding.relay(message, this.#support.route(now.mono));
    let refusal: string | null = null;
    for (const parcel of message.parcels) refusal = leadership.admit(parcel) ?? refusal;
    return refusal;
  }

  /** A peer asks for a read point: of this leader, or to be passed on. */
  readSlot(from: ReplicaName, message: ReadSlot, now: Now): string | null {
    const leadership = this.#election.leadership;
    if (leadership !== null) {
      leadership.read(from, message, now);
      return null;
    }
    if (message.hops !== 0) return 'it was relayed before';
    const route = this.#support.route(now.mono);
    if (route === null || !route.direct) return 'no link to the leader';
    this.#parts.journal.send([route.via], { ...message, hops: 1 });
    return null;
  }

  /** The leader's answer, for this reader or for one that was relayed. */
  answered(message: ReadSlotAnswer): string | null {
    const { self, journal, neighbours, condition } = this.#parts;
    if (message.reader !== self.name) {
      if (neighbours.find(message.reader)?.linked !== true) return 'no link to its reader';
      journal.send([message.reader], message);
      return null;
    }
    if (message.incarnation !== self.incarnation) return 'for another incarnation';
    if (condition.diverged) return 'the state here is not to be read';
    if (!this.#reader.isAsked(message.id)) return 'nobody waits for it any more';
    journal.read({ upTo: message.id, slot: message.slot });
    return null;
  }

  /** Reads up to `id` were granted in this step, whoever granted them. */
  granted(id: number): void {
    this.#reader.granted(id);
  }

  /** The peer stayed silent or its link came up anew: what went that way goes again at the end of the turn. */
  resend(peer: ReplicaName, mono: number): boolean {
    if (this.#support.route(mono)?.via !== peer) return false;
    if (this.#forwarding.isEmpty && !this.#reader.isWaiting) return false;
    if (this.#parts.neighbours.get(peer).resend.isResting) this.#forwarding.again();
    else this.#forwarding.againIfSlow(mono);
    this.#reader.again();
    return true;
  }

  /** When what has not moved on has to be sent again. */
  get dueAt(): number {
    return Math.min(this.#forwarding.dueAt, this.#reader.dueAt);
  }

  /**
   * A parcel refused for a gap, or a read that found no way on, leaves no other trace than that nothing moves; answers to
   * other things must not hide it.
   */
  resendIfStuck(mono: number): void {
    this.#forwarding.againIfStuck(mono);
    this.#reader.againIfStuck(mono);
  }

  #send(route: Route, settled: boolean, mono: number): void {
    const { journal, neighbours } = this.#parts;
    const via = neighbours.get(route.via);
    if (settled) via.resend.answered(mono, via.roundTripMs);
    const parcels = this.#forwarding.take(route, mono);
    if (parcels.length > 0) journal.send([route.via], { type: 'forward', ballot: route.ballot, hops: 0, parcels });
    const asks = this.#reader.mustSend(route, mono);
    if (asks) journal.send([route.via], this.#readRequest());
    if (parcels.length > 0 || asks) via.resend.expect(mono);
  }

  #serveOwn(leadership: Leadership, route: Route, now: Now): void {
    const { self, journal } = this.#parts;
    const parcels = this.#forwarding.take(route, now.mono);
    for (const [index, parcel] of parcels.entries()) {
      const refused = leadership.admit(parcel);
      if (refused === null) continue;
      journal.ignore('propose', refused);
      this.#forwarding.untake(parcels.length - index);
      break;
    }
    if (this.#reader.mustSend(route, now.mono)) leadership.read(self.name, this.#readRequest(), now);
  }

  #readRequest(): ReadSlot {
    const { self } = this.#parts;
    return {
      type: 'read-slot',
      reader: self.name,
      incarnation: self.incarnation,
      id: this.#reader.asked,
      hops: 0,
    };
  }
}
