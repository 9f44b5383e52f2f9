/**
 * One command as it travels in a parcel and is stored in the log: the number of its words, then each word with its length,
 * lengths as base-128 numbers. Word 0 is the command's name in the form the command table wants it (upper case, aliases
 * resolved); what names and words mean is the state machine's business. The cursor walks commands without an object apiece.
 */

import { assert } from '../base/assert.js';
import { byteAt, latin1, writeLatin1 } from './bytes.js';
import { Interner } from './interner.js';
import { WireError } from './wire-error.js';

/** Longer names are read all the same, but not remembered. */
const INTERNED_NAME = 32;

const names = new Interner(latin1);

/** `argv` has at least one word; words that are strings are latin1. The result is its own memory. */
export function encodeCommand(argv: readonly (Uint8Array | string)[]): Uint8Array {
  assert(argv.length > 0, 'a command has a name');
  let size = lengthSize(argv.length);
  for (const word of argv) size += lengthSize(word.length) + word.length;
  const target = Buffer.allocUnsafe(size);
  let at = writeLength(target, 0, argv.length);
  for (const word of argv) {
    at = writeLength(target, at, word.length);
    if (typeof word !== 'string') target.set(word, at);
    else writeLatin1(target, at, word);
    at += word.length;
  }
  return target;
}

/**
 * Walks `count` commands that stand one behind the other. `next()` moves to the first, then to each following one; the
 * accessors speak of the command it stopped at. Throws WireError where the bytes are no command.
 */
export class CommandCursor {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #left = 0;
  #words = 0;
  /** Start and end of each word of the present command. */
  readonly #bounds: number[] = [];

  /** Makes the cursor stand before the first of `count` commands in `bytes[start … end)`. */
  reset(bytes: Uint8Array, start: number, end: number, count: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#left = count;
    this.#words = 0;
  }

  /** False when there are no more. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const words = this.#length();
    if (words === 0) throw new WireError('a command without words', { offset: this.#at });
    for (let i = 0; i < words; i++) {
      const length = this.#length();
      if (length > this.#end - this.#at) throw new WireError('a word is longer than its parcel', { offset: this.#at });
      this.#bounds[2 * i] = this.#at;
      this.#at += length;
      this.#bounds[2 * i + 1] = this.#at;
    }
    this.#words = words;
    return true;
  }

  /** Walks what is left and throws WireError unless the last command ends where the bytes end. */
  finish(): void {
    while (this.next());
    if (this.#at !== this.#end) throw new WireError('bytes follow the last command', { offset: this.#at });
  }

  /** Words of the present command, its name included. */
  get words(): number {
    return this.#words;
  }

  /** Word 0. The same name gives the same string. */
  name(): string {
    const start = this.start(0);
    const end = this.stop(0);
    if (end === start || end - start > INTERNED_NAME) return latin1(this.#bytes, start, end);
    return names.text(this.#bytes, start, end);
  }

  /** Word `index` as a latin1 string. */
  text(index: number): string {
    return latin1(this.#bytes, this.start(index), this.stop(index));
  }

  /** What the words stand in. */
  get source(): Uint8Array {
    return this.#bytes;
  }

  /** The words from `index` on, which is not 0, each with its length, as a view. */
  from(index: number): Uint8Array {
    return this.#bytes.subarray(this.stop(index - 1), this.stop(this.#words - 1));
  }

  /** Where word `index` begins in the source. */
  start(index: number): number {
    assert(index < this.#words, 'the command has that word');
    return this.#bounds[2 * index] ?? 0;
  }

  /** Where it ends. */
  stop(index: number): number {
    return this.#bounds[2 * index + 1] ?? 0;
  }

  /** Bytes in word `index`. */
  length(index: number): number {
    return this.stop(index) - this.start(index);
  }

  /** Word `index` as a view. */
  bytes(index: number): Uint8Array {
    return this.#bytes.subarray(this.start(index), this.stop(index));
  }

  /** Base 128, least significant first, at most 4 bytes (28 bits: no request comes near 256 MiB). */
  #length(): number {
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#end) throw new WireError('a command is cut short', { offset: this.#at });
      const byte = byteAt(this.#bytes, this.#at++);
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) return length;
    }
    throw new WireError('a length in a command is too long', { offset: this.#at });
  }
}

function lengthSize(length: number): number {
  assert(length < 2 ** 28, 'a word fits its length field');
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : 4;
}

function writeLength(target: Uint8Array, at: number, length: number): number {
  let rest = length;
  let next = at;
  for (; rest >= 0x80; rest >>>= 7) target[next++] = (rest & 0x7f) | 0x80;
  target[next++] = rest;
  return next;
}
