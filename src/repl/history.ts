/** What was typed before, kept in a file in the person's home for the next time; nobody else may read it. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../base/errors.js';

export const MOST_LINES = 1_000;
/** A password is not kept. */
const SECRET = /^\s*(AUTH|HELLO)\s/i;

export class History {
  readonly #path: string;
  readonly #trouble: (text: string) => void;
  #works = true;

  /** `trouble` is told, once, why nothing is kept. */
  constructor(trouble: (text: string) => void, path = join(homedir(), '.synod_history')) {
    this.#trouble = trouble;
    this.#path = path;
  }

  /** Newest first, as readline has it. */
  read(): string[] {
    return this.#tried(() => (existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''), '')
      .split('\n')
      .filter((line) => line !== '');
  }

  write(newestFirst: readonly string[]): void {
    const lines = newestFirst.filter((line) => !SECRET.test(line));
    this.#tried(() => writeFileSync(this.#path, lines.join('\n'), { mode: 0o600 }), undefined);
  }

  #tried<T>(act: () => T, otherwise: T): T {
    if (!this.#works) return otherwise;
    try {
      return act();
    } catch (error) {
      this.#works = false;
      this.#trouble(`no history is kept: ${messageOf(error)}`);
      return otherwise;
    }
  }
}
