/**
 * The records of a table by their keys. Each has a number, its id, for as long as its key is there; what it holds stands in
 * an arena, where it is overwritten in place if the new value is as long as the old one, and else written anew. Where holes
 * have come to take a third of the arena, what is left in the emptiest slab moves out of it: a millisecond's work, every
 * thousand changes.
 */

import { type Revision, revision } from '../base/ids.js';
import { Arena, type Slab } from './arena.js';
import { hashOf, KeyMap, KeyMapFilling, NONE } from './key-map.js';
import { Pair } from './pair.js';
import {
  compareKeys,
  createdAt,
  deadlineAt,
  type Entry,
  type History,
  hasKey,
  keyAt,
  keyBytesAt,
  RECORD_HEAD_BYTES,
  RecordEntry,
  type RecordPlace,
  recordBytes,
  recordBytesAt,
  rewriteDeadline,
  rewriteRecord,
  valueBytesAt,
  versionAt,
  writeRecord,
} from './record.js';
import { RecordPlaces } from './record-places.js';

const NO_HISTORY: History = { revision: revision(0), created: revision(0), version: 0, deadline: 0 };

/** An id that no record has: in a search, that of the key that was last given to `probe`. */
const PROBE = -2;

const NOWHERE = new DataView(new ArrayBuffer(0));

export class Records {
  readonly #arena = new Arena();
  readonly #places = new RecordPlaces();
  readonly #map: KeyMap;
  #filling: KeyMapFilling | null = null;
  /** The key that is being looked for. */
  #asked = new Pair();
  readonly #probed = new Pair();
  /** `compare`, always the same: trees that are to be joined must have one. */
  readonly comparing = (a: number, b: number): number => this.compare(a, b);
  readonly #isAsked = (id: number): boolean => hasKey(this.#find(id).view, this.#places.at, this.#asked);
  /** The record that was last compared with others, until any record moves: a search compares one with many. */
  #compared = NONE;
  #comparedView: DataView = NOWHERE;
  #comparedAt = 0;

  /** `expected`: about how many there will be. */
  constructor(expected = 0) {
    this.#map = new KeyMap(expected);
  }

  get size(): number {
    return this.#map.size;
  }

  /** The id of the record of a pair's key, or NONE. */
  find(pair: Pair): number {
    this.#asked = pair;
    return this.#map.find(hashOfKey(pair), this.#isAsked);
  }

  /** As KeyMap's. */
  scan(place: number, take: (id: number) => void): number {
    return this.#map.scan(place, take);
  }

  /** There is no record of the key so far. Returns the id of the new one. */
  add(pair: Pair, revision: Revision, deadline: number): number {
    const id = this.#places.add();
    this.#write(id, pair, { revision, created: revision, version: 1, deadline });
    this.#map.add(id, hashOfKey(pair));
    return id;
  }

  /** The pair's key is the record's. */
  overwrite(id: number, pair: Pair, revision: Revision, deadline: number): void {
    const { bytes, view } = this.#find(id);
    const { slab, at } = this.#places;
    const version = versionAt(bytes, at) + 1;
    if (valueBytesAt(bytes, at) === pair.valueBytes) {
      rewriteRecord(view, at, pair, revision, version, deadline);
      return;
    }
    this.#write(id, pair, { revision, created: createdAt(bytes, at), version, deadline });
    this.#free(slab, recordBytesAt(bytes, at));
  }

  setDeadline(id: number, deadline: number, revision: Revision): void {
    rewriteDeadline(this.#find(id).view, this.#places.at, revision, deadline);
  }

  /** The id may come to be another key's. */
  delete(id: number): void {
    const { bytes } = this.#find(id);
    const { slab, at } = this.#places;
    this.#map.delete(id, hashAt(bytes, at));
    this.#places.remove(id);
    this.#free(slab, recordBytesAt(bytes, at));
  }

  /**
   * Takes in whole records of keys that are not there so far, and adds their ids to `ids`. They can be found when it is told by
   * `loaded` that these were all.
   */
  load(bytes: Uint8Array, start: number, end: number, ids: number[]): void {
    this.#filling ??= new KeyMapFilling(this.#map);
    for (let at = start; at < end; ) {
      const number = this.#arena.withRoom(recordBytesAt(bytes, at));
      const slab = this.#arena.slab(number);
      const from = at;
      const shift = slab.used - from;
      for (const stop = Math.min(end, from + slab.bytes.length - slab.used); at < stop; ) {
        const next = at + recordBytesAt(bytes, at);
        if (next > stop) break;
        const id = this.#places.add();
        this.#move(id, number, at + shift);
        this.#filling.add(id, hashAt(bytes, at));
        ids.push(id);
        at = next;
      }
      slab.bytes.set(bytes.subarray(from, at), slab.used);
      this.#arena.take(number, at - from);
    }
  }

  loaded(): void {
    this.#filling?.finish();
    this.#filling = null;
  }

  /**
   * An id for a search of the order: `compare` takes it, as the second, for that of a record with this key, until the next
   * call.
   */
  probe(key: string): number {
    this.#probed.take(key);
    const view = new DataView(new ArrayBuffer(recordBytes(key.length, 0)));
    writeRecord(view, 0, this.#probed, NO_HISTORY);
    this.#compared = PROBE;
    this.#comparedView = view;
    this.#comparedAt = 0;
    return PROBE;
  }

  /** By the order of the keys; fastest where the second is the same again and again. */
  compare(a: number, b: number): number {
    if (b !== this.#compared) {
      this.#places.find(b);
      this.#comparedView = this.#arena.slab(this.#places.slab).view;
      this.#comparedAt = this.#places.at;
      this.#compared = b;
    }
    this.#places.find(a);
    const { view } = this.#arena.slab(this.#places.slab);
    return compareKeys(view, this.#places.at, this.#comparedView, this.#comparedAt);
  }

  keyOf(id: number): string {
    return keyAt(this.#find(id).bytes, this.#places.at);
  }

  entryOf(id: number): Entry {
    return new RecordEntry(this.#find(id).bytes, this.#places.at);
  }

  valueBytesOf(id: number): number {
    return valueBytesAt(this.#find(id).bytes, this.#places.at);
  }

  /** 0 for none. */
  deadlineOf(id: number): number {
    return deadlineAt(this.#find(id).bytes, this.#places.at);
  }

  placeOf(id: number): RecordPlace {
    const { bytes } = this.#find(id);
    const start = this.#places.at;
    return { bytes, start, end: start + recordBytesAt(bytes, start) };
  }

  /** What the record stands in; #places says where. */
  #find(id: number): Slab {
    this.#places.find(id);
    return this.#arena.slab(this.#places.slab);
  }

  #move(id: number, slab: number, at: number): void {
    this.#places.move(id, slab, at);
    this.#compared = NONE;
  }

  #write(id: number, pair: Pair, history: History): void {
    const size = recordBytes(pair.keyBytes, pair.valueBytes);
    const number = this.#arena.withRoom(size);
    const { view, used } = this.#arena.slab(number);
    writeRecord(view, used, pair, history);
    this.#arena.take(number, size);
    this.#move(id, number, used);
  }

  #free(slab: number, size: number): void {
    this.#arena.free(slab, size);
    const wasteful = this.#arena.wasteful;
    if (wasteful !== null) this.#empty(wasteful);
  }

  /** Moves the records that are of use to other slabs. */
  #empty(number: number): void {
    const { bytes, used } = this.#arena.slab(number);
    for (let at = 0; at < used; ) {
      const start = at;
      at += recordBytesAt(bytes, start);
      const id = this.#map.find(hashAt(bytes, start), (one) => this.#isAt(one, number, start));
      if (id === NONE) continue;
      const target = this.#arena.withRoom(at - start);
      const slab = this.#arena.slab(target);
      bytes.copy(slab.bytes, slab.used, start, at);
      this.#move(id, target, slab.used);
      this.#arena.take(target, at - start);
    }
    this.#arena.drop(number);
  }

  #isAt(id: number, slab: number, at: number): boolean {
    this.#places.find(id);
    return this.#places.slab === slab && this.#places.at === at;
  }
}

function hashOfKey({ bytes, keyStart, keyEnd }: Pair): number {
  return hashOf(bytes, keyStart, keyEnd);
}

function hashAt(bytes: Uint8Array, at: number): number {
  const start = at + RECORD_HEAD_BYTES;
  return hashOf(bytes, start, start + keyBytesAt(bytes, at));
}
