/**
 * Which keys are to go, and which of them first: a heap of the records that have a deadline, in the order of deadline and
 * key. A store without deadlines has nothing here. It stands in arrays of numbers, outside the collected heap as records
 * do, and the deadlines stand in it beside the ids, so that records are looked at only where two have the same one. Made
 * anew from the records where a snapshot is read: the order in which they leave does not depend on the order in which they
 * came.
 */

import { assert } from '../base/assert.js';
import { NONE } from './key-map.js';

/** What the heap needs to know of the records. */
export interface KeyOrder {
  /** By the order of their keys; fastest where the second is the same again and again. */
  compare(a: number, b: number): number;
}

const FIRST_PLACES = 64;

export class Deadlines {
  readonly #keys: KeyOrder;
  /** The heap, from place 1 on: below place p are 2p and 2p + 1. */
  #ids = new Uint32Array(0);
  #deadlines = new Float64Array(0);
  #size = 0;
  /** Of each id its place in the heap; 0 where it has none. */
  #places = new Uint32Array(0);

  constructor(keys: KeyOrder) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#size;
  }

  /** The earliest, infinity without any. */
  get next(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#deadlineAt(1);
  }

  /** The record with the earliest deadline, among several the one with the least key; NONE without any. */
  get first(): number {
    return this.#size === 0 ? NONE : this.#idAt(1);
  }

  /** Of a record that has one already, or none so far. `deadline` 0: it has none any more. */
  set(id: number, deadline: number): void {
    if (deadline === 0) {
      this.remove(id);
      return;
    }
    // A part of a millisecond would be lost where the record is read again.
    assert(Number.isSafeInteger(deadline) && deadline > 0, 'a deadline is whole milliseconds');
    this.#makeRoom(id);
    this.#settle(this.#placeOf(id) || ++this.#size, id, deadline);
  }

  /** The record, which is still there, has no deadline any more, if it had one. */
  remove(id: number): void {
    const place = this.#placeOf(id);
    if (place === 0) return;
    const last = this.#size--;
    this.#places[id] = 0;
    if (place < last) this.#rise(this.#sinkGap(place), this.#idAt(last), this.#deadlineAt(last));
  }

  /**
   * Moves a gap down to where nothing is below it. The last of the heap, which is to fill it, belongs somewhere near:
   * looking for its place from there takes half as many comparisons as from above, and where many have one deadline these
   * are of keys.
   */
  #sinkGap(place: number): number {
    let gap = place;
    for (let below = this.#leastBelow(gap); below > 0; below = this.#leastBelow(gap)) {
      this.#put(gap, this.#idAt(below), this.#deadlineAt(below));
      gap = below;
    }
    return gap;
  }

  #rise(place: number, id: number, deadline: number): void {
    let gap = place;
    for (let above = gap >>> 1; above > 0 && this.#isBefore(id, deadline, above); above = gap >>> 1) {
      this.#put(gap, this.#idAt(above), this.#deadlineAt(above));
      gap = above;
    }
    this.#put(gap, id, deadline);
  }

  /** Puts the record into the gap at `place`, or where it belongs above or below that. */
  #settle(place: number, id: number, deadline: number): void {
    let gap = place;
    for (let below = this.#leastBelow(gap); below > 0 && !this.#isBefore(id, deadline, below); ) {
      this.#put(gap, this.#idAt(below), this.#deadlineAt(below));
      gap = below;
      below = this.#leastBelow(gap);
    }
    this.#rise(gap, id, deadline);
  }

  /** 0 when nothing is below. */
  #leastBelow(place: number): number {
    const one = 2 * place;
    if (one > this.#size) return 0;
    const other = one + 1;
    return other <= this.#size && this.#isBefore(this.#idAt(other), this.#deadlineAt(other), one) ? other : one;
  }

  #isBefore(id: number, deadline: number, place: number): boolean {
    const there = this.#deadlineAt(place);
    return deadline < there || (deadline === there && this.#keys.compare(this.#idAt(place), id) > 0);
  }

  #put(place: number, id: number, deadline: number): void {
    this.#ids[place] = id;
    this.#deadlines[place] = deadline;
    this.#places[id] = place;
  }

  #idAt(place: number): number {
    return this.#ids[place] ?? 0;
  }

  #deadlineAt(place: number): number {
    return this.#deadlines[place] ?? 0;
  }

  #placeOf(id: number): number {
    return this.#places[id] ?? 0;
  }

  /** For one record more, with this id. */
  #makeRoom(id: number): void {
    if (this.#size + 1 >= this.#ids.length) {
      const { length } = this.#ids;
      const ids = new Uint32Array(Math.max(FIRST_PLACES, 2 * length));
      const deadlines = new Float64Array(ids.length);
      ids.set(this.#ids);
      deadlines.set(this.#deadlines);
      this.#ids = ids;
      this.#deadlines = deadlines;
    }
    if (id < this.#places.length) return;
    const places = new Uint32Array(Math.max(FIRST_PLACES, 2 * id));
    places.set(this.#places);
    this.#places = places;
  }
}
