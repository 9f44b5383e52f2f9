/** What a client that follows is sent, line by line. */

import type { Revision } from '../../base/ids.js';
import type { ChangeCursor } from '../../kv/change-log.js';
import { CHANGE_NAMES } from '../../kv/commands/changes.js';
import { pairLine } from '../../wire/pair-line.js';
import { readable, readableKey } from '../../wire/reply.js';

/** `12 PUT key value`, `13 DELETE key`, `14 EXPIRE key`. */
export function changeLine({ revision, type, key, value }: ChangeCursor): string {
  const head = `${revision} ${CHANGE_NAMES[type]} ${readableKey(key)}`;
  return type === 'put' ? `${head} ${readable(value)}\r\n` : `${head}\r\n`;
}

/** Everything up to here has been sent. */
export function revisionLine(at: Revision): string {
  return `REVISION ${at}\r\n`;
}

/** What follows, up to LIVE, are all pairs as of this revision, in place of what was sent before. */
export function resyncLine(at: Revision): string {
  return `RESYNC ${at}\r\n`;
}

/** What the state has, between RESYNC and LIVE. */
export function stateLine(key: string, value: string): string {
  return `${pairLine(key, value)}\r\n`;
}

export const LIVE_LINE = 'LIVE\r\n';
