/**
 * Records as they were before they changed, by their ids, for one cut of a table. A busy store changes hundreds of
 * thousands of them while a cut is walked: they stand outside the collected heap, as the records themselves do, and none is
 * an object.
 */

import { Arena } from './arena.js';
import type { RecordPlace } from './record.js';

/** Few: changes may be far between in a large store. */
const CHUNK_BITS = 6;
const CHUNK_IDS = 2 ** CHUNK_BITS;

export class Images {
  #arena = new Arena();
  /** For each id the number of a slab, from 1 on, and a place in it; 0 where nothing is kept, no chunk where nothing ever was. */
  #chunks: (Uint32Array | undefined)[] = [];

  /** Copies the record, as it is for the last time. */
  keep(id: number, { bytes, start, end }: RecordPlace): void {
    const number = this.#arena.withRoom(end - start);
    const slab = this.#arena.slab(number);
    const at = slab.used;
    bytes.copy(slab.bytes, at, start, end);
    this.#arena.take(number, end - start);
    const chunk = this.#chunks[id >>> CHUNK_BITS] ?? new Uint32Array(3 * CHUNK_IDS);
    this.#chunks[id >>> CHUNK_BITS] = chunk;
    const place = placeIn(id);
    chunk[place] = number + 1;
    chunk[place + 1] = at;
    chunk[place + 2] = end - start;
  }

  /** The copy, once, which nobody writes to any more; null where there is none. */
  take(id: number): RecordPlace | null {
    const chunk = this.#chunks[id >>> CHUNK_BITS];
    if (chunk === undefined) return null;
    const place = placeIn(id);
    const number = chunk[place] ?? 0;
    if (number === 0) return null;
    chunk[place] = 0;
    const start = chunk[place + 1] ?? 0;
    const size = chunk[place + 2] ?? 0;
    const { bytes } = this.#arena.slab(number - 1);
    this.#arena.free(number - 1, size);
    return { bytes, start, end: start + size };
  }

  clear(): void {
    this.#arena = new Arena();
    this.#chunks = [];
  }
}

function placeIn(id: number): number {
  return 3 * (id & (CHUNK_IDS - 1));
}
