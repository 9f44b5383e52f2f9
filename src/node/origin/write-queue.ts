/**
 * The writes of this replica's clients, from the call to the answer: first waiting without a number, then numbered and on their
 * way. A numbered write stays until it is applied, whatever its client was told meanwhile, because it may still be executed and
 * the ones behind it need it. When to number, and where parcels go, is the origin's business.
 */

import { assert } from '../../base/assert.js';
import { type Sequence, sequence } from '../../base/ids.js';
import { ONCE, type OnceMark, onceMarkOf } from '../../kv/once-mark.js';
import type { Parcel, Session } from '../../paxos/session.js';
import { CommandCursor } from '../../wire/command.js';
import { encodeParcel } from '../../wire/parcel.js';
import type { Reply } from '../../wire/reply.js';
import type { WriteOutcome } from '../service.js';
import { bytesWork, COPY_WORK, LIGHT, type UnderWay, type WriteLoad } from '../write-load.js';
import { Fifo } from './fifo.js';
import { Foreseen } from './foreseen.js';

/** Where a parcel is closed although more waits: a quarter of a batch, so that four origins share one. */
export const PARCEL_BYTES = 256 * 1024;

/** What a waiting request takes besides its bytes, so that a bound on bytes bounds memory also where requests are small. */
export const REQUEST_OVERHEAD_BYTES = 128;

/**
 * Words of commands that one origin may have numbered and not applied: some 4,000 puts. However fast clients are, a slot then
 * holds no more than the event loop can apply in a few dozen milliseconds. Far more than a round trip needs to keep busy.
 */
export const UNAPPLIED_WORK = 8_192;

/** By so much may what one origin has numbered and not applied make the data grow: nobody else's limit on data knows of it. */
const UNAPPLIED_GROWTH = 64 * 1024 * 1024;

interface PendingWrite {
  /** Let go of once it is in a parcel. */
  command: Uint8Array | null;
  readonly bytes: number;
  /** Keys and values, however small, and what it copies. */
  readonly work: number;
  readonly load: WriteLoad;
  /** Null where it is no ONCE. */
  readonly once: OnceMark | null;
  readonly deadline: number;
  readonly done: (outcome: WriteOutcome) => void;
}

const cursor = new CommandCursor();

export class WriteQueue {
  readonly #limit: number;
  readonly #waiting = new Fifo<PendingWrite>();
  readonly #numbered = new Fifo<PendingWrite>();
  #waitingBytes = 0;
  #numberedBytes = 0;
  #numberedWork = 0;
  #numberedGrowth = 0;
  readonly #foreseen = new Foreseen();
  #next = 1;
  /** How many at the front of `#numbered` have been told `uncertain`. */
  #told = 0;

  /** `limit`: bytes that may be numbered and not applied. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#waitingBytes + this.#numberedBytes;
  }

  /** True when there are writes without a number. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** True when what waits has to wait for something numbered to be applied first. */
  get full(): boolean {
    const first = this.#waiting.at(0);
    if (first === undefined || this.#numbered.length === 0) return false;
    return (
      this.#numberedBytes + first.bytes > this.#limit ||
      this.#numberedWork + first.work > UNAPPLIED_WORK ||
      this.#numberedGrowth + first.load.growth > UNAPPLIED_GROWTH
    );
  }

  get underWay(): UnderWay {
    return this.#foreseen;
  }

  add(command: Uint8Array, load: WriteLoad, deadline: number, done: (outcome: WriteOutcome) => void): void {
    const bytes = command.length + REQUEST_OVERHEAD_BYTES;
    cursor.reset(command, 0, command.length, 1);
    assert(cursor.next(), 'a command is in its bytes');
    const once = cursor.name() === ONCE ? onceMarkOf(cursor) : null;
    const work = cursor.words - 1 + COPY_WORK * load.copies + bytesWork(load.copied);
    this.#waiting.push({ command, bytes, work, load, once, deadline, done });
    this.#waitingBytes += bytes;
    if (load !== LIGHT) this.#foreseen.begun(load);
  }

  /** Numbers as many as belong in one parcel; null when nothing waits or the queue is full. */
  nextParcel(session: Session): Parcel | null {
    const commands: Uint8Array[] = [];
    let size = 0;
    for (let write = this.#waiting.at(0); write !== undefined && !this.full; write = this.#waiting.at(0)) {
      const command = write.command;
      assert(command !== null, 'a write that waits has its bytes');
      if (size > 0 && size + command.length > PARCEL_BYTES) break;
      commands.push(command);
      size += command.length;
      write.command = null;
      this.#waiting.shift();
      this.#waitingBytes -= write.bytes;
      this.#numbered.push(write);
      this.#numberedBytes += write.bytes;
      this.#numberedWork += write.work;
      this.#numberedGrowth += write.load.growth;
    }
    if (commands.length === 0) return null;
    const first = sequence(this.#next);
    this.#next += commands.length;
    return encodeParcel(session, first, commands);
  }

  /**
   * The command of that number was applied. They are applied in the order of their numbers, without a gap. `reply`: null where
   * what it answered here is not to be believed.
   */
  applied(number: Sequence, reply: Reply | null): void {
    assert(number === this.#next - this.#numbered.length, 'the first number that was not applied is applied next');
    this.#settleWith(reply);
  }

  /**
   * Everything up to that number was executed where nobody here could see it, because the state came as a snapshot: what it
   * answered is not known, but for a ONCE whose reply was kept. `answerTo` has that reply, or null.
   */
  executed(upTo: Sequence, answerTo: (mark: OnceMark) => Reply | null): void {
    assert(upTo < this.#next, 'only what was numbered can be executed');
    while (this.#numbered.length > 0 && this.#next - this.#numbered.length <= upTo) {
      const once = this.#numbered.at(0)?.once ?? null;
      this.#settleWith(once === null ? null : answerTo(once));
    }
  }

  /**
   * Tells those whose time is up. `canForward` says whether a leader could be reached, that is, whether it was the full queue
   * that kept them from being numbered.
   */
  expire(now: number, canForward: boolean): void {
    for (let write = this.#numbered.at(this.#told); write !== undefined; write = this.#numbered.at(this.#told)) {
      if (write.deadline > now) break;
      this.#told++;
      write.done({ type: 'uncertain' });
    }
    const outcome = this.#unnumberedOutcome(canForward);
    for (let write = this.#waiting.at(0); write !== undefined; write = this.#waiting.at(0)) {
      if (write.deadline > now) break;
      this.#waiting.shift();
      this.#waitingBytes -= write.bytes;
      if (write.load !== LIGHT) this.#foreseen.over(write.load);
      write.done(outcome);
    }
  }

  /** The earliest deadline of those who have not been told, undefined when there are none. */
  get deadline(): number | undefined {
    return (this.#numbered.at(this.#told) ?? this.#waiting.at(0))?.deadline;
  }

  /** A new session begins: nobody will ever see what became of the numbered ones; numbers start at 1 again. */
  restart(): void {
    while (this.#numbered.length > 0) this.#settle({ type: 'uncertain' });
    this.#next = 1;
  }

  /** As it was answered; of a ONCE without an answer nobody knows whether it was refused where it was executed. */
  #settleWith(reply: Reply | null): void {
    const once = this.#numbered.at(0)?.once ?? null;
    if (reply !== null) this.#settle({ type: 'applied', reply });
    else this.#settle({ type: once === null ? 'executed' : 'uncertain' });
  }

  /** The first of the numbered ones is over; its client hears of it unless it was told something before. */
  #settle(outcome: WriteOutcome): void {
    const write = this.#numbered.shift();
    this.#numberedBytes -= write.bytes;
    this.#numberedWork -= write.work;
    this.#numberedGrowth -= write.load.growth;
    if (write.load !== LIGHT) this.#foreseen.over(write.load);
    if (this.#told > 0) this.#told--;
    else write.done(outcome);
  }

  #unnumberedOutcome(canForward: boolean): WriteOutcome {
    if (!canForward || !this.full) return { type: 'noquorum' };
    return {
      type: 'busy',
      why: 'more writes arrived here than the cluster could take; not executed, try again more slowly',
    };
  }
}
