/**
 * Where each record stands: the number of a slab and a place in it, under a number that stays the same while the record moves.
 * Chunks of numbers, so that more records never mean copying what there is of them.
 */

import { must } from '../base/assert.js';

const CHUNK_BITS = 10;
const CHUNK_IDS = 2 ** CHUNK_BITS;

export class RecordPlaces {
  /** Of the record that `find` has moved to: the number of its slab, and where it begins there. */
  slab = 0;
  at = 0;
  readonly #chunks: Uint32Array[] = [];
  readonly #unused: number[] = [];
  /** All ids below were given out. */
  #next = 0;

  /** A new id, for a record that stands nowhere yet. */
  add(): number {
    const id = this.#unused.pop() ?? this.#next++;
    if (id >>> CHUNK_BITS === this.#chunks.length) this.#chunks.push(new Uint32Array(2 * CHUNK_IDS));
    return id;
  }

  move(id: number, slab: number, at: number): void {
    const chunk = this.#chunkOf(id);
    const place = placeIn(id);
    chunk[place] = slab;
    chunk[place + 1] = at;
  }

  /** The id may be given to another record. */
  remove(id: number): void {
    this.#unused.push(id);
  }

  /** Moves to the record's place: `slab` and `at` are its until the next call. */
  find(id: number): void {
    const chunk = this.#chunkOf(id);
    const place = placeIn(id);
    this.slab = chunk[place] ?? 0;
    this.at = chunk[place + 1] ?? 0;
  }

  #chunkOf(id: number): Uint32Array {
    return must(this.#chunks[id >>> CHUNK_BITS], 'the place of a record');
  }
}

function placeIn(id: number): number {
  return 2 * (id & (CHUNK_IDS - 1));
}
