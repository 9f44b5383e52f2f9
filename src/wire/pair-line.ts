/**
 * A pair among the lines of FOLLOW, as replicas send it and as the REPL shows what it was sent: other lines begin with a word
 * of their own there, and no key may be taken for one.
 */

import { quoted } from './quote.js';
import { readable, readableKey } from './reply.js';

const OTHER_LINES = new Set(['RESYNC', 'LIVE', 'REVISION', 'ERROR']);

/** Without its end. A key that looks like the beginning of another line is quoted. */
export function pairLine(key: string, value: string): string {
  return `${OTHER_LINES.has(key) ? quoted(key) : readableKey(key)} ${readable(value)}`;
}
