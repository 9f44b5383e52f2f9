/**
 * The inline syntax of the client port: lines for people, `nc` and shell scripts. Bytes go in as they arrive, requests come
 * out one by one; whoever owns the connection decides how many to take. The reader knows of commands only what the syntax
 * needs: PUT's verbatim value, and the words by which a browser gives itself away.
 */

import { byteAt } from './bytes.js';
import type { Reply } from './reply.js';
import { WordReader } from './word-reader.js';

/** One thing to do for a client. */
export type InlineRequest =
  /** The words as latin1 strings, at least one; the name as it was typed. */
  | { readonly type: 'command'; readonly argv: readonly string[] }
  /** Answer with the error; the stream is in step and the next request can be read. */
  | { readonly type: 'refused'; readonly reply: Reply }
  /** Answer with the error, if there is one, and close: what follows is not for this port. The reader reads no further. */
  | { readonly type: 'close'; readonly reply: Reply | null };

/** Unless something else is asked for: a value of 1 MiB, its key, and the command around them. */
export const INLINE_LINE_BYTES = 1024 * 1024 + 4096;

const LF = 0x0a;
const CR = 0x0d;
const STAR = 0x2a;
const IAC = 0xff;
const TELNET_SUBNEGOTIATION = 0xfa;
const TELNET_END = 0xf0;
const TELNET_WILL = 0xfb;

/** A native search costs as much as looking at this many bytes here. */
const SPACE = 0x20;
const SHORT_LINE = 128;

const NOTHING = new Uint8Array(0);

export class InlineReader {
  readonly #maxLine: number;
  readonly #words = new WordReader();
  /** What has come and is not read yet is `#buffer[#start … #end)`, up to `#searched` without a line end. */
  #buffer: Uint8Array = NOTHING;
  /** It is somebody else's memory. */
  #isBorrowed = false;
  #start = 0;
  #end = 0;
  #searched = 0;
  #ended = false;
  #closed = false;
  /** Inside a line that was refused for its length: all of it is dropped. */
  #dropping = false;

  constructor(maxLine: number = INLINE_LINE_BYTES) {
    this.#maxLine = maxLine;
  }

  /** Bytes that wait to be read. */
  get waiting(): number {
    return this.#end - this.#start;
  }

  /** Takes what has arrived. The bytes must stay as they are until `keep` is called. */
  push(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    if (this.waiting === 0) {
      this.#buffer = bytes;
      this.#isBorrowed = true;
      this.#start = 0;
      this.#end = bytes.length;
      this.#searched = 0;
      return;
    }
    // Doubling what waits keeps the copying linear however slowly a line drips in.
    if (this.#isBorrowed || this.#end + bytes.length > this.#buffer.length) this.#move(2 * this.waiting + bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Copies what was pushed last and is not read yet: most of what comes is read at once and never copied. */
  keep(): void {
    if (this.#isBorrowed && this.waiting > 0) this.#move(this.waiting);
  }

  #move(capacity: number): void {
    const { waiting } = this;
    const target = Buffer.allocUnsafe(capacity);
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#isBorrowed = false;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = waiting;
  }

  /** No more will come: what stands there without a line end is refused. */
  end(): void {
    this.#ended = true;
  }

  /** The next request; undefined when there is none before more bytes come. */
  next(): InlineRequest | undefined {
    while (!this.#closed && this.#start < this.#end) {
      if (!this.#dropping && byteAt(this.#buffer, this.#start) === STAR) return this.#close(refuse('ERR', NO_RESP));
      const lineEnd = this.#findLineEnd();
      if (lineEnd === -1) return this.#ended ? this.#cutOff() : this.#unfinished();
      const request = this.#take(lineEnd);
      if (request !== undefined) return request;
    }
    return undefined;
  }

  #findLineEnd(): number {
    const buffer = this.#buffer;
    const near = Math.min(this.#end, this.#searched + SHORT_LINE);
    for (let at = this.#searched; at < near; at++) if (buffer[at] === LF) return at;
    const found = near === this.#end ? -1 : buffer.subarray(near, this.#end).indexOf(LF);
    if (found !== -1) return near + found;
    this.#searched = this.#end;
    return -1;
  }

  /** The line has not come whole: wait for the rest, unless it is too long already. */
  #unfinished(): InlineRequest | undefined {
    const tooLong = this.waiting > this.#maxLine;
    if (tooLong || this.#dropping) this.#advance(this.#end);
    if (!tooLong || this.#dropping) return undefined;
    this.#dropping = true;
    return { type: 'refused', reply: this.#lineTooLong() };
  }

  /** The stream ended within a line. Its sender may have died in the middle of a value: nothing of it is executed. */
  #cutOff(): InlineRequest | undefined {
    const says = !this.#dropping && this.#buffer.subarray(this.#start, this.#end).some((byte) => byte > SPACE);
    this.#dropping = false;
    this.#advance(this.#end);
    return says ? { type: 'refused', reply: refuse('ERR', CUT_OFF) } : undefined;
  }

  /** Reads the line that ends at `lineEnd`; undefined when there is nothing in it. */
  #take(lineEnd: number): InlineRequest | undefined {
    const buffer = this.#buffer;
    let start = this.#start;
    const end = lineEnd > start && byteAt(buffer, lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
    let request: InlineRequest | undefined;
    if (this.#dropping) this.#dropping = false;
    else if (end - start > this.#maxLine) request = { type: 'refused', reply: this.#lineTooLong() };
    else {
      if (byteAt(buffer, start) === IAC) start = skipTelnet(buffer, start, end);
      request = this.#parse(start, end);
    }
    if (!this.#closed) this.#advance(Math.min(lineEnd + 1, this.#end));
    return request;
  }

  #parse(start: number, end: number): InlineRequest | undefined {
    const words = this.#words;
    words.reset(this.#buffer, start, end);
    const name = words.name();
    const argv: string[] = [];
    if (name !== undefined) {
      const special = specialName(name);
      if (special === 'BROWSER') return this.#close(null);
      argv.push(name);
      for (let word = words.word(); word !== undefined; ) {
        argv.push(word);
        word = special === 'PUT' && argv.length === 2 ? words.rest() : words.word();
      }
    }
    if (!words.balanced) return { type: 'refused', reply: refuse('ERR', UNBALANCED) };
    return argv.length === 0 ? undefined : { type: 'command', argv };
  }

  #advance(to: number): void {
    this.#start = to;
    this.#searched = to;
    if (to < this.#end) return;
    this.#buffer = NOTHING;
    this.#start = 0;
    this.#end = 0;
    this.#searched = 0;
  }

  #close(reply: Reply | null): InlineRequest {
    this.#closed = true;
    this.#advance(this.#end);
    return { type: 'close', reply };
  }

  #lineTooLong(): Reply {
    return refuse('TOOLARGE', `the line is longer than ${this.#maxLine} bytes; it was not executed`);
  }
}

const NO_RESP = 'RESP is not spoken by this version';
const CUT_OFF = 'the last line had no line end; it was not executed';
const UNBALANCED = 'unbalanced quotes in request; it was not executed';

/** Names that the syntax itself knows; the rest is for the command table. */
function specialName(name: string): 'PUT' | 'BROWSER' | null {
  if (name === 'GET' || name.length < 3 || name.length > 5) return null;
  const upper = name.toUpperCase();
  if (upper === 'PUT') return 'PUT';
  return upper === 'POST' || upper === 'HOST:' ? 'BROWSER' : null;
}

/** What to append to the error of a command that was refused for its words, when typing explains it; '' when not. */
export function inlineHint(argv: readonly string[]): string {
  return argv.length > 3 && argv[0]?.toUpperCase() === 'SET' ? ' (quote the value or use PUT)' : '';
}

function refuse(code: string, text: string): Reply {
  return { type: 'error', code, text };
}

/** Telnet's own commands (it sends some after Ctrl-C) say nothing to this port. Returns where the line goes on. */
function skipTelnet(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && byteAt(bytes, at) === IAC) {
    const command = byteAt(bytes, at + 1);
    if (command === TELNET_SUBNEGOTIATION) {
      at += 2;
      while (at < end && byteAt(bytes, at) !== TELNET_END) at++;
      at++;
    } else at += command >= TELNET_WILL && command < IAC ? 3 : 2;
  }
  return Math.min(at, end);
}
