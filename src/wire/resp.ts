/**
 * Requests in RESP, the syntax of Redis' clients: `*2\r\n$3\r\nGET\r\n$5\r\napple\r\n`, an array of strings that tell their
 * length. A request is looked through as it comes, and its words are taken when all of it is there. Its lengths are
 * believed only as far as the limit: what is larger is passed over as it comes, refused, and the next request is read.
 * Where a length cannot be read nobody can say where the next request begins. Source: the RESP specification of Redis, and
 * the checks of Redis 7's networking.c.
 */

import { byteAt, latin1 } from './bytes.js';
import type { ClientRequest } from './client-request.js';
import { Interner } from './interner.js';
import type { Reply } from './reply.js';
import type { Unread } from './unread.js';

const CR = 0x0d;
const LF = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** As in Redis: more words, or a longer one, is rather a client out of step than a large request. */
const MOST_WORDS = 1024 * 1024;
const LONGEST_WORD = 512 * 1024 * 1024;

/** No command takes as many: what has more is passed over as it comes. */
const MOST_KEPT_WORDS = 16 * 1024;

/** Digits of a length, the sign not counted: none that is allowed has more. */
const DIGITS = 10;

/** Longer first words are no command that anybody has. */
const NAME_BYTES = 16;

/** What `#number` answers besides a number: more bytes are wanted; it is none. */
const UNFINISHED = -2;
const NO_NUMBER = -3;

const CUT_OFF = 'the last request was cut off; it was not executed';

const names = new Interner(latin1);

export class RespReader {
  readonly #unread: Unread;
  readonly #maxBytes: number;
  #ended = false;
  /** Words of the present request that are still to come; 0 between requests. */
  #left = 0;
  /** Place up to which the present request was looked through. */
  #at = 0;
  /** Where its words stand: place and length of each. */
  readonly #words: number[] = [];
  /** Why it is beyond a limit and its words are passed over, '' while they are not. */
  #tooLarge = '';
  /** Bytes of a word passed over that are still to come, its line end with it. */
  #skipping = 0;

  constructor(unread: Unread, maxBytes: number) {
    this.#unread = unread;
    this.#maxBytes = maxBytes;
  }

  /** Within a request. */
  get isMidway(): boolean {
    return this.#left > 0;
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
  }

  /** The next request; undefined where there is nothing to do: more has to come, or the array was empty. */
  next(): ClientRequest | undefined {
    const before = this.#unread.length;
    const request = this.#look();
    if (request !== undefined || !this.#ended || this.#unread.length !== before) return request;
    // Its sender may have died in the middle of it: nothing of it is executed.
    return protocolError(CUT_OFF);
  }

  #look(): ClientRequest | undefined {
    if (this.#left === 0) {
      const count = this.#number(STAR);
      if (count === UNFINISHED) return undefined;
      if (count > MOST_WORDS || count === NO_NUMBER) return protocolError('invalid multibulk length');
      if (count <= 0) {
        this.#finish();
        return undefined;
      }
      this.#left = count;
      if (count > MOST_KEPT_WORDS) this.#tooLarge = `the request has ${count} words; it was not executed`;
    }
    for (; this.#left > 0; this.#left--) {
      if (this.#skipping === 0) {
        const fault = this.#wordBegins();
        if (fault !== null) return fault === 'unfinished' ? undefined : fault;
      }
      if (this.#skipping > 0 && !this.#skip()) return undefined;
    }
    return this.#take();
  }

  /** Reads the length of the next word, and passes over the word if all of it is there. */
  #wordBegins(): ClientRequest | 'unfinished' | null {
    const unread = this.#unread;
    const before = this.#at;
    if (before < unread.length && unread.at(before) !== DOLLAR) {
      const seen = unread.at(before);
      return protocolError(`expected '$', got '${seen > 0x20 && seen < 0x7f ? String.fromCharCode(seen) : ' '}'`);
    }
    const length = this.#number(DOLLAR);
    if (length === UNFINISHED) return 'unfinished';
    if (length < 0 || length > LONGEST_WORD) return protocolError('invalid bulk length');
    const end = this.#at + length;
    if (end > this.#maxBytes)
      this.#tooLarge ||= `the request is longer than ${this.#maxBytes} bytes; it was not executed`;
    if (this.#tooLarge !== '') {
      this.#skipping = length + 2;
      return null;
    }
    if (end + 2 > unread.length) {
      this.#at = before;
      return 'unfinished';
    }
    if (unread.at(end) !== CR || unread.at(end + 1) !== LF) return protocolError('expected CRLF behind a bulk string');
    this.#words.push(this.#at, length);
    this.#at = end + 2;
    return null;
  }

  /** Lets go of what has come of a word that is too long; false while more of it is to come. */
  #skip(): boolean {
    this.#words.length = 0;
    const gone = Math.min(this.#skipping, this.#unread.length - this.#at);
    this.#skipping -= gone;
    this.#unread.advance(this.#at + gone);
    this.#at = 0;
    return this.#skipping === 0;
  }

  #take(): ClientRequest {
    if (this.#tooLarge !== '') {
      const text = this.#tooLarge;
      this.#finish();
      return { type: 'refused', reply: { type: 'error', code: 'TOOLARGE', text }, syntax: 'resp' };
    }
    const { bytes, start } = this.#unread;
    const argv: string[] = [];
    for (let i = 0; i < this.#words.length; i += 2) {
      const from = start + (this.#words[i] ?? 0);
      const length = this.#words[i + 1] ?? 0;
      const isName = i === 0 && length <= NAME_BYTES;
      argv.push(isName ? names.text(bytes, from, from + length) : latin1(bytes, from, from + length));
    }
    this.#finish();
    return { type: 'command', argv, syntax: 'resp' };
  }

  #finish(): void {
    this.#unread.advance(this.#at);
    this.#at = 0;
    this.#left = 0;
    this.#tooLarge = '';
    this.#words.length = 0;
  }

  /**
   * The number of the line at `#at`, which begins with `mark`, and moves behind that line. A negative number is -1;
   * UNFINISHED and NO_NUMBER leave the place as it was.
   */
  #number(mark: number): number {
    const { bytes, start, end } = this.#unread;
    let at = start + this.#at;
    if (at >= end) return UNFINISHED;
    if (byteAt(bytes, at++) !== mark) return NO_NUMBER;
    const isNegative = at < end && byteAt(bytes, at) === MINUS;
    if (isNegative) at++;
    let value = 0;
    const first = at;
    for (; at < end && at - first <= DIGITS; at++) {
      const byte = byteAt(bytes, at);
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + byte - ZERO;
    }
    if (at - first > DIGITS) return NO_NUMBER;
    if (at === end || (byteAt(bytes, at) === CR && at + 1 === end)) return UNFINISHED;
    if (at === first || byteAt(bytes, at) !== CR || byteAt(bytes, at + 1) !== LF) return NO_NUMBER;
    this.#at = at + 2 - start;
    return isNegative ? -1 : value;
  }
}

function protocolError(text: string): ClientRequest {
  const reply: Reply = { type: 'error', code: 'ERR', text: `Protocol error: ${text}` };
  return { type: 'close', reply, syntax: 'resp' };
}
