/**
 * The keys and their entries: a map for access by key, and beside it a tree for their order, the order of their bytes. What costs
 * in a large store is not work but memory that no cache holds: overwriting, the most frequent of all, touches the map and the
 * key's entry, which is changed in place. Keys and values are latin1 strings, one character a byte.
 */

import type { Revision } from '../base/ids.js';
import { type Entry, emptyContents, entryBytes, type StoredEntry, type TableContents } from './table-contents.js';
import { TableCut } from './table-cut.js';

export class Table {
  #entries: TableContents['entries'];
  #order: TableContents['order'];
  #bytes: number;
  /** Those that were cut from what the table is now, and want to know what changes. */
  #cuts: readonly TableCut[] = [];

  constructor() {
    const { entries, order, bytes } = emptyContents();
    this.#entries = entries;
    this.#order = order;
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Of all keys and values, with the overhead of each. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.get(key) !== undefined;
  }

  put(key: string, value: string, revision: Revision): void {
    const size = value.length;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const made: StoredEntry = { key, value, size, revision, created: revision, version: 1 };
      this.#entries.add(made);
      this.#order.set(key, made);
      this.#bytes += entryBytes(key, size);
      return;
    }
    if (this.#cuts.length > 0) for (const cut of this.#cuts) cut.keep(key, entry);
    this.#bytes += size - entry.size;
    entry.value = value;
    entry.size = size;
    entry.revision = revision;
    entry.version++;
  }

  /** False when there was no such key. */
  delete(key: string): boolean {
    const old = this.#entries.get(key);
    if (old === undefined) return false;
    this.#entries.delete(key);
    this.#order.delete(key);
    this.#bytes -= entryBytes(key, old.size);
    return true;
  }

  /** Every key with its entry, in the order of the keys. Not to be changed meanwhile. */
  entries(): IterableIterator<[string, Entry]> {
    return this.#order.entries();
  }

  /** The table as it is now, for ever; `revision` is that of the last change, and no later one has it. */
  cut(revision: Revision): TableCut {
    const cut = new TableCut(this.#order.clone(), revision, (done) => {
      this.#cuts = this.#cuts.filter((other) => other !== done);
    });
    this.#cuts = [...this.#cuts, cut];
    return cut;
  }

  /** Holds these contents instead of its own, in one step. Cuts of the old ones stay good: those never change again. */
  adopt({ entries, order, bytes }: TableContents): void {
    this.#entries = entries;
    this.#order = order;
    this.#bytes = bytes;
    this.#cuts = [];
  }

  /** As `adopt`, with the contents of another table, which is of no more use. */
  become(other: Table): void {
    this.adopt({ entries: other.#entries, order: other.#order, bytes: other.#bytes });
  }
}
