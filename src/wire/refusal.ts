/**
 * What a replica says instead of its Hello when it will not talk: the reason, so that the log on the other side shows it too.
 * Its layout never changes, because the commonest reason for it is another version.
 */

import { packFrames, unpack } from './msgpack.js';

/** Tells a refusal from a Hello. */
const MAGIC = 'synod refuses';

/** Two lists of replicas with long names. */
const MAX_REASON = 4_096;

/** The refusal as a whole frame, length prefix included. */
export function encodeRefusal(reason: string): Uint8Array {
  return packFrames([[MAGIC, reason.slice(0, MAX_REASON)]]);
}

/** The reason, printable; null when the frame is no refusal. Throws WireError. */
export function decodeRefusal(body: Uint8Array): string | null {
  const items: unknown = unpack(body);
  if (!Array.isArray(items) || items.length !== 2) return null;
  const [magic, reason]: readonly unknown[] = items;
  if (magic !== MAGIC || typeof reason !== 'string' || reason.length > MAX_REASON) return null;
  return reason.replace(/\p{C}/gu, '?');
}
