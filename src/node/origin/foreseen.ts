/** What the writes of one origin that are under way may make of the data: a count of what each was foreseen to do. */

import type { UnderWay, WriteLoad } from '../write-load.js';

/** Long values are told apart by the bits that their length takes. */
const CLASSES = 33;

export class Foreseen implements UnderWay {
  growth = 0;
  readonly #long = new Uint32Array(CLASSES);

  /** Told as a power of two, at least as much: each may come to its end before the others. */
  get longest(): number {
    for (let bits = CLASSES - 1; bits > 0; bits--) if (this.#long[bits] !== 0) return 2 ** bits;
    return 0;
  }

  begun(load: WriteLoad): void {
    this.#count(load, 1);
  }

  over(load: WriteLoad): void {
    this.#count(load, -1);
  }

  #count({ longest, growth }: WriteLoad, by: 1 | -1): void {
    this.growth += by * growth;
    if (longest === 0) return;
    const bits = 32 - Math.clz32(longest - 1);
    this.#long[bits] = (this.#long[bits] ?? 0) + by;
  }
}
