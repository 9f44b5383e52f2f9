/**
 * What a table is made of: the records of its keys, a tree of the same records for the order of the keys, the order of their
 * bytes, and a heap of those that have a deadline.
 */

import sortedBtree from 'sorted-btree';
import bulk from 'sorted-btree/extended/bulkLoad.js';
import union from 'sorted-btree/extended/union.js';
import { InvariantViolation, must } from '../base/assert.js';
import { Deadlines } from './deadlines.js';
import { deadlineAt, keyBytesAt, recordBytesAt, valueBytesAt } from './record.js';
import { Records } from './records.js';

const BTree = sortedBtree.default;

/** Ids of records in the order of their keys. */
export type Order = InstanceType<typeof BTree<number, undefined>>;

export interface TableContents {
  readonly records: Records;
  readonly order: Order;
  readonly deadlines: Deadlines;
  /** Of all keys and values, with the overhead of each. */
  readonly bytes: number;
}

/**
 * Reckoned for every key besides its own bytes and its value's, so that a limit on data bounds memory also where values are
 * small: more than the head of a record, its places in map, tree and heap, and its share of what is left empty.
 */
const ENTRY_OVERHEAD_BYTES = 128;

/** Measured: 64 puts a million keys with the shortest pauses; 32 and 256 are a third worse. */
const NODE_SIZE = 64;

/** Keys that go into the tree at once when it is filled: a millisecond's work at most. */
const PIECE_KEYS = 4096;

/** What a key of so many bytes counts for that holds a value of `size` bytes. */
export function entryBytes(keyBytes: number, size: number): number {
  return keyBytes + size + ENTRY_OVERHEAD_BYTES;
}

export function emptyContents(): TableContents {
  const records = new Records();
  const order = new BTree<number, undefined>(undefined, records.comparing, NODE_SIZE);
  return { records, order, deadlines: new Deadlines(records), bytes: 0 };
}

/**
 * The contents of a table in the making, out of records that come in the order of their keys: the tree is put together from
 * pieces that are made whole, which takes a third of the time that inserting takes.
 */
export class TableFilling {
  readonly #records: Records;
  readonly #deadlines: Deadlines;
  #order: Order;
  #bytes = 0;
  #ids: number[] = [];

  /** `expected`: about how many keys there will be. */
  constructor(expected = 0) {
    this.#records = new Records(expected);
    this.#deadlines = new Deadlines(this.#records);
    this.#order = new BTree<number, undefined>(undefined, this.#records.comparing, NODE_SIZE);
  }

  /** Whole records, of keys greater than all before them. They are copied. */
  add(bytes: Uint8Array, start: number, end: number): void {
    let i = this.#ids.length;
    this.#records.load(bytes, start, end, this.#ids);
    for (let at = start; at < end; at += recordBytesAt(bytes, at), i++) {
      this.#bytes += entryBytes(keyBytesAt(bytes, at), valueBytesAt(bytes, at));
      const deadline = deadlineAt(bytes, at);
      if (deadline !== 0) this.#deadlines.set(must(this.#ids[i], 'the id of a record'), deadline);
    }
    if (this.#ids.length >= PIECE_KEYS) this.#join();
  }

  /** The whole. To be called once, at the end. */
  contents(): TableContents {
    if (this.#ids.length > 0) this.#join();
    this.#records.loaded();
    return { records: this.#records, order: this.#order, deadlines: this.#deadlines, bytes: this.#bytes };
  }

  #join(): void {
    this.#order = withPiece(this.#order, this.#ids, this.#records);
    this.#ids = [];
  }
}

/**
 * The order with ids that are not in it, in any order themselves; the one given is of no more use. What comes behind
 * everything that is there, as most of it does where keys are made one after the other, goes in as a whole.
 */
export function withIds(order: Order, ids: number[], records: Records): Order {
  ids.sort(records.comparing);
  const last = order.maxKey();
  let within = 0;
  if (last !== undefined) while (within < ids.length && records.compare(must(ids[within], 'an id'), last) < 0) within++;
  // Joining costs more than a few keys are worth.
  if (ids.length - within < NODE_SIZE && last !== undefined) within = ids.length;
  for (let i = 0; i < within; i++) order.set(must(ids[i], 'an id'), undefined);
  return within === ids.length ? order : withPiece(order, ids.slice(within), records);
}

/** `ids`: in order, and behind all that are there. */
function withPiece(order: Order, ids: number[], { comparing }: Records): Order {
  const nothing = new Array<undefined>(ids.length).fill(undefined);
  const piece = bulk.bulkLoad(ids, nothing, NODE_SIZE, comparing);
  return order.isEmpty ? piece : union.default<Order, number, undefined>(order, piece, twice);
}

function twice(): never {
  throw new InvariantViolation('a table is filled twice with the same key');
}
