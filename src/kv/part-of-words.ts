/** Some words of a longer command of the log, which are a command of their own. */

import { assert } from '../base/assert.js';
import type { LoggedWords } from './logged-words.js';

export class PartOfWords implements LoggedWords {
  readonly #whole: LoggedWords;
  #from = 0;
  words = 0;

  constructor(whole: LoggedWords) {
    this.#whole = whole;
  }

  get source(): Uint8Array {
    return this.#whole.source;
  }

  /** It is `words` words from word `from` on. */
  move(from: number, words: number): void {
    assert(words > 0 && from + words <= this.#whole.words, 'a command ends within the one that it is in');
    this.#from = from;
    this.words = words;
  }

  text(index: number): string {
    return this.#whole.text(this.#place(index));
  }

  start(index: number): number {
    return this.#whole.start(this.#place(index));
  }

  stop(index: number): number {
    return this.#whole.stop(this.#place(index));
  }

  /** Of a word of its own in the whole. */
  #place(index: number): number {
    assert(index < this.words, 'the command has that word');
    return this.#from + index;
  }
}
