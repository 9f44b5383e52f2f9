/**
 * One line as it was typed: a command for the cluster, read by the very reader of the client port, so that quotes and PUT's
 * rest of the line mean the same here as in `nc`; or a command of this client, which begins with a dot.
 */

import { latin1Bytes } from '../wire/bytes.js';
import { InlineReader } from '../wire/inline.js';
import type { Reply } from '../wire/reply.js';
import { Unread } from '../wire/unread.js';

/** Words are latin1 strings. */
export type TypedLine =
  | { readonly type: 'empty' }
  | { readonly type: 'command'; readonly name: string; readonly argv: readonly string[] }
  /** `name` in lower case, its dot included. */
  | { readonly type: 'own'; readonly name: string; readonly words: readonly string[] }
  | { readonly type: 'refused'; readonly reply: Reply };

/** `line` is latin1, one character a byte. */
export function readLine(line: string): TypedLine {
  const unread = new Unread();
  unread.push(latin1Bytes(`${line}\n`));
  const request = new InlineReader(unread, line.length).next();
  if (request === undefined) return { type: 'empty' };
  if (request.type === 'refused') return { type: 'refused', reply: request.reply };
  if (request.type === 'close') return { type: 'refused', reply: BROWSER };
  const { argv } = request;
  const [typed = '', ...words] = argv;
  if (typed.startsWith('.')) return { type: 'own', name: typed.toLowerCase(), words };
  return { type: 'command', name: typed.toUpperCase(), argv };
}

const BROWSER: Reply = {
  type: 'error',
  code: 'ERR',
  text: 'replicas close the connection of who says this, as browsers can be made to; not sent',
};
