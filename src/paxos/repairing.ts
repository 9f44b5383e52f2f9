/**
 * A log that lost its end. What this replica promised and accepted last is not known, so it votes no more until every other
 * store that may have voted with it has told its promise, its highest slot and the LSN that it remembers; then it writes
 * down, at once and for good, what it must assume of itself. And the other side: telling such a replica what one knows.
 *
 * Why that is enough. Whatever ballot b this replica promised or accepted in, another store has promised at least b: b's
 * candidate promised it durably before it asked anyone, and an Accept in b means that a majority promised b, of which at
 * least one is another. Promises only rise, so M, the highest promise told, is not below anything that was lost; promising
 * M takes back no vote. A value accepted here counts for anything only if another accepted it too, so no slot above the
 * highest told can have been chosen by a lost vote; and reporting all others as faulty at M says of each a ballot not below
 * the one it was accepted in. A majority of the others is not enough: a candidate that counts a promise lost here may be
 * known to nobody else.
 *
 * A learner's votes count for nobody, in this life or a later one, as a seat never changes hands: it repairs its log at
 * once, to go on learning.
 *
 * Why nothing is appended meanwhile. Groups after the lost end would make it look like damage in the middle, whose promise
 * is known, and records could climb above the LSN that peers remember: either would hide the loss from the next start.
 *
 * Where only a peer knows of the loss, the log is made to tell of it itself before anybody is asked: the next start may
 * come before the repair, and that peer may be away then.
 */

import { type Lsn, lsn, type ReplicaName, slot } from '../base/ids.js';
import { maxBallot } from './ballot.js';
import type { Repair } from './effects.js';
import type { Recall, Recalled } from './message.js';
import type { LinkUp, Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';

export class Repairing {
  readonly #parts: Parts;
  /** What the others have told, by name. */
  readonly #told = new Map<ReplicaName, Recalled>();
  /** Whom this life has been linked with. */
  readonly #met = new Set<ReplicaName>();
  /** The highest LSN that a greeting remembered. */
  #remembered: Lsn = lsn(0);
  /** Whose log is known to have lost its end as well. */
  readonly #both = new Set<ReplicaName>();
  /** The log tells of its lost end, so that no start can overlook it. */
  #isNoted: boolean;
  /** Asked for, not yet durable. */
  #repair: Repair | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#isNoted = parts.condition.lost;
    if (!parts.condition.lost) return;
    parts.journal.role({ type: 'lost-log', why: 'its last groups cannot be read' });
    this.#wantIfLearner();
  }

  /**
   * Who has not told; nobody when the log is whole, or is being repaired. One of a cluster of one waits for ever: nobody
   * knows.
   */
  get waitsFor(): readonly ReplicaName[] {
    const { condition, membership } = this.#parts;
    return condition.lost && this.#repair === null ? membership.others.filter((name) => !this.#told.has(name)) : [];
  }

  /**
   * A peer remembers how far this store's log was durable. At the first greeting of this life that was an earlier life's
   * word, to be held against the log as it was found; a later one may be about this life. True when the log turns out to
   * have been rolled back.
   */
  greeted({ peer, rememberedLsn }: LinkUp): boolean {
    const { condition, journal, options } = this.#parts;
    const end = this.#met.has(peer) ? journal.durable : options.recovered.lastLsn;
    this.#met.add(peer);
    if (rememberedLsn === null) return false;
    if (rememberedLsn > this.#remembered) this.#remembered = rememberedLsn;
    if (rememberedLsn <= end || condition.lost) return false;
    condition.lost = true;
    const why = `${peer} remembers record ${rememberedLsn}, and the log ended at ${end}`;
    journal.role({ type: 'lost-log', why });
    this.#wantIfLearner();
    journal.effects.loss = this.#repair === null;
    return true;
  }

  /** The log tells of it now. A reason when nothing was to be noted. */
  noted(): string | null {
    if (!this.#parts.condition.lost || this.#isNoted) return 'nothing was to be noted';
    this.#isNoted = true;
    return null;
  }

  /** A peer's log lost its end: tells it what is known here. A reason when nothing may be told. */
  answer(from: Neighbour, { incarnation }: Recall): string | null {
    const { condition, membership, acceptor, journal, neighbours } = this.#parts;
    if (condition.lost) {
      this.#noteBoth(from);
      return 'the log here is not whole either';
    }
    if (membership.isLearner) return 'a learner cannot answer for the store that has its seat';
    const remembered = from.store === null ? null : neighbours.remembered(from.store);
    const { promised, highest } = acceptor;
    journal.send([from.name], { type: 'recalled', incarnation, promised, highest, remembered: remembered ?? lsn(0) });
    return null;
  }

  /**
   * A peer has told. It counts for the store that has the seat; where the seat is empty as far as this replica knows,
   * whatever store runs under that name may have got it in what was lost, and has to be heard.
   */
  take(from: Neighbour, message: Recalled): string | null {
    const { condition, membership, self } = this.#parts;
    if (!condition.lost || this.#repair !== null) return 'the log here is whole, or about to be';
    if (message.incarnation !== self.incarnation) return 'for another incarnation';
    const seat = membership.seat(from.name);
    if (seat !== null && seat !== from.store) return 'not the store that votes under its name';
    this.#told.set(from.name, message);
    if (this.waitsFor.length === 0) this.#want();
    return null;
  }

  /** Asks a peer that has not told. */
  resend(to: Neighbour): boolean {
    const { condition, journal, self } = this.#parts;
    if (!condition.lost || !this.#isNoted || this.#repair !== null) return false;
    if (!to.linked || this.#told.has(to.name)) return false;
    journal.send([to.name], { type: 'recall', incarnation: self.incarnation });
    return true;
  }

  /** The repair is durable: this replica is an acceptor again. A reason when none was asked for. */
  repaired(): string | null {
    const { acceptor, condition, horizon, journal } = this.#parts;
    const repair = this.#repair;
    if (repair === null) return 'no repair was asked for';
    this.#repair = null;
    this.#told.clear();
    condition.lost = false;
    this.#isNoted = false;
    acceptor.repair(repair);
    horizon.see(repair.promised);
    journal.continueAt(repair.nextLsn);
    journal.role({ type: 'repaired-log' });
    return null;
  }

  /** What only the two of them accepted may have been chosen, and be gone: no rule that a replica can follow is safe. */
  #noteBoth({ name, store }: Neighbour): void {
    const seat = this.#parts.membership.seat(name);
    if (this.#both.has(name) || (seat !== null && seat !== store)) return;
    this.#both.add(name);
    this.#parts.journal.role({ type: 'lost-together', peer: name });
  }

  #wantIfLearner(): void {
    if (this.#parts.membership.isLearner) this.#want();
  }

  #want(): void {
    const { acceptor, journal, learner } = this.#parts;
    const told = [...this.#told.values()];
    const promised = told.reduce((most, one) => maxBallot(most, one.promised), acceptor.promised);
    const highestSlot = slot(told.reduce<number>((most, { highest }) => Math.max(most, highest), acceptor.highest));
    const last = told.reduce<number>((most, { remembered }) => Math.max(most, remembered), this.#remembered);
    const nextLsn = lsn(Math.max(last, journal.last) + 1);
    const faulty = acceptor.faultyUpTo(learner.decided, highestSlot, promised);
    this.#repair = { promised, highestSlot, nextLsn, faulty };
    journal.effects.repair = this.#repair;
  }
}
