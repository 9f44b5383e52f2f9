/**
 * The learner: which slots are chosen, and the prefix of them that is decided. It marks a slot chosen only where this replica
 * accepted it at exactly the ballot the leader speaks of, or where a peer's log says it is decided; everything else it leaves for
 * fetching. Decided values go to the state machine in slot order, each once, and no more of them in a turn than it bears.
 */

import { assert, must } from '../base/assert.js';
import { type Slot, slot } from '../base/ids.js';
import type { Acceptor } from './acceptor.js';
import { type Ballot, compareBallots, isDecided, NO_BALLOT, sameBallot } from './ballot.js';
import type { Installed, Recovered, Replayed } from './effects.js';
import type { Journal } from './journal.js';
import { foundingDigest, type Membership } from './membership.js';
import { TURN_BYTES } from './timing.js';
import { bytesOf, type ConfigurationValue, type Value } from './value.js';

export class Learner {
  readonly #journal: Journal;
  readonly #acceptor: Acceptor;
  readonly #membership: Membership;
  #decided: Slot;
  /** Slots up to here are held and known to be chosen: those above the decided prefix wait for their turn. */
  #ready: Slot;
  #readyBytes = 0;
  /** Bytes of values that may still be decided in this turn. */
  #allowance = TURN_BYTES;
  #chosenBallot: Ballot = NO_BALLOT;
  #chosenUpTo: Slot = slot(0);
  #lastStamp: number;
  #founding: string;
  /** Of what was decided up to here the log may know a newer configuration than the slots that are decided anew. */
  readonly #configuredUpTo: Slot;

  constructor(
    journal: Journal,
    acceptor: Acceptor,
    membership: Membership,
    start: Pick<Recovered, 'decidedUpTo' | 'highestSlot' | 'faulty'> & { readonly replayed: Replayed },
  ) {
    this.#journal = journal;
    this.#acceptor = acceptor;
    this.#membership = membership;
    this.#decided = start.decidedUpTo;
    this.#ready = start.decidedUpTo;
    this.#lastStamp = start.replayed.lastStamp;
    this.#founding = start.replayed.founding;
    this.#configuredUpTo = start.faulty.some(({ ballot }) => isDecided(ballot)) ? start.highestSlot : slot(0);
  }

  /** The decided prefix; as the driver applies it before anything else happens, also the applied one. */
  get decided(): Slot {
    return this.#decided;
  }

  /** The last slot of those that need not be fetched, because they are decided or wait for their turn. */
  get ready(): Slot {
    return this.#ready;
  }

  /** Bytes of the values that wait for their turn. */
  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** The highest slot known to be chosen, decided here or not. */
  get chosenUpTo(): Slot {
    return slot(Math.max(this.#chosenUpTo, this.#decided));
  }

  /** The highest stamp among decided batches. */
  get lastStamp(): number {
    return this.#lastStamp;
  }

  /** Digest of slot 1, '' before it is decided. */
  get founding(): string {
    return this.#founding;
  }

  /** The leader of `ballot` says that every slot up to `upTo` is chosen; `advance` makes use of it. */
  chosen(ballot: Ballot, upTo: Slot): void {
    const order = compareBallots(ballot, this.#chosenBallot);
    if (order < 0 || (order === 0 && upTo <= this.#chosenUpTo)) return;
    this.#chosenBallot = ballot;
    this.#chosenUpTo = upTo;
    this.#look();
  }

  /** A peer's log has the slot decided. */
  learn(at: Slot, value: Value): void {
    if (at > this.#decided) this.#acceptor.learn(at, value);
  }

  /** The state of a snapshot has become this replica's: what it contains is decided. What is held above may follow at once. */
  install({ slot: upTo, configuration, founding, lastStamp }: Installed): void {
    assert(upTo > this.#decided, 'nothing is installed at or below what is decided');
    assert(founding !== '', 'whoever has slots beyond the first has the first');
    const isNew = this.#founding === '';
    assert(isNew || this.#founding === founding, 'a snapshot is of this founding');
    this.#acceptor.install(upTo);
    this.#decided = upTo;
    // What is held above it is found anew.
    this.#ready = upTo;
    this.#readyBytes = 0;
    this.#lastStamp = Math.max(this.#lastStamp, lastStamp);
    this.#founding = founding;
    if (isNew) this.#journal.role({ type: 'founded', digest: founding });
    this.#adopt(upTo, configuration);
    this.advance();
  }

  /** Moves the decided prefix on as far as what is held and this turn allow. */
  advance(): void {
    this.#look();
    while (this.#decided < this.#ready && this.#allowance > 0) this.#decideNext();
  }

  /** The same, whatever the turn allows: a leader decides what is chosen before it tells anybody. */
  advanceAll(): void {
    this.#look();
    while (this.#decided < this.#ready) this.#decideNext();
  }

  /** A turn of the event loop has gone by: what waited for it moves on. */
  turn(): void {
    this.#allowance = TURN_BYTES;
    this.advance();
  }

  #look(): void {
    for (;;) {
      const next = slot(this.#ready + 1);
      const held = this.#acceptor.held(next);
      if (held === undefined) return;
      const chosen = next <= this.#chosenUpTo && sameBallot(held.ballot, this.#chosenBallot);
      if (!chosen && !isDecided(held.ballot)) return;
      this.#ready = next;
      this.#readyBytes += bytesOf(held.value);
    }
  }

  #decideNext(): void {
    const next = slot(this.#decided + 1);
    // Whatever ballot it was accepted in since it was found to be chosen, its value is the same.
    const { value } = must(this.#acceptor.held(next), `slot ${next}, which is ready`);
    const bytes = bytesOf(value);
    this.#readyBytes -= bytes;
    this.#allowance -= bytes;
    this.#decide(next, value);
  }

  #decide(at: Slot, value: Value): void {
    assert(at === this.#decided + 1, 'slots are decided in order');
    this.#decided = at;
    this.#acceptor.drop(at);
    if (value.type === 'batch') this.#lastStamp = Math.max(this.#lastStamp, value.stamp);
    if (value.type === 'configuration') {
      if (at === 1) {
        this.#founding = foundingDigest(value);
        this.#journal.role({ type: 'founded', digest: this.#founding });
      }
      this.#adopt(at, value);
    } else {
      assert(at !== 1, 'slot 1 holds the founding configuration');
    }
    this.#journal.effects.decided.push({ slot: at, value });
  }

  /** As of slot `at`. */
  #adopt(at: Slot, configuration: ConfigurationValue): void {
    if (at <= this.#configuredUpTo && this.#membership.isPast(configuration)) return;
    const wasLearner = this.#membership.isLearner;
    this.#membership.adopt(configuration);
    if (!wasLearner && this.#membership.isLearner) {
      this.#journal.role({ type: 'became-learner', counted: this.#membership.seat(this.#membership.self) });
    }
  }
}
