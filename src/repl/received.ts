/**
 * From what the client library decoded to a `Reply` of the house, so that a value is quoted and laid out here by the same
 * code as on the client port. The library is asked (`TYPES` in link.ts) for values as buffers, maps as Map and integers as
 * text: they have 64 bits.
 */

import { CodedError } from '../base/errors.js';
import { latin1 } from '../wire/bytes.js';
import { asUtf8, type Reply } from '../wire/reply.js';

/** Commands that answer pairs, which look like a list of lists on the wire. */
const IN_PAIRS = new Set(['RANGE', 'PREFIX']);

/** `name`: of the command that is answered, in upper case. */
export function replyOf(received: unknown, name: string): Reply {
  const reply = plainReplyOf(received);
  return IN_PAIRS.has(name) ? inPairs(reply) : reply;
}

/** The reply of EXEC, whose items answer the commands of these names. */
export function execReplyOf(received: unknown, names: readonly string[]): Reply {
  if (!Array.isArray(received)) return plainReplyOf(received);
  return { type: 'list', items: received.map((item, index) => replyOf(item, names[index] ?? '')) };
}

function plainReplyOf(received: unknown): Reply {
  if (received === null) return { type: 'none' };
  if (typeof received === 'string') return statusOrInteger(received);
  if (received instanceof Uint8Array) return { type: 'value', bytes: latin1(received, 0, received.length) };
  if (received instanceof Error) return errorOf(received.message);
  // Text that is to be shown as it is comes as an object of its own.
  if (received instanceof String) return { type: 'text', text: received.toString().replace(/\n$/, '') };
  if (Array.isArray(received)) return { type: 'list', items: received.map(plainReplyOf) };
  if (received instanceof Map) return { type: 'map', fields: [...received].map(fieldOf) };
  throw new CodedError('reply', `a reply of a kind that no replica sends: ${typeof received}`);
}

/** No status of a replica is a number. */
function statusOrInteger(text: string): Reply {
  if (!/^-?\d+$/.test(text)) return { type: 'status', text };
  const value = Number(text);
  return { type: 'integer', value: Number.isSafeInteger(value) ? value : BigInt(text) };
}

function errorOf(message: string): Reply {
  const [, code = 'ERR', text = message] = /^([A-Z]+) (.*)$/s.exec(message) ?? [];
  return { type: 'error', code, text };
}

function fieldOf([field, item]: readonly [unknown, unknown]): readonly [string, Reply] {
  const name = field instanceof Uint8Array ? latin1(field, 0, field.length) : asUtf8(String(field));
  return [name, plainReplyOf(item)];
}

function inPairs(reply: Reply): Reply {
  if (reply.type !== 'list') return reply;
  const pairs: [string, string][] = [];
  for (const item of reply.items) {
    const [key, value] = item.type === 'list' ? item.items : [];
    if (key?.type !== 'value' || value?.type !== 'value') return reply;
    pairs.push([key.bytes, value.bytes]);
  }
  return { type: 'pairs', pairs };
}
