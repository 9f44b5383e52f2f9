/**
 * What a table is made of: a map from keys to entries for access, and a tree of the same entries for the order of the keys, the
 * order of their bytes.
 */

import sortedBtree from 'sorted-btree';
import bulk from 'sorted-btree/extended/bulkLoad.js';
import union from 'sorted-btree/extended/union.js';
import { InvariantViolation } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import { KeyMap } from './key-map.js';

const BTree = sortedBtree.default;

/** What a key holds, until the next change of the table. */
export interface Entry {
  readonly value: string;
  /** Of the command that last changed it. */
  readonly revision: Revision;
  /** Of the command that made the key (again, after a delete). */
  readonly created: Revision;
  /** How often it was written since it was made, from 1. */
  readonly version: number;
}

/** An entry as the table keeps it; `size` is the value's, so that overwriting it need not look at it. */
export type StoredEntry = { readonly key: string; size: number } & { -readonly [Field in keyof Entry]: Entry[Field] };

export type Order = InstanceType<typeof BTree<string, StoredEntry>>;

export interface TableContents {
  readonly entries: KeyMap<StoredEntry>;
  readonly order: Order;
  /** Of all keys and values, with the overhead of each. */
  readonly bytes: number;
}

/**
 * Reckoned for every key besides its own bytes and its value's, so that a limit on data bounds memory also where values are
 * small: about what two string headers, an entry and a place in the tree take.
 */
const ENTRY_OVERHEAD_BYTES = 128;

/** Measured: 64 puts a million keys with the shortest pauses; 32 and 256 are a third worse. */
const NODE_SIZE = 64;

/** Keys that go into the tree at once when it is filled: a millisecond's work at most. */
const PIECE_KEYS = 4096;

/** What a key counts for that holds a value of `size` bytes. */
export function entryBytes(key: string, size: number): number {
  return key.length + size + ENTRY_OVERHEAD_BYTES;
}

export function emptyContents(): TableContents {
  return { entries: new KeyMap(), order: new BTree<string, StoredEntry>(undefined, compareKeys, NODE_SIZE), bytes: 0 };
}

/**
 * The contents of a table in the making, out of keys that come in their order: the tree is put together from pieces that are made
 * whole, which takes a third of the time that inserting takes.
 */
export class TableFilling {
  readonly #entries = new KeyMap<StoredEntry>();
  #order = emptyContents().order;
  #bytes = 0;
  #keys: string[] = [];
  #values: StoredEntry[] = [];

  /** `key` is greater than all before it. */
  add(key: string, value: string, revision: Revision, created: Revision, version: number): void {
    const size = value.length;
    const entry: StoredEntry = { key, value, size, revision, created, version };
    this.#entries.add(entry);
    this.#bytes += entryBytes(key, size);
    this.#keys.push(key);
    this.#values.push(entry);
    if (this.#keys.length >= PIECE_KEYS) this.#join();
  }

  /** The whole. To be called once, at the end. */
  contents(): TableContents {
    if (this.#keys.length > 0) this.#join();
    return { entries: this.#entries, order: this.#order, bytes: this.#bytes };
  }

  #join(): void {
    const piece = bulk.bulkLoad(this.#keys, this.#values, NODE_SIZE, compareKeys);
    this.#order = this.#order.isEmpty ? piece : union.default<Order, string, StoredEntry>(this.#order, piece, twice);
    this.#keys = [];
    this.#values = [];
  }
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

function twice(key: string): never {
  throw new InvariantViolation(`a table is filled twice with the key ${JSON.stringify(key)}`);
}
