/**
 * The table as it was at one moment, to be walked once while the table goes on changing. The order of the keys is a clone that
 * costs nothing; records are changed in place, and their ids are used again, so before the first change of each the table gives
 * the cut a copy of it, unless the walk is past its key. A cut may be of the keys with one prefix alone: others cost it nothing.
 */

import { assert } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import { Images } from './images.js';
import { keyAt, keyEndOf, keyStartOf, type RecordPlace, revisionAt } from './record.js';
import type { Records } from './records.js';
import type { Order } from './table-contents.js';

const LAST_BYTE = 0xff;

export class TableCut {
  readonly #records: Records;
  readonly #order: Order;
  readonly #revision: Revision;
  readonly #prefix: string;
  readonly #forget: (cut: TableCut) => void;
  /** Places in the order are found now: later the records no longer tell what they were. */
  readonly #ids: IterableIterator<number>;
  readonly #end: number | undefined;
  /** Records as they were, of keys still to be walked. */
  readonly #images = new Images();
  /** The last record walked: its key stays where it stood, whatever becomes of the record. */
  #passed: RecordPlace | null = null;
  #state: 'new' | 'walking' | 'released' = 'new';

  /** `order` belongs to the cut; no record in it is newer than `revision`, and every later one is. */
  constructor(records: Records, order: Order, revision: Revision, prefix: string, forget: (cut: TableCut) => void) {
    this.#records = records;
    this.#order = order;
    this.#revision = revision;
    this.#prefix = prefix;
    this.#forget = forget;
    const behind = firstBehind(prefix);
    this.#end = behind === null ? undefined : idFrom(order, records.probe(behind));
    this.#ids = prefix === '' ? order.keys() : order.keys(records.probe(prefix));
  }

  /** Of the whole table. */
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
    for (const id of this.#ids) {
      if (id === this.#end) return;
      assert(this.#state === 'walking', 'a released cut is not walked');
      this.#passed = this.#images.take(id) ?? this.#records.placeOf(id);
      yield this.#passed;
    }
  }

  /** For the table: the record with this id is about to be changed or deleted. */
  keep(id: number): void {
    const record = this.#records.placeOf(id);
    if (revisionAt(record.bytes, record.start) > this.#revision) return;
    if (this.#isOfPrefix(record) && !this.#isPassed(record)) this.#images.keep(id, record);
  }

  /** What it holds can go. To be called when it is not needed any more, walked to its end or not. */
  release(): void {
    this.#state = 'released';
    this.#images.clear();
    this.#forget(this);
  }

  #isOfPrefix({ bytes, start }: RecordPlace): boolean {
    return this.#prefix === '' || keyAt(bytes, start).startsWith(this.#prefix);
  }

  #isPassed(record: RecordPlace): boolean {
    const passed = this.#passed;
    if (passed === null) return false;
    const { bytes } = passed;
    return bytes.compare(record.bytes, keyStartOf(record), keyEndOf(record), keyStartOf(passed), keyEndOf(passed)) >= 0;
  }
}

/** The first key that is greater than all with this prefix, null where there is none. */
function firstBehind(prefix: string): string | null {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === LAST_BYTE) end--;
  return end === 0 ? null : prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1);
}

function idFrom(order: Order, probe: number): number | undefined {
  for (const id of order.keys(probe)) return id;
  return undefined;
}
