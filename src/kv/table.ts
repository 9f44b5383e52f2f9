/**
 * The keys and their entries, in the order of their bytes. A B-tree rather than a Map because a Map of a million keys stops the
 * world each time it grows, and because ranges come out in order. Entries are never changed in place: whoever holds one (a
 * reader, later a snapshot) keeps what it saw. Keys and values are latin1 strings, one character a byte.
 */

import sortedBtree from 'sorted-btree';
import type { Revision } from '../base/ids.js';

const BTree = sortedBtree.default;
type BTree<K, V> = InstanceType<typeof BTree<K, V>>;

/** What a key holds. */
export interface Entry {
  readonly value: string;
  /** Of the command that last changed it. */
  readonly revision: Revision;
  /** Of the command that made the key (again, after a delete). */
  readonly created: Revision;
  /** How often it was written since it was made, from 1. */
  readonly version: number;
}

/**
 * Reckoned for every key besides its own bytes and its value's, so that a limit on data bounds memory also where values are
 * small: about what two string headers, an entry and a place in the tree take.
 */
const ENTRY_OVERHEAD_BYTES = 128;

/** Measured: 64 puts a million keys with the shortest pauses; 32 and 256 are a third worse. */
const NODE_SIZE = 64;

/** What a key and its value count for. */
export function entryBytes(key: string, value: string): number {
  return key.length + value.length + ENTRY_OVERHEAD_BYTES;
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

export class Table {
  readonly #tree: BTree<string, Entry> = new BTree<string, Entry>(undefined, compareKeys, NODE_SIZE);
  #bytes = 0;

  get size(): number {
    return this.#tree.size;
  }

  /** Of all keys and values, with the overhead of each. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Entry | undefined {
    return this.#tree.get(key);
  }

  has(key: string): boolean {
    return this.#tree.get(key) !== undefined;
  }

  put(key: string, value: string, revision: Revision): void {
    const old = this.#tree.get(key);
    if (old === undefined) {
      this.#tree.set(key, { value, revision, created: revision, version: 1 });
      this.#bytes += entryBytes(key, value);
    } else {
      this.#tree.set(key, { value, revision, created: old.created, version: old.version + 1 });
      this.#bytes += value.length - old.value.length;
    }
  }

  /** False when there was no such key. */
  delete(key: string): boolean {
    const old = this.#tree.get(key);
    if (old === undefined) return false;
    this.#tree.delete(key);
    this.#bytes -= entryBytes(key, old.value);
    return true;
  }

  /** Every key with its entry, in the order of the keys. Not to be changed meanwhile. */
  entries(): IterableIterator<[string, Entry]> {
    return this.#tree.entries();
  }
}
