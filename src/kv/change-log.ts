/**
 * What changed lately, in the order of the revisions, for clients that want to hear of every change once. It keeps the last
 * 100,000 changes or 32 MiB and says from which revision on it has them all; what is older has to be read as it is now. It
 * is no part of the replicated state: where a state is taken over from another replica, what led to it is not known here.
 *
 * Changes stand as bytes one behind the other in blocks, because every put of a busy store makes one: outside the collected heap,
 * and without an object apiece. A change begins with
 *
 *      0  length of the key u32     8  revision f64     17  key, value (latin1: one byte a character)
 *      4  length of the value u32  16  type u8
 */

import { assert, must } from '../base/assert.js';
import { type Revision, revision } from '../base/ids.js';
import { copyTo, latin1 } from '../wire/bytes.js';
import type { Pair } from './pair.js';

export type ChangeType = 'put' | 'delete' | 'expire';

const TYPES = ['put', 'delete', 'expire'] as const satisfies readonly ChangeType[];

const VALUE_BYTES_AT = 4;
const REVISION_AT = 8;
const TYPE_AT = 16;
const HEAD_BYTES = 17;

/** At least so many are kept, unless they take more than MOST_BYTES. */
const KEPT_CHANGES = 100_000;
const MOST_BYTES = 32 * 1024 * 1024;

/** To find a revision a block is walked: some hundred steps. */
const BLOCK_BYTES = 64 * 1024;

class Block {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  used = 0;
  changes = 0;
  /** Of its last change. */
  last: Revision = revision(0);

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }

  hasRoom(size: number): boolean {
    return this.used + size <= this.bytes.length;
  }
}

const NOTHING = new Block(0);

/** Bounds that a test may want lower. */
export interface ChangeLogBounds {
  readonly changes: number;
  readonly bytes: number;
}

export class ChangeLog {
  readonly #bounds: ChangeLogBounds;
  /** From the oldest on; those before `#first` are dropped. */
  #blocks: Block[] = [];
  #first = 0;
  /** The block that is being filled. */
  #block = NOTHING;
  #changes = 0;
  #bytes = 0;
  #since: Revision = revision(0);
  #era = 0;
  #tell: (() => void) | null = null;

  constructor(bounds: ChangeLogBounds = { changes: KEPT_CHANGES, bytes: MOST_BYTES }) {
    this.#bounds = bounds;
  }

  /** Every change above this revision is here. */
  get since(): Revision {
    return this.#since;
  }

  /** Rises when the state became another: what was told of the one before need not lead to it. */
  get era(): number {
    return this.#era;
  }

  /** Changes of one revision come one behind the other. The pair has no value unless it was put. */
  add(type: ChangeType, pair: Pair, at: Revision): void {
    const { keyBytes, valueBytes } = pair;
    const size = HEAD_BYTES + keyBytes + valueBytes;
    const block = this.#block.hasRoom(size) ? this.#block : this.#newBlock(size);
    const { view, used } = block;
    view.setUint32(used, keyBytes);
    view.setUint32(used + VALUE_BYTES_AT, valueBytes);
    view.setFloat64(used + REVISION_AT, at);
    view.setUint8(used + TYPE_AT, type === 'put' ? 0 : TYPES.indexOf(type));
    copyTo(view, used + HEAD_BYTES, pair.view, pair.keyStart, pair.keyEnd);
    copyTo(view, used + HEAD_BYTES + keyBytes, pair.view, pair.valueStart, pair.valueEnd);
    block.used += size;
    block.changes++;
    block.last = at;
    this.#changes++;
    if (this.#tell !== null) this.#tellOnce();
  }

  /** So much changed at that revision that it is not remembered; nor is what was before. */
  forget(at: Revision): void {
    this.#blocks = [];
    this.#first = 0;
    this.#block = NOTHING;
    this.#changes = 0;
    this.#bytes = 0;
    this.#since = at;
    this.#tellOnce();
  }

  /** The state is another, at that revision; how it came to be so is not known. */
  restart(at: Revision): void {
    this.#era++;
    this.forget(at);
  }

  /** Calls `tell` once, at the next change, within whatever makes it; only the last one who asked is told. */
  whenChanged(tell: () => void): void {
    this.#tell = tell;
  }

  /** Stands before the first change above `from`, which must not be below `since`; good until the next change. */
  after(from: Revision): ChangeCursor {
    assert(from >= this.#since, `what changed after revision ${from} is not known any more`);
    let low = this.#first;
    for (let high = this.#blocks.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (must(this.#blocks[middle], 'a block').last > from) high = middle;
      else low = middle + 1;
    }
    return new ChangeCursor(this.#blocks, low, from);
  }

  #newBlock(size: number): Block {
    const oldest = this.#dropOldest(size);
    const isReusable = oldest !== null && oldest.bytes.length === BLOCK_BYTES && size <= BLOCK_BYTES;
    const block = isReusable ? oldest : new Block(Math.max(size, BLOCK_BYTES));
    block.used = 0;
    block.changes = 0;
    this.#bytes += block.bytes.length;
    this.#blocks.push(block);
    this.#block = block;
    return block;
  }

  /** Drops what there is no room for; returns the last that was dropped. */
  #dropOldest(size: number): Block | null {
    const { changes, bytes } = this.#bounds;
    const more = Math.max(size, BLOCK_BYTES);
    let dropped: Block | null = null;
    for (; this.#first < this.#blocks.length; this.#first++) {
      const oldest = must(this.#blocks[this.#first], 'the oldest block');
      if (this.#changes - oldest.changes < changes && this.#bytes + more <= bytes) break;
      this.#changes -= oldest.changes;
      this.#bytes -= oldest.bytes.length;
      this.#since = oldest.last;
      dropped = oldest;
    }
    if (this.#first * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#first);
      this.#first = 0;
    }
    return dropped;
  }

  #tellOnce(): void {
    const tell = this.#tell;
    this.#tell = null;
    tell?.();
  }
}

/** Walks changes; the accessors speak of the one that `next` stopped at. */
export class ChangeCursor {
  readonly #blocks: readonly Block[];
  readonly #from: Revision;
  #index: number;
  #block = NOTHING;
  #at = 0;
  #next = 0;

  constructor(blocks: readonly Block[], index: number, from: Revision) {
    this.#blocks = blocks;
    this.#index = index;
    this.#from = from;
  }

  /** False behind the last. */
  next(): boolean {
    do {
      if (this.#next === this.#block.used && !this.#nextBlock()) return false;
      this.#at = this.#next;
      this.#next += HEAD_BYTES + this.keyBytes + this.#block.view.getUint32(this.#at + VALUE_BYTES_AT);
    } while (this.revision <= this.#from);
    return true;
  }

  get revision(): Revision {
    return revision(this.#block.view.getFloat64(this.#at + REVISION_AT));
  }

  get type(): ChangeType {
    return must(TYPES[this.#block.view.getUint8(this.#at + TYPE_AT)], 'the type of a change');
  }

  get key(): string {
    const start = this.#at + HEAD_BYTES;
    return latin1(this.#block.bytes, start, start + this.keyBytes);
  }

  get value(): string {
    const start = this.#at + HEAD_BYTES + this.keyBytes;
    return latin1(this.#block.bytes, start, this.#next);
  }

  get keyBytes(): number {
    return this.#block.view.getUint32(this.#at);
  }

  /** Of key and value together. */
  get size(): number {
    return this.#next - this.#at - HEAD_BYTES;
  }

  hasPrefix(prefix: string): boolean {
    if (this.keyBytes < prefix.length) return false;
    const { bytes } = this.#block;
    const start = this.#at + HEAD_BYTES;
    for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix.charCodeAt(i)) return false;
    return true;
  }

  #nextBlock(): boolean {
    const block = this.#blocks[this.#index++];
    if (block === undefined) return false;
    this.#block = block;
    this.#next = 0;
    return true;
  }
}
