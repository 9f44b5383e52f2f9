/**
 * The inline syntax of the client port: lines for people, `nc` and shell scripts. The reader knows of commands only what the
 * syntax needs: PUT's verbatim value, also behind `ONCE id`, and the words by which a browser gives itself away.
 */

import { byteAt } from './bytes.js';
import type { ClientRequest } from './client-request.js';
import type { Reply } from './reply.js';
import type { Unread } from './unread.js';
import { WordReader } from './word-reader.js';

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;
const TELNET_SUBNEGOTIATION = 0xfa;
const TELNET_END = 0xf0;
const TELNET_WILL = 0xfb;

/** A native search costs as much as looking at this many bytes here. */
const SPACE = 0x20;
const SHORT_LINE = 128;

export class InlineReader {
  readonly #unread: Unread;
  readonly #maxLine: number;
  readonly #words = new WordReader();
  /** Place up to which no line end was found. */
  #searched = 0;
  #ended = false;
  /** Inside a line that was refused for its length: all of it is dropped. */
  #dropping = false;

  constructor(unread: Unread, maxLine: number) {
    this.#unread = unread;
    this.#maxLine = maxLine;
  }

  /** Within a line. */
  get isMidway(): boolean {
    return this.#searched > 0 || this.#dropping;
  }

  /** No more will come: what stands there without a line end is refused. */
  end(): void {
    this.#ended = true;
  }

  /** The next request; undefined where there is nothing to do: more has to come, or the line was empty. */
  next(): ClientRequest | undefined {
    const length = this.#findLineEnd();
    if (length !== -1) return this.#take(length);
    return this.#ended ? this.#cutOff() : this.#unfinished();
  }

  /** Bytes before the next line end, -1 while there is none. */
  #findLineEnd(): number {
    const { bytes, start, end } = this.#unread;
    const from = start + this.#searched;
    const near = Math.min(end, from + SHORT_LINE);
    for (let at = from; at < near; at++) if (bytes[at] === LF) return at - start;
    const found = near === end ? -1 : bytes.subarray(near, end).indexOf(LF);
    if (found !== -1) return near + found - start;
    this.#searched = end - start;
    return -1;
  }

  /** The line has not come whole: wait for the rest, unless it is too long already. */
  #unfinished(): ClientRequest | undefined {
    const tooLong = this.#unread.length > this.#maxLine;
    if (tooLong || this.#dropping) this.#advance(this.#unread.length);
    if (!tooLong || this.#dropping) return undefined;
    this.#dropping = true;
    return refused(this.#lineTooLong());
  }

  /** The stream ended within a line. Its sender may have died in the middle of a value: nothing of it is executed. */
  #cutOff(): ClientRequest | undefined {
    const { bytes, start, end } = this.#unread;
    const says = !this.#dropping && bytes.subarray(start, end).some((byte) => byte > SPACE);
    this.#dropping = false;
    this.#advance(end - start);
    return says ? refused(error('ERR', CUT_OFF)) : undefined;
  }

  /** Reads the line of `length` bytes before its end; undefined when there is nothing in it. */
  #take(length: number): ClientRequest | undefined {
    const { bytes } = this.#unread;
    let { start } = this.#unread;
    const lineEnd = start + length;
    const end = length > 0 && byteAt(bytes, lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
    let request: ClientRequest | undefined;
    if (this.#dropping) this.#dropping = false;
    else if (end - start > this.#maxLine) request = refused(this.#lineTooLong());
    else {
      if (byteAt(bytes, start) === IAC) start = skipTelnet(bytes, start, end);
      request = this.#parse(start, end);
    }
    this.#advance(length + 1);
    return request;
  }

  #parse(start: number, end: number): ClientRequest | undefined {
    const words = this.#words;
    words.reset(this.#unread.bytes, start, end);
    const name = words.name();
    const argv: string[] = [];
    if (name !== undefined) {
      const special = specialName(name);
      if (special === 'BROWSER') return { type: 'close', reply: null, syntax: 'inline' };
      argv.push(name);
      let valueAt = special === 'PUT' ? 2 : -1;
      for (let word = words.word(); word !== undefined; ) {
        argv.push(word);
        if (special === 'ONCE' && argv.length === 3 && specialName(word) === 'PUT') valueAt = 4;
        word = argv.length === valueAt ? words.rest() : words.word();
      }
    }
    if (!words.balanced) return refused(error('ERR', UNBALANCED));
    return argv.length === 0 ? undefined : { type: 'command', argv, syntax: 'inline' };
  }

  #advance(count: number): void {
    this.#unread.advance(count);
    this.#searched = 0;
  }

  #lineTooLong(): Reply {
    return error('TOOLARGE', `the line is longer than ${this.#maxLine} bytes; it was not executed`);
  }
}

const CUT_OFF = 'the last line had no line end; it was not executed';
const UNBALANCED = 'unbalanced quotes in request; it was not executed';

/** Names that the syntax itself knows; the rest is for the command table. */
function specialName(name: string): 'PUT' | 'ONCE' | 'BROWSER' | null {
  if (name === 'GET' || name.length < 3 || name.length > 5) return null;
  const upper = name.toUpperCase();
  if (upper === 'PUT' || upper === 'ONCE') return upper;
  return upper === 'POST' || upper === 'HOST:' ? 'BROWSER' : null;
}

/** What may stand behind SET's value: then it is not the value that was typed in several words. */
const SET_OPTION = /^(NX|XX|IFEQ|IFREV|GET|EX|PX|EXAT|PXAT|KEEPTTL)$/i;

/** What to append to the error of a command that was refused for its words, when typing explains it; '' when not. */
export function inlineHint(argv: readonly string[]): string {
  const [name, , , fourth] = argv;
  const isSplit = name?.toUpperCase() === 'SET' && fourth !== undefined && !SET_OPTION.test(fourth);
  return isSplit ? ' (quote the value or use PUT)' : '';
}

function refused(reply: Reply): ClientRequest {
  return { type: 'refused', reply, syntax: 'inline' };
}

function error(code: string, text: string): Reply {
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
