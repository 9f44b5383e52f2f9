/**
 * Replies to writes as short strings, for as long as somebody may ask for them again: a letter for the kind, then what it
 * holds.
 */

import { InvariantViolation } from '../base/assert.js';
import type { Reply } from '../wire/reply.js';
import { integer, NONE, OK, value } from './replies.js';

const KEPT_OK = 'sOK';

/** One character a byte; null for what no write answers. */
export function encodeReply(reply: Reply): string | null {
  switch (reply.type) {
    case 'status':
      return reply.text === 'OK' ? KEPT_OK : `s${reply.text}`;
    case 'value':
      return `v${reply.bytes}`;
    case 'none':
      return 'n';
    case 'integer':
      return `i${reply.value}`;
    case 'error':
      return `e${reply.code} ${reply.text}`;
    default:
      return null;
  }
}

/** Whether `decodeReply` takes it. */
export function isReply(kept: string): boolean {
  return /^(?:[sv]|n$|i-?\d+$|e[A-Z]+ )/.test(kept);
}

export function decodeReply(kept: string): Reply {
  const text = kept.slice(1);
  switch (kept[0]) {
    case 's':
      return kept === KEPT_OK ? OK : { type: 'status', text };
    case 'v':
      return value(text);
    case 'n':
      return NONE;
    case 'i': {
      const number = Number(text);
      return integer(Number.isSafeInteger(number) ? number : BigInt(text));
    }
    case 'e': {
      const end = text.indexOf(' ');
      return { type: 'error', code: text.slice(0, end), text: text.slice(end + 1) };
    }
    default:
      throw new InvariantViolation('a reply that is kept was encoded');
  }
}
