/**
 * Read points, both sides. A reader asks with rising ids and needs only the newest answered: an answer to id n serves every id up
 * to n, because each of those reads began before n was asked. The leader answers at once while its lease holds, otherwise after
 * a majority has granted a heartbeat *sent after* the request arrived.
 */

import type { Incarnation, ReplicaName } from '../base/ids.js';
import { sameBallot } from './ballot.js';
import type { ReadSlot, ReadSlotAnswer } from './message.js';
import { Resend } from './resend.js';
import type { Route } from './support.js';

/** The reader's side. */
export class Reader {
  /** Its own clock of the resend rule: answers to other things must not hide that a question was lost. */
  readonly #clock: Resend;
  #asked = 0;
  #granted = 0;
  #sent = 0;
  #route: Route | null = null;

  /** `leastMs`: how long an answer may take at least. */
  constructor(leastMs: number) {
    this.#clock = new Resend(leastMs);
  }

  /** When what was asked is asked again. */
  get dueAt(): number {
    return this.#clock.dueAt;
  }

  get isWaiting(): boolean {
    return this.#asked > this.#granted;
  }

  get asked(): number {
    return this.#asked;
  }

  ask(id: number): void {
    this.#asked = Math.max(this.#asked, id);
  }

  /** True when an answer to this id serves reads that still wait. */
  isAsked(id: number): boolean {
    return id > this.#granted && id <= this.#asked;
  }

  granted(id: number): void {
    this.#granted = Math.max(this.#granted, id);
    if (!this.isWaiting) this.#clock.rest();
  }

  /** True when the newest id has to be sent on this way. */
  mustSend(route: Route, mono: number): boolean {
    const known = this.#route;
    if (known === null || known.via !== route.via || !sameBallot(known.ballot, route.ballot)) {
      this.#route = route;
      this.#sent = 0;
    }
    if (!this.isWaiting || this.#sent >= this.#asked) return false;
    this.#sent = this.#asked;
    this.#clock.expect(mono);
    return true;
  }

  again(): void {
    this.#sent = 0;
  }

  /** Nothing was granted for a whole interval. */
  againIfStuck(mono: number): void {
    if (this.#clock.isDue(mono)) this.again();
  }
}

/** A request that waits for a round. */
interface Waiting {
  readonly from: ReplicaName;
  readonly reader: ReplicaName;
  readonly incarnation: Incarnation;
  readonly id: number;
  /** The lowest number of a heartbeat sent after the request arrived. */
  readonly number: number;
}

/** The leader's side of reads that the lease does not cover. One round serves all that wait. */
export class ReadRounds {
  #waiting: Waiting[] = [];
  /** Number of the heartbeat of the round under way, 0 when none is. */
  #round = 0;

  /** @param lastSent number of the last heartbeat sent; only a later one can prove anything for this request */
  wait(from: ReplicaName, request: ReadSlot, lastSent: number): void {
    const number = lastSent + 1;
    const same = (other: Waiting): boolean => other.reader === request.reader && other.number === number;
    const isNewer = (other: Waiting): boolean =>
      other.incarnation > request.incarnation || (other.incarnation === request.incarnation && other.id >= request.id);
    if (this.#waiting.some((other) => same(other) && isNewer(other))) return;
    this.#waiting = this.#waiting.filter((other) => !same(other));
    this.#waiting.push({ from, reader: request.reader, incarnation: request.incarnation, id: request.id, number });
  }

  /** A heartbeat has to leave now: somebody waits for one and no round is under way. */
  wantsRound(provenNumber: number, lastSent: number): boolean {
    if (this.#round > provenNumber) return false;
    return this.#waiting.some(({ number }) => number > lastSent);
  }

  began(number: number): void {
    if (this.#waiting.some((waiting) => waiting.number === number)) this.#round = number;
  }

  /** Takes out everybody whose heartbeat a majority has granted. */
  served(provenNumber: number): readonly Waiting[] {
    const served = this.#waiting.filter(({ number }) => number <= provenNumber);
    if (served.length > 0) this.#waiting = this.#waiting.filter(({ number }) => number > provenNumber);
    return served;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }
}

export function answerTo(request: ReadSlot | Waiting, at: ReadSlotAnswer['slot']): ReadSlotAnswer {
  return {
    type: 'read-slot-answer',
    reader: request.reader,
    incarnation: request.incarnation,
    id: request.id,
    slot: at,
  };
}
