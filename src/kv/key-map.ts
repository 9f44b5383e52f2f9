/**
 * Finds the records of keys among millions: hash tables with linear probing, in shards so that growing takes no time that
 * anybody notices. It holds numbers alone, the hash of each key and the number of its record; the keys themselves are asked
 * for only where the hash is the one in question. The hash has no secret, so that places are the same on every replica: a
 * client that is let in, and makes ten thousand keys of one hash, can have each write look at all of them.
 */

import { assert, must } from '../base/assert.js';
import { byteAt } from '../wire/bytes.js';

/** No record: there is no such key. */
export const NONE = -1;

/**
 * A power of two. A million keys are 16,000 in each; measured on a busy machine, doubling then takes about half a
 * millisecond.
 */
const SHARDS = 64;

/** Bits of a hash that choose the shard; those above them choose the place in it. */
const SHARD_BITS = Math.log2(SHARDS);

/** Places of an empty shard: a power of two, as it is for ever. */
const FIRST_PLACES = 8;

/** Whoever expects more may be wrong. */
const MOST_EXPECTED = 4_000_000;

/** Two milliseconds' work; some thousand for each shard. */
const FILLED_AT_ONCE = 65_536;

/** The hash at a place where nothing is; no key has it. */
const FREE = 0;

const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

export class KeyMap {
  readonly #shards: readonly Shard[];
  #size = 0;

  /** `expected`: about how many there will be, so that it need not grow so often. */
  constructor(expected = 0) {
    const places = placesFor(Math.min(expected, MOST_EXPECTED) / SHARDS);
    this.#shards = Array.from({ length: SHARDS }, () => new Shard(places));
  }

  get size(): number {
    return this.#size;
  }

  /** The record that `isIt` picks among those whose keys have this hash, or NONE. */
  find(hash: number, isIt: (id: number) => boolean): number {
    return this.#shardOf(hash).find(hash, isIt);
  }

  /** There is none with its key so far. */
  add(id: number, hash: number): void {
    this.#shardOf(hash).add(id, hash);
    this.#size++;
  }

  /** The same of many records: pairs of a hash and an id. */
  addAll(pairs: Int32Array): void {
    const sorted = new Int32Array(pairs.length);
    const ends = sortByShard(pairs, sorted);
    let from = 0;
    for (const [number, shard] of this.#shards.entries()) {
      const to = ends[number] ?? 0;
      shard.addAll(sorted.subarray(from, to));
      from = to;
    }
    this.#size += pairs.length / 2;
  }

  /** The record is there. */
  delete(id: number, hash: number): void {
    this.#shardOf(hash).delete(id, hash);
    this.#size--;
  }

  /**
   * Hands the records of one place to `take` and returns the next place: 0 is the first, and comes again behind the last.
   * Places are numbered so that whoever goes through all of them meets every record that is there all the while, and most
   * of them once, although shards grow meanwhile, and whatever map the numbers come from. Any number of 32 bits is a place.
   */
  scan(place: number, take: (id: number) => void): number {
    const number = place & (SHARDS - 1);
    const next = must(this.#shards[number], 'the shard of a place').scan(place >>> SHARD_BITS, take);
    return next === 0 ? (number + 1) % SHARDS : ((next << SHARD_BITS) | number) >>> 0;
  }

  #shardOf(hash: number): Shard {
    return must(this.#shards[hash & (SHARDS - 1)], 'the shard of a key');
  }
}

/**
 * Records on their way into a map, many at a time, shard by shard: one by one, each would wait for memory that no cache
 * holds. They are in the map after `finish`.
 */
export class KeyMapFilling {
  readonly #map: KeyMap;
  readonly #pairs = new Int32Array(2 * FILLED_AT_ONCE);
  #used = 0;

  constructor(map: KeyMap) {
    this.#map = map;
  }

  add(id: number, hash: number): void {
    if (this.#used === this.#pairs.length) this.finish();
    this.#pairs[this.#used++] = hash;
    this.#pairs[this.#used++] = id;
  }

  finish(): void {
    this.#map.addAll(this.#pairs.subarray(0, this.#used));
    this.#used = 0;
  }
}

/**
 * Places are pairs of numbers, the hash of a key and its record, side by side. A key is at the place its hash chooses, or
 * behind it with no free place between.
 */
class Shard {
  #places: Int32Array;
  /** Of the last place's hash in #places, and so of the bits that count its numbers. */
  #mask: number;
  #taken = 0;

  constructor(places: number) {
    this.#places = new Int32Array(2 * places);
    this.#mask = 2 * places - 2;
  }

  find(hash: number, isIt: (id: number) => boolean): number {
    const places = this.#places;
    const mask = this.#mask;
    for (let at = placeOf(hash) & mask; places[at] !== FREE; at = (at + 2) & mask) {
      const id = places[at + 1] ?? NONE;
      if (places[at] === hash && isIt(id)) return id;
    }
    return NONE;
  }

  add(id: number, hash: number): void {
    this.#taken++;
    // At most three quarters are taken, so that searches are short, and end.
    if (8 * this.#taken > 3 * this.#places.length) this.#grow();
    this.#place(id, hash);
  }

  addAll(pairs: Int32Array): void {
    this.#taken += pairs.length / 2;
    while (8 * this.#taken > 3 * this.#places.length) this.#grow();
    for (let i = 0; i < pairs.length; i += 2) this.#place(pairs[i + 1] ?? NONE, pairs[i] ?? FREE);
  }

  delete(id: number, hash: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let gap = placeOf(hash) & mask;
    while (places[gap + 1] !== id || places[gap] !== hash) {
      assert(places[gap] !== FREE, 'a record that is deleted is in the map');
      gap = (gap + 2) & mask;
    }
    this.#taken--;
    // What a search would no longer find behind the gap moves into it, and leaves a gap in turn.
    for (let at = (gap + 2) & mask; places[at] !== FREE; at = (at + 2) & mask) {
      const hashThere = places[at] ?? FREE;
      if (((at - placeOf(hashThere)) & mask) < ((at - gap) & mask)) continue;
      places[gap] = hashThere;
      places[gap + 1] = places[at + 1] ?? NONE;
      gap = at;
    }
    places[gap] = FREE;
  }

  /** As KeyMap's, with 0 behind the last place. */
  scan(place: number, take: (id: number) => void): number {
    const places = this.#places;
    const mask = this.#mask;
    const home = (place << 1) & mask;
    for (let at = home; places[at] !== FREE; at = (at + 2) & mask) {
      if ((placeOf(places[at] ?? FREE) & mask) === home) take(places[at + 1] ?? NONE);
    }
    return placeBehind(home >>> 1, mask >>> 1);
  }

  #place(id: number, hash: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let at = placeOf(hash) & mask;
    while (places[at] !== FREE) at = (at + 2) & mask;
    places[at] = hash;
    places[at + 1] = id;
  }

  #grow(): void {
    const old = this.#places;
    this.#places = new Int32Array(2 * old.length);
    this.#mask = this.#places.length - 2;
    for (let at = 0; at < old.length; at += 2) {
      const hash = old[at] ?? FREE;
      if (hash !== FREE) this.#place(old[at + 1] ?? NONE, hash);
    }
  }
}

/** Pairs of hash and id in the order of their shards; returns where in `sorted` each shard ends. */
function sortByShard(pairs: Int32Array, sorted: Int32Array): Uint32Array {
  const ends = new Uint32Array(SHARDS);
  const count = (shard: number, more: number): number => (ends[shard] = (ends[shard] ?? 0) + more);
  for (let i = 0; i < pairs.length; i += 2) count((pairs[i] ?? FREE) & (SHARDS - 1), 2);
  for (let shard = 1; shard < SHARDS; shard++) count(shard, ends[shard - 1] ?? 0);
  const places = ends.slice();
  for (let i = pairs.length - 2; i >= 0; i -= 2) {
    const hash = pairs[i] ?? FREE;
    const shard = hash & (SHARDS - 1);
    const place = (places[shard] ?? 0) - 2;
    places[shard] = place;
    sorted[place] = hash;
    sorted[place + 1] = pairs[i + 1] ?? NONE;
  }
  return ends;
}

/** For so many keys in a shard, which are not spread quite evenly. */
function placesFor(keys: number): number {
  let places = FIRST_PLACES;
  while (4 * 1.1 * keys > 3 * places) places *= 2;
  return places;
}

/**
 * Counts up from the highest bit of the mask: when a shard doubles, a place becomes two that follow each other, so that
 * those behind it are the same ones as before. It is the order of SCAN in Redis, for the same reason.
 */
function placeBehind(place: number, mask: number): number {
  let next = place;
  for (let bit = (mask + 1) >>> 1; bit > 0; bit >>>= 1) {
    next ^= bit;
    if ((next & bit) !== 0) return next;
  }
  return 0;
}

/** To be masked: an even number, where the pair begins. */
function placeOf(hash: number): number {
  return (hash >>> SHARD_BITS) << 1;
}

/**
 * FNV-1a over all of the key, which stands at `start … end`; then its bits are mixed, as the lower ones are too regular
 * alone.
 */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_START;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ byteAt(bytes, at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash ^= hash >>> 16;
  return hash === FREE ? 1 : hash;
}
