/**
 * A queue of many thousand requests: first in, first out, and the n-th from the front at hand. An array with a moving front,
 * because `Array.shift` copies what is left and a linked list costs an object per request.
 */

import { assert } from '../../base/assert.js';

/** Below this the room at the front is not worth taking back. */
const SLACK = 1_024;

export class Fifo<T extends object> {
  #items: (T | undefined)[] = [];
  #front = 0;

  get length(): number {
    return this.#items.length - this.#front;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item `index` places behind the front, undefined behind the last. */
  at(index: number): T | undefined {
    return this.#items[this.#front + index];
  }

  shift(): T {
    const item = this.#items[this.#front];
    assert(item !== undefined, 'something is queued');
    this.#items[this.#front++] = undefined;
    if (this.#front === this.#items.length) {
      this.#items.length = 0;
      this.#front = 0;
    } else if (this.#front > SLACK && this.#front * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#front);
      this.#front = 0;
    }
    return item;
  }
}
