/**
 * A key, and a value for it, as bytes where they stand: in a command of the log, out of which a record is made without strings on
 * the way; or, where they are strings, in memory of its own. Whoever looks for a key or puts one has one of these and uses it
 * again and again.
 */

import { writeLatin1 } from '../wire/bytes.js';

/** Memory for larger ones is not kept. */
const KEPT_BYTES = 4096;

export class Pair {
  bytes: Uint8Array;
  /** Of the same bytes. */
  view: DataView;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  readonly #own = Buffer.allocUnsafeSlow(KEPT_BYTES);

  constructor() {
    this.bytes = this.#own;
    this.view = viewOf(this.#own);
  }

  get keyBytes(): number {
    return this.keyEnd - this.keyStart;
  }

  get valueBytes(): number {
    return this.valueEnd - this.valueStart;
  }

  /** In somebody's bytes, as long as they stay. */
  stand(bytes: Uint8Array, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    if (bytes !== this.bytes) this.#goTo(bytes);
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
  }

  /** Of latin1 strings, whose bytes it takes. */
  take(key: string, value = ''): void {
    const size = key.length + value.length;
    const target = size <= KEPT_BYTES ? this.#own : Buffer.allocUnsafeSlow(size);
    writeLatin1(target, 0, key);
    writeLatin1(target, key.length, value);
    this.stand(target, 0, key.length, key.length, size);
  }

  /** Commands of one batch stand in the same bytes. */
  #goTo(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
