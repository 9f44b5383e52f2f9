/**
 * The replicated state machine: executes decided values in the order of their slots. Deterministic: what it becomes depends on
 * those values alone, never on a clock, chance or which replica it runs on. It keeps the session table, which is what makes a
 * command that was proposed twice execute once. Who proposes, and who tells a client, is not its business.
 */

import { assert, unreachable } from '../base/assert.js';
import { type Revision, type Sequence, type Slot, type StoreId, sequence, slot } from '../base/ids.js';
import type { Agenda } from '../paxos/batch-time.js';
import type { Decided } from '../paxos/effects.js';
import type { Session, SessionMark, SessionTable } from '../paxos/session.js';
import type { BatchValue } from '../paxos/value.js';
import type { CommandCursor } from '../wire/command.js';
import { forEachParcel, type ParcelHeader } from '../wire/parcel.js';
import type { Reply } from '../wire/reply.js';
import { ChangeLog } from './change-log.js';
import type { Reader } from './command.js';
import { Execution } from './execution.js';
import type { OnceMark } from './once-mark.js';
import { OnceTable } from './once-table.js';
import type { Entry } from './record.js';
import { CHECKPOINT_SLOTS, type Checkpoint, RunningDigest } from './running-digest.js';
import type { StateCut, StateFilling } from './state-transfer.js';
import { Table } from './table.js';
import { Writer } from './writer.js';

/**
 * A millisecond's work: more would hold up the commands of the batch, and everybody's event loop. Where a batch has more
 * commands than that, so many keys: they cannot be put with a deadline faster than they go.
 */
export const LEAST_EXPIRIES = 200;

/** Is told the reply to each command of the replica's own session, in the order of their numbers. */
export type Answer = (sequence: Sequence, reply: Reply) => void;

export class StateMachine implements SessionTable, Agenda, Reader {
  readonly table = new Table();
  /** What this replica has seen change lately; no part of the state. */
  readonly changes = new ChangeLog();
  readonly #writer = new Writer(this.table, this.changes);
  readonly #digest = new RunningDigest();
  readonly #once = new OnceTable();
  readonly #execution = new Execution(this.#writer, this, this.#digest, this.#once);
  #sessions = new Map<StoreId, SessionMark>();
  #checkpoint: Checkpoint | null = null;
  #applied: Slot = slot(0);
  #isApplying = false;
  #dice = 0;
  /** Digests are told at multiples of this, and after no-ops: the same everywhere, or they are never compared. */
  readonly checkpointSlots: number;

  constructor(checkpointSlots = CHECKPOINT_SLOTS) {
    this.checkpointSlots = checkpointSlots;
  }

  /** The last slot executed, 0 before the first. */
  get applied(): Slot {
    return this.#applied;
  }

  /** Milliseconds since 1970 as the log has it: the highest stamp so far. Deadlines count from it. */
  get time(): number {
    return this.#writer.time;
  }

  /** When, in the time of the log, a key is to go; infinity when none is. */
  get nextDeadline(): number {
    return this.table.nextDeadline;
  }

  get revision(): Revision {
    return this.#writer.revision;
  }

  get keys(): number {
    return this.table.size;
  }

  /** Keys that are to go. */
  get mortalKeys(): number {
    return this.table.mortals;
  }

  /** What the data limit counts: keys, values and an overhead for each. */
  get bytes(): number {
    return this.table.bytes;
  }

  /**
   * The running digest at the last multiple of `checkpointSlots`, or no-op; null before the first, and where a snapshot
   * left it out.
   */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  get(key: string): Entry | undefined {
    return this.table.get(key);
  }

  entriesFrom(low: string): Iterable<readonly [string, Entry]> {
    return this.table.entriesFrom(low);
  }

  scan(place: number, take: (key: string) => void): number {
    return this.table.scan(place, take);
  }

  /** For reads alone: nothing that is replicated depends on it. */
  dice(): number {
    this.#dice = (Math.imul(this.#dice, 0x915f77f5) + 1) | 0;
    return Math.imul(this.#dice ^ (this.#dice >>> 15), 0x2c1b3c6d) >>> 0;
  }

  lastOf(store: StoreId): SessionMark | undefined {
    return this.#sessions.get(store);
  }

  /** What a ONCE with this id that comes now says in the log of the uses of ids that it knows. */
  placeOfId(id: string): number {
    return this.#once.placeOf(id);
  }

  /** Whether a ONCE with this id was executed, so that another one that comes now is not. */
  knowsId(id: string): boolean {
    return this.#once.knows(id);
  }

  /** What a ONCE that was executed answered, or would answer now; null where nothing is known of it. */
  answerTo({ id, command }: OnceMark): Reply | null {
    return this.#once.answerTo(id, command);
  }

  /**
   * Executes the value of the next slot. `own` is the session whose commands `answer` wants to hear of; null for none, as when
   * a log is replayed.
   */
  apply(decided: Decided, own: Session | null, answer: Answer): void {
    assert(decided.slot === this.#applied + 1, `slot ${decided.slot} follows ${this.#applied}`);
    const value = decided.value;
    this.#isApplying = true;
    switch (value.type) {
      case 'batch':
        this.#applyBatch(value, own, answer);
        break;
      case 'noop':
      case 'configuration':
        break;
      default:
        unreachable(value);
    }
    this.#isApplying = false;
    this.#applied = decided.slot;
    this.#digest.slot(decided.slot, value, this.revision);
    if (value.type === 'noop' || this.#isCheckpoint) this.#noteCheckpoint();
  }

  /** The state as it is now, between two slots. */
  cut(): StateCut {
    this.#mustBeBetweenSlots();
    const { applied, time, revision, keys, bytes, table } = this;
    const sessions = [...this.#sessions].sort(([a], [b]) => (a < b ? -1 : 1));
    const cut = table.cut(revision);
    const once = this.#once.cut();
    const point = { slot: applied, time, revision, idsForgotten: once.forgotten, digest: this.#digest.text };
    return { ...point, keys, bytes, sessions, once, table: cut, release: () => cut.release() };
  }

  /** Becomes what `filling` holds, which is of a later slot, in one step; the filling is of no more use. Cuts stay good. */
  adopt(filling: StateFilling): void {
    this.#mustBeBetweenSlots();
    const { point, sessions, once, contents } = filling.finish();
    assert(point.slot > this.#applied || this.#applied === 0, `slot ${point.slot} lies behind ${this.#applied}`);
    this.table.adopt(contents);
    this.#writer.resume(point.revision, point.time);
    this.changes.restart(point.revision);
    this.#sessions = new Map(sessions);
    this.#once.become(once);
    this.#applied = point.slot;
    this.#digest.resume(point.digest);
    this.#checkpoint = null;
    if (this.#isCheckpoint) this.#noteCheckpoint();
  }

  /** Becomes what `other` is, whatever the slots, in one step; `other` is of no more use. Cuts stay good. */
  become(other: StateMachine): void {
    this.#mustBeBetweenSlots();
    this.table.become(other.table);
    this.#writer.resume(other.revision, other.time);
    this.changes.restart(other.revision);
    this.#sessions = other.#sessions;
    this.#once.become(other.#once);
    this.#applied = other.#applied;
    this.#digest.resume(other.#digest.text);
    this.#checkpoint = other.#checkpoint;
  }

  /** Half of a slot is the state of none: whoever began with it would execute that half again. */
  #mustBeBetweenSlots(): void {
    assert(!this.#isApplying, 'a state is that of a slot that was executed to its end');
  }

  get #isCheckpoint(): boolean {
    return this.#applied % this.checkpointSlots === 0 && this.#applied > 0;
  }

  #noteCheckpoint(): void {
    this.#checkpoint = { slot: this.#applied, digest: this.#digest.text };
  }

  #applyBatch(batch: BatchValue, own: Session | null, answer: Answer): void {
    this.#writer.advance(batch.stamp);
    this.#once.advance(this.time);
    if (this.nextDeadline <= this.time) this.#expire(Math.max(LEAST_EXPIRIES, commandsIn(batch)));
    forEachParcel(batch.bytes, (header, commands) => {
      if (!this.#isNext(header)) return;
      const mine = own !== null && own.store === header.store && own.incarnation === header.incarnation;
      this.#execute(header, commands, mine ? answer : null);
      const last = sequence(header.first + header.count - 1);
      this.#sessions.set(header.store, { incarnation: header.incarnation, last });
    });
  }

  /** Keys whose deadline has come go before anything else; of many, some are left to later batches and are there until then. */
  #expire(most: number): void {
    for (let i = 0; i < most; i++) {
      const key = this.#writer.expireNext();
      if (key === undefined) return;
      this.#digest.expiry(key);
    }
  }

  /**
   * A parcel runs only if it is exactly the next of its session: phase 1 may adopt a later slot and not an earlier one, and a
   * parcel sent again may be chosen twice. Its bounds never change, so it is never partly behind.
   */
  #isNext(header: ParcelHeader): boolean {
    const mark = this.#sessions.get(header.store);
    if (mark === undefined || header.incarnation > mark.incarnation) return header.first === 1;
    return header.incarnation === mark.incarnation && header.first === mark.last + 1;
  }

  #execute(header: ParcelHeader, commands: CommandCursor, answer: Answer | null): void {
    for (let number: number = header.first; commands.next(); number++) {
      const reply = this.#execution.run(commands, answer !== null);
      if (answer !== null) answer(sequence(number), reply);
    }
  }
}

function commandsIn({ bytes }: BatchValue): number {
  let commands = 0;
  forEachParcel(bytes, ({ count }) => {
    commands += count;
  });
  return commands;
}
