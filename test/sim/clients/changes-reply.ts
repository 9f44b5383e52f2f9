/** The reply to CHANGES in RESP2, as the lines that FOLLOW would have sent. */

import { readable, readableKey } from '#src/wire/reply.js';

type Part = number | string | null | readonly Part[];

/** The lines, and where the reply ends; null while it has not come whole. An error is one line, `ERROR …`. */
export function linesOfChanges(text: string): { readonly lines: string; readonly end: number } | null {
  const parser = new Parser(text);
  const reply = parser.part();
  if (reply === undefined) return null;
  return { lines: linesOf(reply), end: parser.at };
}

function linesOf(reply: Part): string {
  if (typeof reply === 'string') return `ERROR ${reply}\r\n`;
  if (reply === null || typeof reply === 'number') throw new Error(`CHANGES was answered with ${reply}`);
  const [next, changes] = reply;
  if (typeof next !== 'number' || !Array.isArray(changes)) throw new Error('CHANGES was answered with another list');
  return `${changes.map(lineOf).join('')}REVISION ${next}\r\n`;
}

function lineOf(change: Part): string {
  const [revision, name, key, value] = Array.isArray(change) ? change : [];
  const named = `${revision} ${name} ${readableKey(String(key))}`;
  return `${typeof value === 'string' ? `${named} ${readable(value)}` : named}\r\n`;
}

/** Undefined stands for what has not come. */
class Parser {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  part(): Part | undefined {
    const end = this.#text.indexOf('\r\n', this.at);
    if (end < 0) return undefined;
    const type = this.#text[this.at];
    const head = this.#text.slice(this.at + 1, end);
    this.at = end + 2;
    if (type === ':') return Number(head);
    if (type === '-') return head;
    if (type === '*') return this.#list(Number(head));
    return head === '-1' ? null : this.#bytes(Number(head));
  }

  #bytes(count: number): string | undefined {
    const start = this.at;
    this.at += count + 2;
    return this.at <= this.#text.length ? this.#text.slice(start, start + count) : undefined;
  }

  #list(count: number): Part[] | undefined {
    const items: Part[] = [];
    while (items.length < count) {
      const item = this.part();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}
