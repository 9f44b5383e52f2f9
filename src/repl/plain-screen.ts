/**
 * Replies as the client port writes them inline, bytes and all, for programs; what else there is to say goes to standard
 * error.
 */

import { pairLine } from '../wire/pair-line.js';
import { type Reply, renderInline } from '../wire/reply.js';
import { type Change, changeLine } from './change.js';
import type { Screen } from './screen.js';

export class PlainScreen implements Screen {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #err: (text: string) => void;

  constructor(out: (bytes: Uint8Array) => void, err: (text: string) => void) {
    this.#out = out;
    this.#err = err;
  }

  reply(reply: Reply): void {
    this.#line(renderInline(reply).replaceAll('\r\n', '\n').slice(0, -1));
  }

  change(change: Change): void {
    this.#line(changeLine(change));
  }

  pair(key: string, value: string): void {
    this.#line(pairLine(key, value));
  }

  mark(text: string): void {
    this.#line(text);
  }

  idle(revision: number): void {
    this.#line(`REVISION ${revision}`);
  }

  notice(text: string): void {
    this.#err(`(${text})\n`);
  }

  help(text: string): void {
    this.#err(`${text}\n`);
  }

  complaint(text: string): void {
    this.#err(`${text}\n`);
  }

  #line(latin1: string): void {
    this.#out(Buffer.from(`${latin1}\n`, 'latin1'));
  }
}
