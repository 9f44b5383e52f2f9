/**
 * What clients say, in either syntax of the client port: bytes go in as they arrive, requests come out one by one, and
 * whoever owns the connection decides how many to take. The first byte of a request tells the syntaxes apart; they may be
 * mixed.
 */

import type { ClientRequest } from './client-request.js';
import { InlineReader } from './inline.js';
import { RespReader } from './resp.js';
import { Unread } from './unread.js';

/** Unless something else is asked for. */
export const REQUEST_BYTES = 4 * 1024 * 1024;

const STAR = 0x2a;

export class RequestReader {
  readonly #unread = new Unread();
  readonly #inline: InlineReader;
  readonly #resp: RespReader;
  #closed = false;

  /** `maxBytes`: of a line, and of all words of a RESP request together. */
  constructor(maxBytes: number = REQUEST_BYTES) {
    this.#inline = new InlineReader(this.#unread, maxBytes);
    this.#resp = new RespReader(this.#unread, maxBytes);
  }

  /** Bytes that wait to be read. */
  get waiting(): number {
    return this.#unread.length;
  }

  /** Takes what has arrived. The bytes must stay as they are until `keep` is called. */
  push(bytes: Uint8Array): void {
    if (!this.#closed) this.#unread.push(bytes);
  }

  /** Copies what was pushed last and is not read yet. */
  keep(): void {
    this.#unread.keep();
  }

  /** No more will come: a request that is not whole is refused. */
  end(): void {
    this.#inline.end();
    this.#resp.end();
  }

  /** The next request; undefined when there is none before more bytes come. */
  next(): ClientRequest | undefined {
    const unread = this.#unread;
    while (unread.length > 0) {
      const isResp = this.#resp.isMidway || (!this.#inline.isMidway && unread.at(0) === STAR);
      const before = unread.length;
      const request = isResp ? this.#resp.next() : this.#inline.next();
      if (request?.type === 'close') {
        this.#closed = true;
        unread.advance(unread.length);
      }
      // An empty line or array says nothing, and may stand before one that does.
      if (request !== undefined || unread.length === before) return request;
    }
    return undefined;
  }
}
