/**
 * A peer of a solo replica: what it says when a script lets it speak, and how it answers by itself. A silent puppet leaves
 * everything to the script; a polite one echoes heartbeats, willing, and grants leases; a helpful one promises and accepts
 * besides whatever is not below its promise.
 */

import { incarnation, lsn, type ReplicaName, type Slot, slot } from '#src/base/ids.js';
import { type Ballot, compareBallots, maxBallot, NO_BALLOT } from '#src/paxos/ballot.js';
import type { Heartbeat, PeerMessage } from '#src/paxos/message.js';
import type { Defaults } from './notation.js';

export type Manners = 'silent' | 'polite' | 'helpful';

export class Puppet {
  readonly name: ReplicaName;
  readonly priority: number;
  life = 1;
  manners: Manners = 'silent';
  /** Whether it grants leases; if not, it echoes all the same. */
  grants = true;
  willing = true;
  applied: Slot;
  /** Whether it applies what it hears is chosen; not once a script said what it has applied. */
  applies = true;
  /** Added to the wall clock it tells. */
  wallOffset = 0;
  #promised: Ballot = NO_BALLOT;
  #supports: Ballot = NO_BALLOT;
  #number = 0;
  /** The last heartbeat of the replica's. */
  #heard: Heartbeat | null = null;
  readonly #contacts: readonly ReplicaName[];

  constructor(name: ReplicaName, priority: number, contacts: readonly ReplicaName[], applied: Slot) {
    this.name = name;
    this.priority = priority;
    this.applied = applied;
    this.#contacts = contacts;
  }

  /** Notes what the replica sent, and answers it if it is helpful. */
  take(message: PeerMessage, wallMs: number): readonly PeerMessage[] {
    if (message.type === 'heartbeat') this.#heard = message;
    if (this.manners === 'silent' || (this.manners === 'polite' && message.type !== 'heartbeat')) return [];
    switch (message.type) {
      case 'heartbeat':
        return this.#heartbeat(message, wallMs);
      case 'prepare': {
        if (compareBallots(message.ballot, this.#promised) < 0) return [];
        this.#promised = message.ballot;
        return [{ type: 'promise', ballot: message.ballot, decidedUpTo: this.applied, runs: [], truncated: false }];
      }
      case 'accept': {
        if (compareBallots(message.ballot, this.#promised) < 0) return [];
        this.#promised = message.ballot;
        if (this.applies && message.chosenUpTo > this.applied) this.applied = message.chosenUpTo;
        if (message.proposals.length === 0) return [];
        return [
          { type: 'accepted', ballot: message.ballot, slots: message.proposals.map((proposal) => proposal.slot) },
        ];
      }
      default:
        return [];
    }
  }

  /** What it says by itself, for those of its words that a script leaves out. */
  defaults(wallMs: number): Defaults {
    const heard = this.#heard;
    return {
      heartbeat: {
        type: 'heartbeat',
        number: this.#number,
        incarnation: incarnation(this.life),
        purpose: { type: 'none' },
        priority: this.priority,
        ineligible: null,
        supported: this.#supports,
        applied: this.applied,
        durable: lsn(0),
        wallMs: Math.floor(wallMs) + this.wallOffset,
        founding: '',
        contacts: this.#contacts,
        firstSlot: slot(1),
        checkpoint: null,
      },
      echo: {
        type: 'echo',
        number: heard?.number ?? 0,
        incarnation: heard?.incarnation ?? incarnation(0),
        echoer: incarnation(this.life),
        promised: this.#promised,
        granted: NO_BALLOT,
        willing: false,
        freeInMs: 0,
        applied: this.applied,
      },
    };
  }

  /** The next heartbeat's defaults. */
  next(wallMs: number): Defaults {
    this.#number += 1;
    return this.defaults(wallMs);
  }

  begin(life: number): void {
    this.life = life;
    this.#number = 0;
    this.#heard = null;
  }

  /** What it starts from, when a script says so. */
  promise(ballot: Ballot): void {
    this.#promised = ballot;
  }

  #heartbeat({ purpose }: Heartbeat, wallMs: number): readonly PeerMessage[] {
    const leads = this.grants && purpose.type === 'lead' && compareBallots(purpose.ballot, this.#promised) >= 0;
    if (purpose.type === 'lead') this.#supports = maxBallot(this.#supports, purpose.ballot);
    const { echo } = this.defaults(wallMs);
    return [
      { ...echo, granted: leads ? purpose.ballot : NO_BALLOT, willing: this.willing },
      this.next(wallMs).heartbeat,
    ];
  }
}
