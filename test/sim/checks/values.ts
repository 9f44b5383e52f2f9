/** Values of slots as numbers that can be compared: equal values always are, different ones almost never. */

import { crc32 } from 'node:zlib';
import type { Value } from '#src/paxos/value.js';

const NOOP_DIGEST = 1;

export function digestOf(value: Value): number {
  switch (value.type) {
    case 'noop':
      return NOOP_DIGEST;
    case 'batch':
      return crc32(value.bytes, Math.floor(value.stamp) >>> 0) * 2 ** 16 + (value.bytes.length & 0xffff);
    case 'configuration':
      return crc32(JSON.stringify([value.nonce, value.seats.map(({ name, store }) => [name, store])]));
  }
}

export function showValue(value: Value): string {
  if (value.type !== 'batch')
    return value.type === 'noop' ? 'a no-op' : `a configuration ${JSON.stringify(value.seats)}`;
  return `a batch of ${value.bytes.length} bytes (${digestOf(value).toString(36)})`;
}
