/** Replies that are given so often, or in so many places, that they are made once. */

import { excerpt } from '../wire/quote.js';
import type { Reply } from '../wire/reply.js';
import type { Entry } from './record.js';

/** What a client typed, as far as it is shown again. */
const SHOWN = 40;

export const OK: Reply = { type: 'status', text: 'OK' };

export const NONE: Reply = { type: 'none' };

export const NO_LIST: Reply = { type: 'no-list' };

export const REPLY_OVERHEAD_BYTES = 32;

const ZERO: Reply = { type: 'integer', value: 0 };
const ONE: Reply = { type: 'integer', value: 1 };

export function integer(value: number | bigint): Reply {
  if (value === 0) return ZERO;
  return value === 1 ? ONE : { type: 'integer', value };
}

/** `bytes`: latin1. */
export function value(bytes: string): Reply {
  return { type: 'value', bytes };
}

export function list(...items: readonly Reply[]): Reply {
  return { type: 'list', items };
}

export function entryReply(entry: Entry | undefined): Reply {
  return entry === undefined ? NONE : value(entry.value);
}

/** Texts of Redis 7, which some clients look for. */
function error(text: string): Reply {
  return { type: 'error', code: 'ERR', text };
}

export function notAnInteger(): Reply {
  return error('value is not an integer or out of range');
}

export function notAFloat(): Reply {
  return error('value is not a valid float');
}

export function overflow(): Reply {
  return error('increment or decrement would overflow');
}

export function decrementOverflow(): Reply {
  return error('decrement would overflow');
}

export function offsetOutOfRange(): Reply {
  return error('offset is out of range');
}

export function tooLong(): Reply {
  return error('string exceeds maximum allowed size (proto-max-bulk-len)');
}

export function noSuchKey(): Reply {
  return error('no such key');
}

export function syntaxError(): Reply {
  return error('syntax error');
}

export function tooManyKeys(): Reply {
  return error('too many keys; use SCAN');
}

export function invalidCursor(): Reply {
  return error('invalid cursor');
}

export function patternTooLong(limit: number): Reply {
  return {
    type: 'error',
    code: 'TOOLARGE',
    text: `the pattern is too long; not executed; it has up to ${limit} bytes`,
  };
}

/** `command`: in lower case. */
export function invalidExpireTime(command: string): Reply {
  return error(`invalid expire time in '${command}' command`);
}

/** `options`: two, or two sides. */
export function incompatible(options: string): Reply {
  return error(`${options} options at the same time are not compatible`);
}

/** `option`: as it was typed, latin1. */
export function unsupportedOption(option: string): Reply {
  return error(`Unsupported option ${excerpt(option, SHOWN)}`);
}

/** `name`: in lower case. */
export function wrongNumberOfWords(name: string): Reply {
  return error(`wrong number of arguments for '${name}' command`);
}

/** ONCE: what was done under the id is not this. */
export function differentCommand(): Reply {
  return error('id was used for a different command');
}

export function replyNotKept(): Reply {
  return error('already executed; reply not kept');
}

/** ONCE: it may have been asked for again meanwhile, and what that came to is forgotten. */
export function tooLate(): Reply {
  const text =
    'this ONCE was under way for so long that ids which came after it are forgotten; not executed; try again';
  return { type: 'error', code: 'BUSY', text };
}

export function tooManyIds(): Reply {
  const text = 'ids of the last minute fill the memory for them; not executed; try again later, or without ONCE';
  return { type: 'error', code: 'BUSY', text };
}

/** `what`: that one read would answer. */
export function tooLarge(what: string, limit: number, advice: string): Reply {
  return { type: 'error', code: 'TOOLARGE', text: `the ${what} have more than ${limit} bytes; ${advice}` };
}

/** In place of what a read in a transaction answers. */
export function repliesTooLarge(limit: number): Reply {
  const text = `the replies before this one have more than ${limit} bytes; not read; read less in one transaction`;
  return { type: 'error', code: 'TOOLARGE', text };
}

/** In place of what a write in a transaction answers. */
export function replyLeftOut(limit: number): Reply {
  const text = `executed; its reply is left out: those before it have more than ${limit} bytes`;
  return { type: 'error', code: 'TOOLARGE', text };
}

/** What a reply takes in memory, more or less. */
export function bytesIn(reply: Reply): number {
  switch (reply.type) {
    case 'value':
      return REPLY_OVERHEAD_BYTES + reply.bytes.length;
    case 'list':
      return reply.items.reduce((sum, item) => sum + bytesIn(item), REPLY_OVERHEAD_BYTES);
    case 'map':
      return reply.fields.reduce((sum, [, item]) => sum + bytesIn(item), REPLY_OVERHEAD_BYTES);
    case 'pairs':
      return reply.pairs.reduce((sum, [key, bytes]) => sum + 2 * REPLY_OVERHEAD_BYTES + key.length + bytes.length, 0);
    default:
      return REPLY_OVERHEAD_BYTES;
  }
}
