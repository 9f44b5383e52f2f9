/**
 * Bytes of clients (latin1 strings) as a person may see them on one line of a terminal: a double-quoted word that the inline
 * syntax reads back to the same bytes, or a harmless excerpt for an error text.
 */

import { latin1Bytes } from './bytes.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

const CONTROL = 0x20;
const DELETE = 0x7f;

/** `bytes` in double quotes; UTF-8 stays as it is, control bytes and what is not UTF-8 become escapes. */
export function quoted(bytes: string): string {
  const escapes = isUnicodeText(bytes) ? IN_UNICODE : IN_BYTES;
  // Joined at once: put together bit by bit, a string of so many bits takes many times its length until somebody reads it.
  const parts = ['"'];
  let plain = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = escapes[bytes.charCodeAt(at)] ?? '';
    if (code === '') continue;
    if (plain < at) parts.push(bytes.slice(plain, at));
    parts.push(code);
    plain = at + 1;
  }
  parts.push(bytes.slice(plain), '"');
  return parts.join('');
}

const IN_UNICODE = Array.from({ length: 256 }, (_, byte) => escapeOf(byte, true));
const IN_BYTES = Array.from({ length: 256 }, (_, byte) => escapeOf(byte, false));

/** At most `length` bytes of what a client sent, for an error text: printable ASCII, the rest as escapes. */
export function excerpt(bytes: string, length = 128): string {
  let out = '';
  for (let at = 0; at < Math.min(length, bytes.length); at++) {
    const byte = bytes.charCodeAt(at);
    out += byte < CONTROL || byte >= DELETE ? escapeOf(byte, false) : bytes.charAt(at);
  }
  return bytes.length > length ? `${out}...` : out;
}

/** Whether a latin1 string's bytes are UTF-8 without the control characters U+0080 to U+009F, which terminals obey too. */
export function isUnicodeText(bytes: string): boolean {
  if (!/[\x80-\xff]/.test(bytes)) return true;
  if (/\xc2[\x80-\x9f]/.test(bytes)) return false;
  try {
    decoder.decode(latin1Bytes(bytes));
    return true;
  } catch (thrown) {
    // The one way of asking whether bytes are UTF-8 that needs no module of Node.
    if (thrown instanceof TypeError) return false;
    throw thrown;
  }
}

/** How `byte` is written between double quotes; '' as itself. */
function escapeOf(byte: number, unicode: boolean): string {
  if (byte === 0x22) return '\\"';
  if (byte === 0x5c) return '\\\\';
  if (byte === 0x0a) return '\\n';
  if (byte === 0x0d) return '\\r';
  if (byte === 0x09) return '\\t';
  if (byte < CONTROL || byte === DELETE || (byte > DELETE && !unicode))
    return `\\x${byte.toString(16).padStart(2, '0')}`;
  return '';
}
