/**
 * Replies in RESP2 and RESP3, as latin1 strings. What RESP2 has no form for is told in the form that Redis has for it:
 * pairs and maps as flat arrays. Source: the RESP specification of Redis.
 */

import { unreachable } from '../base/assert.js';
import { asUtf8, oneLine, type Reply } from './reply.js';

/** Which of the two a client has asked for; 2 unless it said HELLO 3. */
export type RespVersion = 2 | 3;

/** The bytes of the reply as a latin1 string. */
export function renderResp(reply: Reply, version: RespVersion): string {
  switch (reply.type) {
    case 'value':
      return bulk(reply.bytes);
    case 'none':
      return version === 2 ? '$-1\r\n' : '_\r\n';
    case 'no-list':
      return version === 2 ? '*-1\r\n' : '_\r\n';
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'status':
      return reply.text === 'OK' ? '+OK\r\n' : `+${oneLine(reply.text)}\r\n`;
    case 'error':
      return `-${oneLine(`${reply.code} ${reply.text}`)}\r\n`;
    case 'text':
      return version === 2 ? bulk(asUtf8(reply.text)) : verbatim(asUtf8(reply.text));
    case 'list':
      return `*${reply.items.length}\r\n${reply.items.map((item) => renderResp(item, version)).join('')}`;
    case 'map': {
      const fields = reply.fields.map(([field, item]) => bulk(field) + renderResp(item, version));
      return `${version === 2 ? `*${2 * fields.length}` : `%${fields.length}`}\r\n${fields.join('')}`;
    }
    case 'pairs':
      return renderPairs(reply.pairs, version);
    default:
      return unreachable(reply);
  }
}

function renderPairs(pairs: readonly (readonly [string, string])[], version: RespVersion): string {
  const each = version === 2 ? '' : '*2\r\n';
  const all = pairs.map(([key, value]) => each + bulk(key) + bulk(value));
  return `*${version === 2 ? 2 * pairs.length : pairs.length}\r\n${all.join('')}`;
}

function bulk(bytes: string): string {
  return `$${bytes.length}\r\n${bytes}\r\n`;
}

/** Text that is to be shown as it is. */
function verbatim(bytes: string): string {
  return `=${bytes.length + 'txt:'.length}\r\ntxt:${bytes}\r\n`;
}
