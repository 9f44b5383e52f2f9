/** Some words of a longer command of the log, which are a command of their own. */

import { assert } from '../base/assert.js';
import type { Words } from './command.js';

export class PartOfWords implements Words {
  readonly #whole: Words;
  #from = 0;
  words = 0;

  constructor(whole: Words) {
    this.#whole = whole;
  }

  /** It is `words` words from word `from` on. */
  move(from: number, words: number): void {
    assert(words > 0 && from + words <= this.#whole.words, 'a command ends within the one that it is in');
    this.#from = from;
    this.words = words;
  }

  text(index: number): string {
    assert(index < this.words, 'the command has that word');
    return this.#whole.text(this.#from + index);
  }
}
