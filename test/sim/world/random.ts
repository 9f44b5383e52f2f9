/**
 * Chance from one seed, split into named streams: what one part of a simulation draws never shifts what another draws, so that
 * a run from which a fault was taken out is still much the same run. Integer arithmetic only (sfc32), hence the same everywhere.
 */

import type { Chance } from '#src/base/clock.js';
import { Draws } from '../../base/draws.js';

export class Random extends Draws implements Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: string) {
    super();
    this.#a = mix(seed >>> 0, stream, 0x9e3779b9);
    this.#b = mix(Math.floor(seed / 2 ** 32) >>> 0, stream, 0x243f6a88);
    this.#c = mix(seed >>> 0, stream, 0xb7e15162);
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 bits. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.word() / 0x1_0000_0000;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.word() & 0xff);
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  /** As many as `count` of the items, in random order. */
  some<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const picked: T[] = [];
    while (picked.length < count && rest.length > 0) picked.push(...rest.splice(this.below(rest.length), 1));
    return picked;
  }

  /** Between `least` and `most`, small ones far more often: as likely to be within one doubling as within another. */
  skewed(least: number, most: number): number {
    let doublings = 1;
    for (let reached = 2 * least; reached < most; reached *= 2) doublings++;
    return Math.min(most, least * 2 ** this.below(doublings) * (1 + this.fraction()));
  }
}

/** FNV-1a over the stream's name, finished as MurmurHash3 does. */
function mix(seed: number, stream: string, salt: number): number {
  let hash = seed ^ salt;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
