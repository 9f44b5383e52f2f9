/**
 * The table as it was at one moment, to be walked once while the table goes on changing. The order of the keys is a clone that
 * costs nothing; entries are changed in place, so before the first such change of each the table gives the cut a copy of it,
 * unless the walk is past its key. An entry that is deleted is never changed again, and the clone still has it.
 */

import { assert } from '../base/assert.js';
import type { Revision } from '../base/ids.js';
import type { Entry, Order } from './table-contents.js';

export class TableCut {
  readonly #order: Order;
  readonly #revision: Revision;
  readonly #forget: (cut: TableCut) => void;
  /** Entries as they were, of keys still to be walked. */
  readonly #images = new Map<string, Entry>();
  /** The last key walked. */
  #passed: string | null = null;
  #state: 'new' | 'walking' | 'released' = 'new';

  /** `order` belongs to the cut; no entry in it is newer than `revision`, and every later one is. */
  constructor(order: Order, revision: Revision, forget: (cut: TableCut) => void) {
    this.#order = order;
    this.#revision = revision;
    this.#forget = forget;
  }

  get size(): number {
    return this.#order.size;
  }

  /**
   * Every key with its entry as it was, in the order of the keys; may be pulled bit by bit. An entry is to be looked at before the
   * table changes again. To be called once.
   */
  *entries(): IterableIterator<[string, Entry]> {
    assert(this.#state === 'new', 'a cut is walked once');
    this.#state = 'walking';
    for (const [key, entry] of this.#order.entries(undefined, [])) {
      assert(this.#state === 'walking', 'a released cut is not walked');
      this.#passed = key;
      const image = this.#images.get(key);
      if (image !== undefined) this.#images.delete(key);
      yield [key, image ?? entry];
    }
  }

  /** For the table: this entry is about to be changed in place. */
  keep(key: string, { value, revision, created, version }: Entry): void {
    if (revision > this.#revision || (this.#passed !== null && key <= this.#passed)) return;
    this.#images.set(key, { value, revision, created, version });
  }

  /** What it holds can go. To be called when it is not needed any more, walked to its end or not. */
  release(): void {
    this.#state = 'released';
    this.#images.clear();
    this.#forget(this);
  }
}
