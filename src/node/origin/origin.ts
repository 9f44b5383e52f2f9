/**
 * The client side of exactly-once: takes the writes and reads of this replica's clients, numbers writes and puts them in parcels
 * at the end of each turn, asks for read points, and tells every caller once what became of its request. The driver lends it two
 * hands into the consensus core and calls it back; resending parcels until they are applied is the core's business.
 */

import { assert } from '../../base/assert.js';
import type { Clock } from '../../base/clock.js';
import { type Sequence, sequence } from '../../base/ids.js';
import { bytesIn, replyLeftOut } from '../../kv/replies.js';
import type { StateMachine } from '../../kv/state-machine.js';
import type { Decided, ReadGrant } from '../../paxos/effects.js';
import type { Parcel, Session } from '../../paxos/session.js';
import type { Reply } from '../../wire/reply.js';
import type { Commands, ReadOutcome, WriteOutcome } from '../service.js';
import type { UnderWay, WriteLoad } from '../write-load.js';
import { ReadQueue } from './read-queue.js';
import { REQUEST_OVERHEAD_BYTES, WriteQueue } from './write-queue.js';

/** What waits here at most: some 50,000 small requests, more than any cluster has under way. */
const ORIGIN_QUEUE_BYTES = 8 * 1024 * 1024;

/** Of replies to commands of one slot; what is beyond is executed, and its reply left out. */
const SLOT_REPLIES_BYTES = 32 * 1024 * 1024;

/** What the origin asks of the driver. None of these may call the origin's `flush`. */
export interface OriginDriver {
  /** A leader is known and reachable, this replica does not lag, its session is durable: commands may be numbered. */
  canForward(): boolean;
  /** Hands a parcel to the core, once; it is numbered right behind the one before. */
  propose(parcel: Parcel): void;
  /** Asks the core for a read point for every id up to this one. */
  askRead(id: number): void;
  /** Something waits: `flush` is to be called at the end of this turn. Told once until then. */
  flushWanted(): void;
}

export interface OriginOptions {
  readonly clock: Clock;
  readonly machine: StateMachine;
  readonly driver: OriginDriver;
  readonly requestTimeoutMs: number;
  /** The state of the machine is known to be wrong: what is executed in it is, but its replies are not those of the cluster. */
  isDistrusted(): boolean;
  /** ORIGIN_QUEUE_BYTES unless a test wants less. */
  readonly queueBytes?: number;
}

export class Origin implements Commands {
  readonly #clock: Clock;
  readonly #machine: StateMachine;
  readonly #driver: OriginDriver;
  readonly #timeoutMs: number;
  readonly #isDistrusted: () => boolean;
  readonly #limit: number;
  readonly #writes: WriteQueue;
  readonly #reads = new ReadQueue();
  /** What commands of the slot that is being executed answered, until its callers are told. */
  readonly #replies: Reply[] = [];
  #repliesBytes = 0;
  /** Of the command that the first of them answers; the others follow without a gap. */
  #firstReplied = sequence(0);
  readonly #gather = (number: Sequence, reply: Reply): void => {
    this.#repliesBytes += bytesIn(reply);
    // They are held all at once. What is stored may have grown since it was reckoned what they would be.
    const kept = this.#repliesBytes > SLOT_REPLIES_BYTES ? replyLeftOut(SLOT_REPLIES_BYTES) : reply;
    if (this.#replies.push(kept) === 1) this.#firstReplied = number;
    assert(
      number === this.#firstReplied + this.#replies.length - 1,
      'commands of one session answer one after the other',
    );
  };
  #session: Session | null = null;
  #wanted = false;
  /** When what arrives in this turn is out of time: the clock is read once a turn, not once a request. */
  #turnDeadline = 0;
  #cancelTimer: (() => void) | null = null;
  #paused: (() => void)[] = [];

  constructor(options: OriginOptions) {
    this.#clock = options.clock;
    this.#machine = options.machine;
    this.#driver = options.driver;
    this.#timeoutMs = options.requestTimeoutMs;
    this.#isDistrusted = () => options.isDistrusted();
    this.#limit = options.queueBytes ?? ORIGIN_QUEUE_BYTES;
    this.#writes = new WriteQueue(this.#limit);
  }

  /** The session whose numbers are given from now on; a further call is a new incarnation, and starts at 1 again. */
  begin(session: Session): void {
    const before = this.#session;
    assert(before === null || session.incarnation > before.incarnation, 'incarnations rise');
    this.#session = session;
    this.#writes.restart();
    this.#wantFlush();
  }

  write(command: Uint8Array, load: WriteLoad, done: (outcome: WriteOutcome) => void): void {
    this.#wantFlush();
    this.#writes.add(command, load, this.#turnDeadline, done);
  }

  get underWay(): UnderWay {
    return this.#writes.underWay;
  }

  read(done: (outcome: ReadOutcome) => void): void {
    this.#wantFlush();
    this.#reads.add(this.#turnDeadline, done);
  }

  get congested(): boolean {
    return this.#writes.bytes + this.#reads.length * REQUEST_OVERHEAD_BYTES >= this.#limit;
  }

  whenRoom(resume: () => void): void {
    this.#paused.push(resume);
    if (!this.congested) this.#wantFlush();
  }

  /** Hands on what this turn has gathered. The driver calls it at the end of a turn, and when `canForward` has become true. */
  flush(): void {
    this.#wanted = false;
    // Reads first: where they are granted at once, the writes that waited for them go along now.
    const id = this.#reads.takeId();
    if (id !== null) this.#driver.askRead(id);
    this.#number();
    this.#makeRoom();
    this.#armTimer();
  }

  /** Executes a decided value. Nobody is told before `answer`: callers do what they like then, and may look at the state. */
  apply(decided: Decided): void {
    this.#machine.apply(decided, this.#session, this.#gather);
  }

  /**
   * The slot that was executed is over: answers those of this session's commands that are in it, and the reads it was
   * needed for.
   */
  answer(): void {
    for (const [i, reply] of this.#replies.entries())
      this.#writes.applied(sequence(this.#firstReplied + i), this.#isDistrusted() ? null : reply);
    this.#replies.length = 0;
    this.#repliesBytes = 0;
    this.#reads.applied(this.#machine.applied);
    // Room for what waits, whether on a socket or without a number, is used at the end of the turn.
    if (this.#paused.length > 0 || this.#writes.waits) this.#wantFlush();
  }

  /**
   * The machine's state was replaced by a later one, out of a snapshot: what it covers of this session's commands was executed,
   * and reads may go on.
   */
  installed(): void {
    const session = this.#session;
    const mark = session === null ? undefined : this.#machine.lastOf(session.store);
    if (mark !== undefined && mark.incarnation === session?.incarnation)
      this.#writes.executed(mark.last, (once) => (this.#isDistrusted() ? null : this.#machine.answerTo(once)));
    this.#reads.applied(this.#machine.applied);
    this.#wantFlush();
  }

  /** The core granted a read point. */
  granted(grant: ReadGrant): void {
    this.#reads.granted(grant, this.#machine.applied);
    if (this.#paused.length > 0) this.#wantFlush();
  }

  /** Nothing will be told to anyone any more. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#paused = [];
  }

  #wantFlush(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#turnDeadline = this.#clock.mono() + this.#timeoutMs;
    this.#driver.flushWanted();
  }

  #number(): void {
    const session = this.#session;
    if (session === null || !this.#writes.waits || !this.#driver.canForward()) return;
    for (let parcel = this.#writes.nextParcel(session); parcel !== null; parcel = this.#writes.nextParcel(session)) {
      this.#driver.propose(parcel);
    }
  }

  /** Each resumed client may fill the room again; those behind it keep their turn. */
  #makeRoom(): void {
    if (this.#paused.length === 0 || this.congested) return;
    const paused = this.#paused;
    this.#paused = [];
    let resumed = 0;
    while (resumed < paused.length && !this.congested) paused[resumed++]?.();
    if (resumed < paused.length) this.#paused = [...paused.slice(resumed), ...this.#paused];
  }

  /** One timer for all: whoever came first is out of time first. */
  #armTimer(): void {
    if (this.#cancelTimer !== null) return;
    const reads = this.#reads.deadline ?? Number.POSITIVE_INFINITY;
    const writes = this.#writes.deadline ?? Number.POSITIVE_INFINITY;
    const earliest = Math.min(reads, writes);
    if (earliest === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.at(earliest, () => {
      this.#cancelTimer = null;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.#clock.mono();
    this.#writes.expire(now, this.#driver.canForward());
    this.#reads.expire(now);
    if (this.#paused.length > 0) this.#wantFlush();
    this.#armTimer();
  }
}
