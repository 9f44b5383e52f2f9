/**
 * The table as it was at one moment, to be walked once while the table goes on changing. The order of the keys is a clone that
 * costs nothing; records are changed in place, and their ids are used again, so before the first change of each the table gives
 * the cut a copy of it, unless the walk is past its key.
 */

import { assert } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import { keyAt, type RecordPlace, revisionAt } from './record.js';
import type { Records } from './records.js';
import type { Order } from './table-contents.js';

export class TableCut {
  readonly #records: Records;
  readonly #order: Order;
  readonly #revision: Revision;
  readonly #forget: (cut: TableCut) => void;
  /** Records as they were, of keys still to be walked. */
  readonly #images = new Map<number, RecordPlace>();
  /** The last record walked: its key stays where it stood, whatever becomes of the record. */
  #passed: RecordPlace | null = null;
  #state: 'new' | 'walking' | 'released' = 'new';

  /** `order` belongs to the cut; no record in it is newer than `revision`, and every later one is. */
  constructor(records: Records, order: Order, revision: Revision, forget: (cut: TableCut) => void) {
    this.#records = records;
    this.#order = order;
    this.#revision = revision;
    this.#forget = forget;
  }

  get size(): number {
    return this.#order.size;
  }

  /**
   * Every record as it was, in the order of the keys; may be pulled bit by bit. A record is to be looked at before the table
   * changes again. To be called once.
   */
  *walk(): IterableIterator<RecordPlace> {
    assert(this.#state === 'new', 'a cut is walked once');
    this.#state = 'walking';
    for (const id of this.#order.keys()) {
      assert(this.#state === 'walking', 'a released cut is not walked');
      const image = this.#images.get(id);
      if (image !== undefined) this.#images.delete(id);
      this.#passed = image ?? this.#records.placeOf(id);
      yield this.#passed;
    }
  }

  /** For the table: the record with this id and key is about to be changed or deleted. */
  keep(id: number, key: string): void {
    const { bytes, start, end } = this.#records.placeOf(id);
    if (revisionAt(bytes, start) > this.#revision || this.#isPassed(key)) return;
    // Not slice: a Buffer's is a view, and what it views is about to change.
    const image = Buffer.from(bytes.subarray(start, end));
    this.#images.set(id, { bytes: image, start: 0, end: image.length });
  }

  /** What it holds can go. To be called when it is not needed any more, walked to its end or not. */
  release(): void {
    this.#state = 'released';
    this.#images.clear();
    this.#forget(this);
  }

  #isPassed(key: string): boolean {
    return this.#passed !== null && key <= keyAt(this.#passed.bytes, this.#passed.start);
  }
}
