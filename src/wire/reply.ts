/**
 * What a command answers, as data: the state machine makes replies, each syntax of the client port renders them. Bytes of
 * clients are latin1 strings here (one character a byte); texts are ordinary strings. The inline rendering is for people:
 * what could mislead one is quoted, and what is quoted can be typed back.
 */

import { unreachable } from '../base/assert.js';
import { latin1, utf8Bytes } from './bytes.js';
import { isUnicodeText, quoted } from './quote.js';

export type Reply =
  | { readonly type: 'status'; readonly text: string }
  /** A value: latin1, one character a byte. */
  | { readonly type: 'value'; readonly bytes: string }
  | { readonly type: 'none' }
  /** Of 64 bits; a bigint where a number would not be exact. */
  | { readonly type: 'integer'; readonly value: number | bigint }
  /** `code` is one word in capitals; `text` one sentence that says what was wrong, what was done and what to do. */
  | { readonly type: 'error'; readonly code: string; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly Reply[] }
  /** In place of a list, where there is none. */
  | { readonly type: 'no-list' }
  /** Named things, in the order in which they are told; names are latin1. */
  | { readonly type: 'map'; readonly fields: readonly (readonly [string, Reply])[] }
  /** Keys and values in key order, both latin1. */
  | { readonly type: 'pairs'; readonly pairs: readonly (readonly [string, string])[] }
  /** Many lines for a person: a table, help. Lines are separated by `\n`, the last one ends without. */
  | { readonly type: 'text'; readonly text: string };

/** The bytes of the reply in the inline syntax, as a latin1 string, the last CRLF included. */
export function renderInline(reply: Reply): string {
  switch (reply.type) {
    case 'value':
      return `${readable(reply.bytes)}\r\n`;
    case 'none':
    case 'no-list':
      return '(nil)\r\n';
    case 'integer':
      return `(integer) ${reply.value}\r\n`;
    case 'status':
      if (reply.text === 'OK') return 'OK\r\n';
      // redis-benchmark's first test sends an inline PING and wants this answer.
      return reply.text === 'PONG' ? '+PONG\r\n' : `${oneLine(reply.text)}\r\n`;
    case 'error':
      return `ERROR ${oneLine(`${reply.code} ${reply.text}`)}\r\n`;
    case 'text':
      return `${reply.text.split('\n').map(oneLine).join('\r\n')}\r\n`;
    case 'list':
      return renderList(reply.items);
    case 'map':
      if (reply.fields.length === 0) return '(empty)\r\n';
      return reply.fields.map(([field, item]) => renderItem(`${readableKey(field)} `, item)).join('');
    case 'pairs':
      return renderPairs(reply.pairs);
    default:
      return unreachable(reply);
  }
}

/** Printable ASCII, no blank at either end, and no start that another kind of reply has. */
const PLAIN = /^(?!["'(]|ERROR |\d+\))[!-~](?:[ -~]*[!-~])?$/;
/** The same for what has bytes above ASCII: blanks and starts, but no control bytes. */
const PLAIN_UTF8 = /^(?!["'( ]|ERROR |\d+\))[ -~\x80-\xff]*[!-~\x80-\xff]$/;

/** A value as it is where that cannot mislead, else as a quoted word. */
export function readable(value: string): string {
  if (PLAIN.test(value) || (PLAIN_UTF8.test(value) && isUnicodeText(value))) return value;
  return quoted(value);
}

/** A key ends where a blank stands: one with blanks or quotes in it is quoted. */
export function readableKey(key: string): string {
  return /[ "']/.test(key) ? quoted(key) : readable(key);
}

function renderList(items: readonly Reply[]): string {
  if (items.length === 0) return '(empty)\r\n';
  return items.map((item, index) => renderItem(`${index + 1}) `, item)).join('');
}

/** An item of several lines goes on under its own beginning. */
function renderItem(mark: string, item: Reply): string {
  const text = renderInline(item);
  const lines = text.slice(0, -2).split('\r\n');
  return `${mark}${lines.join(`\r\n${' '.repeat(mark.length)}`)}\r\n`;
}

function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const lines = pairs.map(([key, value]) => `${readableKey(key)} ${readable(value)}\r\n`);
  return `${lines.join('')}(${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'})\r\n`;
}

/** A text as UTF-8, without anything that would end the line or move a terminal's cursor. */
export function oneLine(text: string): string {
  return asUtf8(text.replace(/[^ -~\x80-\uffff]+/g, ' '));
}

/** The UTF-8 of a text, as a latin1 string. */
export function asUtf8(text: string): string {
  if (!/[\x80-\uffff]/.test(text)) return text;
  const bytes = utf8Bytes(text);
  return latin1(bytes, 0, bytes.length);
}
