/**
 * Splits one line into words as redis-cli does: blanks between words, "double quotes" with \n \r \t \b \a \\ \" \xHH, 'single
 * quotes' with \', and a closing quote must end its word. Words come out as latin1 strings that keep nothing of the line alive.
 */

import { byteAt, latin1 } from './bytes.js';
import { Interner } from './interner.js';

const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;

/** Longer first words are no command that anybody has. */
const NAME_BYTES = 16;

/** Names of commands come with nearly every line: they are remembered, as typed. */
const names = new Interner(latin1);

export class WordReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #balanced = true;

  /** Makes the reader stand at the start of the line `bytes[start … end)`, without its line end. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#balanced = true;
  }

  /** False once a quote was met that nothing closes, or whose closing quote does not end its word. */
  get balanced(): boolean {
    return this.#balanced;
  }

  /** The next word; undefined at the end of the line and where quotes do not balance. */
  word(): string | undefined {
    const start = this.#skipBlanks();
    return start === this.#end ? undefined : this.#wordAt(start, false);
  }

  /** The same for a word that is probably a command's name. */
  name(): string | undefined {
    const start = this.#skipBlanks();
    return start === this.#end ? undefined : this.#wordAt(start, true);
  }

  /**
   * What follows one run of blanks, verbatim, blanks included; if that is one whole quoted word, what the quotes hold.
   * Undefined when nothing follows.
   */
  rest(): string | undefined {
    const start = this.#skipBlanks();
    if (start === this.#end) return undefined;
    if (isQuote(byteAt(this.#bytes, start))) {
      const word = this.#quotedWord(start);
      if (word !== undefined && this.#at === this.#end) return word;
      this.#balanced = true;
    }
    this.#at = this.#end;
    return latin1(this.#bytes, start, this.#end);
  }

  #skipBlanks(): number {
    while (this.#at < this.#end && isBlank(byteAt(this.#bytes, this.#at))) this.#at++;
    return this.#at;
  }

  #wordAt(start: number, named: boolean): string | undefined {
    const bytes = this.#bytes;
    let at = start;
    for (; at < this.#end; at++) {
      const byte = byteAt(bytes, at);
      if (isBlank(byte)) break;
      if (isQuote(byte)) return this.#quotedWord(start);
    }
    this.#at = at;
    return named && at - start <= NAME_BYTES ? names.text(bytes, start, at) : latin1(bytes, start, at);
  }

  /** A word with a quote somewhere in it; undefined when quotes do not balance. */
  #quotedWord(start: number): string | undefined {
    const bytes = this.#bytes;
    const end = this.#end;
    const out = new Uint8Array(end - start);
    let size = 0;
    let quote = 0;
    let at = start;
    for (; at < end; at++) {
      const byte = byteAt(bytes, at);
      if (quote === 0) {
        if (isBlank(byte)) break;
        if (isQuote(byte)) quote = byte;
        else out[size++] = byte;
      } else if (byte === quote) {
        at++;
        quote = 0;
        this.#balanced = at === end || isBlank(byteAt(bytes, at));
        break;
      } else if (byte === BACKSLASH && quote === DOUBLE && at + 1 < end) {
        const hex = byteAt(bytes, at + 1) === 0x78 && at + 3 < end ? hexByte(bytes, at + 2) : -1;
        out[size++] = hex === -1 ? escaped(byteAt(bytes, at + 1)) : hex;
        at += hex === -1 ? 1 : 3;
      } else if (byte === BACKSLASH && byteAt(bytes, at + 1) === SINGLE && at + 1 < end) {
        out[size++] = SINGLE;
        at++;
      } else {
        out[size++] = byte;
      }
    }
    if (quote !== 0) this.#balanced = false;
    this.#at = at;
    return this.#balanced ? latin1(out, 0, size) : undefined;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte <= 0x0d && byte >= 0x09);
}

function isQuote(byte: number): boolean {
  return byte === DOUBLE || byte === SINGLE;
}

/** What `\` and this letter stand for; a letter without a meaning stands for itself. */
function escaped(letter: number): number {
  switch (letter) {
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x62:
      return 0x08;
    case 0x61:
      return 0x07;
    default:
      return letter;
  }
}

/** The byte that two hex digits at `at` stand for, -1 when they are not hex digits. */
function hexByte(bytes: Uint8Array, at: number): number {
  const high = hexDigit(byteAt(bytes, at));
  const low = hexDigit(byteAt(bytes, at + 1));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
