/**
 * The keys and their entries: a map for access by key, and beside it a tree of the keys alone for their order, the order of their
 * bytes. What costs in a large store is not work but memory that no cache holds: overwriting, the most frequent of all, touches the
 * map and the key's entry, which is changed in place. Keys and values are latin1 strings, one character a byte.
 */

import sortedBtree from 'sorted-btree';
import { must } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import { KeyMap } from './key-map.js';

const BTree = sortedBtree.default;
type BTree<K, V> = InstanceType<typeof BTree<K, V>>;

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
type StoredEntry = { -readonly [Field in keyof Entry]: Entry[Field] } & { size: number };

/**
 * Reckoned for every key besides its own bytes and its value's, so that a limit on data bounds memory also where values are
 * small: about what two string headers, an entry and a place in the tree take.
 */
const ENTRY_OVERHEAD_BYTES = 128;

/** Measured: 64 puts a million keys with the shortest pauses; 32 and 256 are a third worse. */
const NODE_SIZE = 64;

/** What a key counts for that holds a value of `size` bytes. */
export function entryBytes(key: string, size: number): number {
  return key.length + size + ENTRY_OVERHEAD_BYTES;
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

export class Table {
  readonly #entries = new KeyMap<StoredEntry>();
  readonly #order: BTree<string, true> = new BTree<string, true>(undefined, compareKeys, NODE_SIZE);
  #bytes = 0;

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
      this.#entries.set(key, { value, size, revision, created: revision, version: 1 });
      this.#order.set(key, true);
      this.#bytes += entryBytes(key, size);
      return;
    }
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
  *entries(): IterableIterator<[string, Entry]> {
    for (const key of this.#order.keys()) yield [key, must(this.#entries.get(key), 'a key of the tree')];
  }
}
