/** Replies that are given so often, or in so many places, that they are made once. */

import type { Reply } from '../wire/reply.js';

export const OK: Reply = { type: 'status', text: 'OK' };

export const NONE: Reply = { type: 'none' };

const ZERO: Reply = { type: 'integer', value: 0 };
const ONE: Reply = { type: 'integer', value: 1 };

export function integer(value: number): Reply {
  if (value === 0) return ZERO;
  return value === 1 ? ONE : { type: 'integer', value };
}
