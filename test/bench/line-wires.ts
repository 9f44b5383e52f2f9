/**
 * The two protocols whose replies come in the order of the requests: Synod's inline syntax and Redis' RESP. Only the replies
 * to PUT (SET) and GET of the generator's own values are understood, and those start with none of the letters that have a
 * meaning.
 */
import type { Conversation, Replied } from './wire.js';

const newline = 10;
const bracket = 0x28; // (nil)
const letterE = 0x45; // ERROR
const minus = 0x2d;
const dollar = 0x24;

/** Synod's lines: `PUT key value` → `OK`, `GET key` → the value, `(nil)` or `ERROR …`. */
export class InlineConversation implements Conversation {
  readonly opening = '';
  #answered = 0;

  put(_sequence: number, key: string, value: string): string {
    return `PUT ${key} ${value}\r\n`;
  }

  get(_sequence: number, key: string): string {
    return `GET ${key}\r\n`;
  }

  read(bytes: Buffer, end: number, replied: Replied): number {
    let start = 0;
    while (start < end) {
      const lineEnd = bytes.indexOf(newline, start);
      if (lineEnd < 0 || lineEnd >= end) return start;
      const first = bytes[start];
      if (first === letterE) replied(this.#answered++, 'error', bytes.toString('latin1', start, lineEnd).trimEnd());
      else replied(this.#answered++, first === bracket ? 'missing' : 'ok', '');
      start = lineEnd + 1;
    }
    return start;
  }

  dues(): string {
    return '';
  }
}

/** Redis: arrays of bulk strings out; a status, an error or a bulk string in. */
export class RespConversation implements Conversation {
  readonly opening = '';
  #answered = 0;

  put(_sequence: number, key: string, value: string): string {
    return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
  }

  get(_sequence: number, key: string): string {
    return `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`;
  }

  read(bytes: Buffer, end: number, replied: Replied): number {
    let start = 0;
    while (start < end) {
      const lineEnd = bytes.indexOf(newline, start);
      if (lineEnd < 0 || lineEnd >= end) return start;
      const first = bytes[start];
      let next = lineEnd + 1;
      if (first === dollar && bytes[start + 1] !== minus) {
        next += Number(bytes.toString('latin1', start + 1, lineEnd)) + 2;
        if (next > end) return start;
      }
      if (first === minus) replied(this.#answered++, 'error', bytes.toString('latin1', start + 1, lineEnd).trimEnd());
      else replied(this.#answered++, first === dollar && bytes[start + 1] === minus ? 'missing' : 'ok', '');
      start = next;
    }
    return start;
  }

  dues(): string {
    return '';
  }
}
