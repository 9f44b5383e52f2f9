/**
 * The replicated state machine: executes decided values in the order of their slots. Deterministic: what it becomes depends on
 * those values alone, never on a clock, chance or which replica it runs on. It keeps the session table, which is what makes a
 * command that was proposed twice execute once. Who proposes, and who tells a client, is not its business.
 */

import { assert, InvariantViolation, unreachable } from '../base/assert.js';
import { type Revision, type Sequence, type Slot, type StoreId, sequence, slot } from '../base/ids.js';
import type { Decided } from '../paxos/effects.js';
import type { Session, SessionMark, SessionTable } from '../paxos/session.js';
import type { BatchValue } from '../paxos/value.js';
import type { CommandCursor } from '../wire/command.js';
import { forEachParcel, type ParcelHeader } from '../wire/parcel.js';
import type { Reply } from '../wire/reply.js';
import type { Reader } from './command.js';
import { findWrite } from './command-table.js';
import { type Entry, Table } from './table.js';
import { Writer } from './writer.js';

/** Is told the reply to each command of the replica's own session, in the order of their numbers. */
export type Answer = (sequence: Sequence, reply: Reply) => void;

export class StateMachine implements SessionTable, Reader {
  readonly table = new Table();
  readonly #writer = new Writer(this.table);
  readonly #sessions = new Map<StoreId, SessionMark>();
  #applied: Slot = slot(0);
  #time = 0;

  /** The last slot executed, 0 before the first. */
  get applied(): Slot {
    return this.#applied;
  }

  /** Milliseconds since 1970 as the log has it: the highest stamp so far. Deadlines count from it. */
  get time(): number {
    return this.#time;
  }

  get revision(): Revision {
    return this.#writer.revision;
  }

  get keys(): number {
    return this.table.size;
  }

  /** What the data limit counts: keys, values and an overhead for each. */
  get bytes(): number {
    return this.table.bytes;
  }

  get(key: string): Entry | undefined {
    return this.table.get(key);
  }

  lastOf(store: StoreId): SessionMark | undefined {
    return this.#sessions.get(store);
  }

  /**
   * Executes the value of the next slot. `own` is the session whose commands `answer` wants to hear of; null for none, as when
   * a log is replayed.
   */
  apply(decided: Decided, own: Session | null, answer: Answer): void {
    assert(decided.slot === this.#applied + 1, `slot ${decided.slot} follows ${this.#applied}`);
    const value = decided.value;
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
    this.#applied = decided.slot;
  }

  #applyBatch(batch: BatchValue, own: Session | null, answer: Answer): void {
    this.#time = Math.max(this.#time, batch.stamp);
    forEachParcel(batch.bytes, (header, commands) => {
      if (!this.#isNext(header)) return;
      const mine = own !== null && own.store === header.store && own.incarnation === header.incarnation;
      this.#execute(header, commands, mine ? answer : null);
      const last = sequence(header.first + header.count - 1);
      this.#sessions.set(header.store, { incarnation: header.incarnation, last });
    });
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
      const name = commands.name();
      // A replica that skipped a command it does not know would silently differ from the others: it has to stop.
      const command = findWrite(name) ?? unknown(name);
      const reply = command.execute(this.#writer, commands);
      this.#writer.finish();
      if (answer !== null) answer(sequence(number), reply);
    }
  }
}

function unknown(name: string): never {
  throw new InvariantViolation(`the cluster decided a command '${name}' that this version does not know`);
}
