/**
 * Messages on their way out: those that wait for the disk until it has them, then all of a turn in few frames. What goes to
 * several peers is encoded once. Here is also the one place where a demonstration may lose an acceptor's answers.
 */

import type { Chance } from '../base/clock.js';
import type { Lsn, ReplicaName } from '../base/ids.js';
import type { Send } from '../paxos/effects.js';
import { laneOf, type PeerMessage } from '../paxos/message.js';
import { encodeMessages } from '../wire/peer-codec.js';
import type { LaneName } from './peers/lane.js';

/** What the outbox needs of the links. */
export interface Carrier {
  isUp(peer: ReplicaName): boolean;
  send(to: ReplicaName, lane: LaneName, frames: Uint8Array): void;
}

const LANES: readonly LaneName[] = ['pulse', 'data'];

export class Outbox {
  readonly #carrier: Carrier;
  readonly #chance: Chance;
  readonly #faultRate: number;
  /** Wait for their LSN. */
  #held: Send[] = [];
  #ready: Record<LaneName, Send[]> = { pulse: [], data: [] };

  constructor(carrier: Carrier, chance: Chance, faultRate: number) {
    this.#carrier = carrier;
    this.#chance = chance;
    this.#faultRate = faultRate;
  }

  /** Leaves with the next `flush`, or with the first one after its LSN has become durable. */
  add(send: Send, durable: Lsn): void {
    if (this.#isLost(send.message)) return;
    if (send.after > durable) this.#held.push(send);
    else this.#ready[laneOf(send.message)].push(send);
  }

  /** Everything up to this LSN is durable. */
  release(durable: Lsn): void {
    if (this.#held.length === 0) return;
    const held: Send[] = [];
    for (const send of this.#held) {
      if (send.after > durable) held.push(send);
      else this.#ready[laneOf(send.message)].push(send);
    }
    this.#held = held;
  }

  /** Hands over what may leave: the pulse first, and everything for one peer and lane in its order. */
  flush(): void {
    for (const lane of LANES) {
      const sends = this.#ready[lane];
      if (sends.length === 0) continue;
      this.#ready[lane] = [];
      for (let from = 0; from < sends.length; ) from = this.#sendRun(lane, sends, from);
    }
  }

  /** Sends the messages from `from` on that go to the same peers, in one frame. Returns where the next run begins. */
  #sendRun(lane: LaneName, sends: readonly Send[], from: number): number {
    const to = sends[from]?.to ?? [];
    const messages: PeerMessage[] = [];
    let at = from;
    for (let send = sends[at]; send !== undefined && sameNames(send.to, to); send = sends[++at])
      messages.push(send.message);
    if (!to.some((peer) => this.#carrier.isUp(peer))) return at;
    const frames = encodeMessages(messages);
    for (const peer of to) this.#carrier.send(peer, lane, frames);
    return at;
  }

  #isLost(message: PeerMessage): boolean {
    if (this.#faultRate === 0) return false;
    if (message.type !== 'promise' && message.type !== 'accepted') return false;
    return this.#chance.fraction() < this.#faultRate;
  }
}

function sameNames(a: readonly ReplicaName[], b: readonly ReplicaName[]): boolean {
  return a === b || (a.length === b.length && a.every((name, at) => name === b[at]));
}
