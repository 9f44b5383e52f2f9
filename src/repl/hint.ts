/**
 * The arguments that are still to come, shown dim behind the cursor while a line is typed. Drawn around what readline
 * draws: taken away before it handles a key, and put back behind it when the cursor stands at the end of the line.
 */

import type { Interface } from 'node:readline';
import type { Window } from './screen.js';
import { followingOf, unfinished } from './unfinished.js';
import { fitted } from './width.js';

const ERASE_TO_END = '\x1b[K';

export class Hint {
  readonly #lines: Interface;
  readonly #window: Window;
  readonly #paint: (text: string) => string;
  #isShown = false;

  constructor(lines: Interface, window: Window, paint: (text: string) => string) {
    this.#lines = lines;
    this.#window = window;
    this.#paint = paint;
  }

  /** Before readline handles a key. */
  hide(): void {
    if (this.#isShown) this.#window.write(ERASE_TO_END);
    this.#isShown = false;
  }

  /** When readline has handled a key. */
  show(): void {
    const { line, cursor } = this.#lines;
    const text = cursor === line.length ? hintFor(line) : '';
    const room = this.#window.columns - this.#lines.getCursorPos().cols - 1;
    if (text === '' || room < 2) return;
    const visible = fitted(text, room);
    this.#window.write(`${this.#paint(visible)}\x1b[${visible.length}D`);
    this.#isShown = true;
  }
}

/** What to show behind `line`; '' for nothing. */
export function hintFor(line: string): string {
  const { words, partial } = unfinished(line);
  const isMidway = partial !== '';
  const text = followingOf(isMidway ? [...words, partial] : words)?.text ?? '';
  return isMidway && text !== '' ? ` ${text}` : text;
}
