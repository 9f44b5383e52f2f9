/**
 * What is kept under keys, for access by key among millions: hash tables with linear probing, in shards so that growing takes no
 * time that anybody notices. The hash of each key is kept, so growing and deleting look at no key, and searching only at those
 * that have the hash in question. A Map reads all keys, wherever they are, when it grows; a tree compares with a dozen of them in
 * each search. The hash has no secret: clients that are let in could fill the memory just as well as crowd the table.
 */

import { must } from '../base/assert.js';

/** A power of two. A million keys are 16,000 in each; measured on a busy machine, doubling then takes about half a millisecond. */
const SHARDS = 64;

/** Bits of a hash that choose the shard; those above them choose the place in it. */
const SHARD_BITS = Math.log2(SHARDS);

/** Places of an empty shard: a power of two, as it is for ever. */
const FIRST_PLACES = 8;

/** The hash at a place where nothing is; no key has it. */
const FREE = 0;

export class KeyMap<V extends { readonly key: string }> {
  readonly #shards: readonly Shard<V>[] = Array.from({ length: SHARDS }, () => new Shard<V>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const hash = hashOf(key);
    return this.#shardOf(hash).get(key, hash);
  }

  /** There is none with its key so far. */
  add(item: V): void {
    const hash = hashOf(item.key);
    this.#shardOf(hash).add(item, hash);
    this.#size++;
  }

  delete(key: string): void {
    const hash = hashOf(key);
    if (this.#shardOf(hash).delete(key, hash)) this.#size--;
  }

  #shardOf(hash: number): Shard<V> {
    return must(this.#shards[hash & (SHARDS - 1)], 'the shard of a key');
  }
}

/**
 * Places are pairs of numbers, the hash of a key and the index of its item, side by side. A key is at the place its hash chooses,
 * or behind it with no free place between. Items stand in the order they came in: the garbage collector, which has to look at
 * every pointer to something new, finds them side by side and not all over the table.
 */
class Shard<V extends { readonly key: string }> {
  #places = new Int32Array(2 * FIRST_PLACES);
  /** Of the last place's hash in #places, and so of the bits that count its numbers. */
  #mask = 2 * FIRST_PLACES - 2;
  readonly #items: (V | undefined)[] = [];
  /** Indexes of items that were deleted. */
  readonly #unused: number[] = [];

  get(key: string, hash: number): V | undefined {
    const at = this.#find(key, hash);
    return this.#places[at] === FREE ? undefined : this.#items[this.#indexAt(at)];
  }

  add(item: V, hash: number): void {
    const index = this.#unused.pop() ?? this.#items.length;
    this.#items[index] = item;
    // At most three quarters are taken, so that searches are short, and end.
    if (8 * this.#items.length > 3 * this.#places.length) this.#grow();
    this.#place(hash, index);
  }

  /** False when there is none. */
  delete(key: string, hash: number): boolean {
    const places = this.#places;
    const mask = this.#mask;
    let gap = this.#find(key, hash);
    if (places[gap] === FREE) return false;
    const index = this.#indexAt(gap);
    this.#items[index] = undefined;
    this.#unused.push(index);
    // What a search would no longer find behind the gap moves into it, and leaves a gap in turn.
    for (let at = (gap + 2) & mask; places[at] !== FREE; at = (at + 2) & mask) {
      const hashThere = places[at] ?? FREE;
      if (((at - placeOf(hashThere)) & mask) < ((at - gap) & mask)) continue;
      places[gap] = hashThere;
      places[gap + 1] = this.#indexAt(at);
      gap = at;
    }
    places[gap] = FREE;
    return true;
  }

  /** Where the key is, or else the free place at which a search for it ends. */
  #find(key: string, hash: number): number {
    const places = this.#places;
    const mask = this.#mask;
    let at = placeOf(hash) & mask;
    for (; places[at] !== FREE; at = (at + 2) & mask) {
      if (places[at] === hash && this.#items[this.#indexAt(at)]?.key === key) return at;
    }
    return at;
  }

  #place(hash: number, index: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let at = placeOf(hash) & mask;
    while (places[at] !== FREE) at = (at + 2) & mask;
    places[at] = hash;
    places[at + 1] = index;
  }

  #grow(): void {
    const old = this.#places;
    this.#places = new Int32Array(2 * old.length);
    this.#mask = this.#places.length - 2;
    for (let at = 0; at < old.length; at += 2) {
      const hash = old[at] ?? FREE;
      if (hash !== FREE) this.#place(hash, old[at + 1] ?? 0);
    }
  }

  #indexAt(at: number): number {
    return this.#places[at + 1] ?? 0;
  }
}

/** To be masked: an even number, where the pair begins. */
function placeOf(hash: number): number {
  return (hash >>> SHARD_BITS) << 1;
}
/** FNV-1a over all of the key; then its bits are mixed, as the lower ones are too regular alone. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash ^= hash >>> 16;
  return hash === FREE ? 1 : hash;
}
