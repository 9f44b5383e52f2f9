/**
 * The keys and their entries: records for access by key, and beside them a tree for their order, the order of their bytes,
 * and a heap of those that are to go. What costs in a large store is not work but memory that no cache holds: overwriting,
 * the most frequent of all, touches the map of the records and the key's record, which is changed in place. Keys and values
 * are latin1 strings, one character a byte.
 */

import { assert } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import type { Deadlines } from './deadlines.js';
import { NONE } from './key-map.js';
import { Pair } from './pair.js';
import type { Entry, RecordPlace } from './record.js';
import type { Records } from './records.js';
import { emptyContents, entryBytes, type Order, type TableContents, withIds } from './table-contents.js';
import { TableCut } from './table-cut.js';

/** New keys that are put in order at once while a log is replayed: some 10 ms of work, when nobody waits for anything else. */
const GATHERED_KEYS = 32_768;

export class Table {
  #records: Records;
  #order: Order;
  /** Ids of new keys that the order lacks; null where each goes into it at once. */
  #gathered: number[] | null = null;
  #mostGathered = GATHERED_KEYS;
  #deadlines: Deadlines;
  #bytes: number;
  /** Of whoever comes with strings. */
  readonly #pair = new Pair();
  /** Those that were cut from what the table is now, and want to know what changes. */
  #cuts: readonly TableCut[] = [];

  constructor() {
    const { records, order, deadlines, bytes } = emptyContents();
    this.#records = records;
    this.#order = order;
    this.#deadlines = deadlines;
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#records.size;
  }

  /** Of all keys and values, with the overhead of each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many keys are to go. */
  get mortals(): number {
    return this.#deadlines.size;
  }

  /** The earliest of all keys, infinity without any. */
  get nextDeadline(): number {
    return this.#deadlines.next;
  }

  /** The key that is to go first; undefined when none is to go. */
  get firstToGo(): string | undefined {
    const id = this.#deadlines.first;
    return id === NONE ? undefined : this.#records.keyOf(id);
  }

  get(key: string): Entry | undefined {
    const id = this.#find(key);
    return id === NONE ? undefined : this.#records.entryOf(id);
  }

  has(key: string): boolean {
    return this.#find(key) !== NONE;
  }

  /** Key and value are copied. `deadline` 0: the key is there for ever. */
  put(pair: Pair, revision: Revision, deadline = 0): void {
    const id = this.#records.find(pair);
    if (id === NONE) {
      const added = this.#records.add(pair, revision, deadline);
      this.#place(added);
      if (deadline !== 0) this.#deadlines.set(added, deadline);
      this.#bytes += entryBytes(pair.keyBytes, pair.valueBytes);
      return;
    }
    this.#keep(id);
    this.#bytes += pair.valueBytes - this.#records.valueBytesOf(id);
    if (this.#records.deadlineOf(id) !== deadline) this.#deadlines.set(id, deadline);
    this.#records.overwrite(id, pair, revision, deadline);
  }

  /** Of a key that is there; `deadline` 0: it stays for ever. Returns where its record stands. */
  setDeadline(key: string, deadline: number, revision: Revision): RecordPlace {
    const id = this.#find(key);
    assert(id !== NONE, 'a key with a deadline is there');
    this.#keep(id);
    this.#deadlines.set(id, deadline);
    this.#records.setDeadline(id, deadline, revision);
    return this.#records.placeOf(id);
  }

  /** False when there was no such key. */
  delete(key: string): boolean {
    const id = this.#find(key);
    if (id === NONE) return false;
    this.#keep(id);
    this.#bytes -= entryBytes(key.length, this.#records.valueBytesOf(id));
    this.#putInOrder();
    this.#order.delete(id);
    if (this.#records.deadlineOf(id) !== 0) this.#deadlines.remove(id);
    this.#records.delete(id);
    return true;
  }

  /** Keys with their entries in the order of the keys, from the first that is not below `low`. Not to be held over a change. */
  *entriesFrom(low: string): Generator<readonly [string, Entry]> {
    this.#putInOrder();
    for (const [id] of this.#order.entries(this.#records.probe(low))) {
      yield [this.#records.keyOf(id), this.#records.entryOf(id)];
    }
  }

  /** Keys of one place, which are few, and the next place, as KeyMap.scan has them: an order of its own that bears changes. */
  scan(place: number, take: (key: string) => void): number {
    return this.#records.scan(place, (id) => take(this.#records.keyOf(id)));
  }

  /** Removes every key, in one step. */
  clear(): void {
    this.adopt(emptyContents());
  }

  /** The keys that begin so as they are now, for ever; `revision` is that of the last change, and no later one has it. */
  cut(revision: Revision, prefix = ''): TableCut {
    this.#putInOrder();
    const cut = new TableCut(this.#records, this.#order.clone(), revision, prefix, (done) => {
      this.#cuts = this.#cuts.filter((other) => other !== done);
    });
    this.#cuts = [...this.#cuts, cut];
    return cut;
  }

  /** Holds these contents instead of its own, in one step. Cuts of the old ones stay good: those never change again. */
  adopt({ records, order, deadlines, bytes }: TableContents): void {
    this.#records = records;
    this.#order = order;
    this.#deadlines = deadlines;
    this.#bytes = bytes;
    this.#cuts = [];
    if (this.#gathered !== null) this.#gathered = [];
  }

  /** As `adopt`, with the contents of another table, which is of no more use. */
  become(other: Table): void {
    other.#putInOrder();
    this.adopt({ records: other.#records, order: other.#order, deadlines: other.#deadlines, bytes: other.#bytes });
  }

  /**
   * Until `stopGathering`, new keys are put in order many at once, which takes a fraction of the time: while a log is
   * replayed, nobody asks for the order.
   */
  gatherKeys(most = GATHERED_KEYS): void {
    this.#gathered ??= [];
    this.#mostGathered = most;
  }

  stopGathering(): void {
    this.#putInOrder();
    this.#gathered = null;
  }

  #place(id: number): void {
    if (this.#gathered === null) this.#order.set(id, undefined);
    else if (this.#gathered.push(id) >= this.#mostGathered) this.#putInOrder();
  }

  #putInOrder(): void {
    if (this.#gathered === null || this.#gathered.length === 0) return;
    this.#order = withIds(this.#order, this.#gathered, this.#records);
    this.#gathered = [];
  }

  /** The id of a key's record, or NONE. */
  #find(key: string): number {
    this.#pair.take(key);
    return this.#records.find(this.#pair);
  }

  /** The record is about to change. */
  #keep(id: number): void {
    if (this.#cuts.length > 0) for (const cut of this.#cuts) cut.keep(id);
  }
}
