/** What requests cost, in words of small ones: a turn of the event loop has only so much to give, to all clients together. */

import type { Reply } from '../../wire/reply.js';
import { bytesWork } from '../write-load.js';

/** Commands that are not in the log answer with whole pages: that many words of others are worth one of them. */
export const LOCAL_WORK = 64;

/** Of a reply that has so many bytes when it is rendered. */
export function replyWork(reply: Reply, bytes: number): number {
  return bytesWork(bytes) + (reply.type === 'list' ? reply.items.length : 0);
}
