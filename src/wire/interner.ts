/**
 * Turns bytes that come again and again (command names, store ids) into the same string without allocating. A fixed number
 * of places, each holding the last text that fell into it: what the bytes say decides only speed, never memory.
 */

import { byteAt } from './bytes.js';

const PLACES = 256;

export class Interner {
  readonly #make: (bytes: Uint8Array, start: number, end: number) => string;
  readonly #keys: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(PLACES).fill(undefined);
  readonly #texts: string[] = new Array<string>(PLACES).fill('');

  /** `make` must be a pure function of the bytes. */
  constructor(make: (bytes: Uint8Array, start: number, end: number) => string) {
    this.#make = make;
  }

  /** What `make` gives for `bytes[start … end)`, which must not be empty. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const place = (byteAt(bytes, start) * 7 + byteAt(bytes, end - 1) * 31 + (end - start) * 13) & (PLACES - 1);
    const key = this.#keys[place];
    if (key !== undefined && sameBytes(key, bytes, start, end)) return this.#texts[place] ?? '';
    const text = this.#make(bytes, start, end);
    // Not slice: a Buffer's slice is a view, and what it views is about to be overwritten.
    this.#keys[place] = new Uint8Array(bytes.subarray(start, end));
    this.#texts[place] = text;
    return text;
  }
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
