/**
 * The state of a state machine on its way: a cut of one, taken between two slots, to be written down while the machine goes on,
 * and a filling, what was written down on its way into another.
 */

import { must } from '../base/assert.js';
import type { Revision, Slot, StoreId } from '../base/ids.js';
import type { SessionMark } from '../paxos/session.js';
import { type Kept, type OnceCut, OnceTable } from './once-table.js';
import { type TableContents, TableFilling } from './table-contents.js';
import type { TableCut } from './table-cut.js';

/** Where in the log a state stands, and what of it is neither a key nor a session nor an id. */
export interface StatePoint {
  /** The last slot executed. */
  readonly slot: Slot;
  /** Milliseconds since 1970 as the log has it. */
  readonly time: number;
  readonly revision: Revision;
  /** How many uses of ids of ONCE were forgotten. */
  readonly idsForgotten: number;
  /** The running digest, 16 hex digits. */
  readonly digest: string;
}

/** A consistent state for as long as it takes. */
export interface StateCut extends StatePoint {
  readonly keys: number;
  /** As the data limit counts them. */
  readonly bytes: number;
  /** In the order of the store ids. */
  readonly sessions: readonly (readonly [StoreId, SessionMark])[];
  readonly once: OnceCut;
  readonly table: TableCut;
  /** To be called when it is not needed any more. */
  release(): void;
}

export interface FilledState {
  readonly point: StatePoint;
  readonly sessions: ReadonlyMap<StoreId, SessionMark>;
  readonly once: OnceTable;
  readonly contents: TableContents;
}

/** Takes in a state bit by bit, in the order in which snapshots tell it; a state machine adopts it in one step. */
export class StateFilling {
  readonly #sessions = new Map<StoreId, SessionMark>();
  readonly #once = new OnceTable();
  #table = new TableFilling();
  #point: StatePoint | null = null;

  /** `keys`: about how many there will be. */
  header(point: StatePoint & { readonly keys: number }): void {
    this.#point = point;
    this.#once.resume(point.time, point.idsForgotten);
    this.#table = new TableFilling(point.keys);
  }

  session(store: StoreId, mark: SessionMark): void {
    this.#sessions.set(store, mark);
  }

  /** The oldest first. */
  id(kept: Kept): void {
    this.#once.add(kept);
  }

  /** Whole records, in the order of their keys. */
  records(bytes: Uint8Array, start: number, end: number): void {
    this.#table.add(bytes, start, end);
  }

  /** To be called once, when everything is there. */
  finish(): FilledState {
    const point = must(this.#point, 'the header of a filling');
    return { point, sessions: this.#sessions, once: this.#once, contents: this.#table.contents() };
  }
}
