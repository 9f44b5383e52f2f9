/** Keys in the order of their bytes, with their values, as they are at one moment; so many at a time as hold nobody up. */

import type { Reply } from '../../wire/reply.js';
import { NO_KEYS, type ReadCommand, type Reader, type Words } from '../command.js';
import { parseIndex } from '../integers.js';
import { notAnInteger, syntaxError } from '../replies.js';

const MOST_PAIRS = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;

const RANGE: ReadCommand = {
  kind: 'read',
  name: 'RANGE',
  aliases: [],
  minWords: 3,
  maxWords: 5,
  usage: 'RANGE start end [LIMIT n]',
  summary: 'keys from start to before end, with values; - and + are open ends',
  group: 'ordered',
  keys: NO_KEYS,
  check: (words) => optionsError(words, 3, ['LIMIT']),
  evaluate(reader, words) {
    const start = words.text(1) === '-' ? '' : words.text(1);
    const end = words.text(2) === '+' ? null : words.text(2);
    return pairs(reader, start, (key) => end === null || key < end, limitOf(words, 3));
  },
};

const PREFIX: ReadCommand = {
  kind: 'read',
  name: 'PREFIX',
  aliases: [],
  minWords: 2,
  maxWords: 6,
  usage: 'PREFIX prefix [AFTER key] [LIMIT n]',
  summary: 'keys that begin so, with values',
  group: 'ordered',
  keys: NO_KEYS,
  check: (words) => optionsError(words, 2, ['AFTER', 'LIMIT']),
  evaluate(reader, words) {
    const prefix = words.text(1);
    const after = optionOf(words, 2, 'AFTER');
    // The least key above another is that one with the least byte behind it.
    const start = after === null || after < prefix ? prefix : `${after}\0`;
    return pairs(reader, start, (key) => key.startsWith(prefix), limitOf(words, 2));
  },
};

export const ORDERED_COMMANDS = [RANGE, PREFIX];

function pairs(reader: Reader, start: string, isWithin: (key: string) => boolean, limit: number): Reply {
  const found: [string, string][] = [];
  let bytes = 0;
  for (const [key, { value }] of reader.entriesFrom(start)) {
    if (found.length === limit || !isWithin(key)) break;
    bytes += key.length + value.length;
    if (bytes > MOST_BYTES)
      return {
        type: 'error',
        code: 'TOOLARGE',
        text: `the pairs have more than ${MOST_BYTES} bytes; use LIMIT ${found.length}`,
      };
    found.push([key, value]);
  }
  return { type: 'pairs', pairs: found };
}

function limitOf(words: Words, from: number): number {
  return Math.min(MOST_PAIRS, parseIndex(optionOf(words, from, 'LIMIT') ?? `${MOST_PAIRS}`) ?? MOST_PAIRS);
}

/** The word behind the option; null without it. */
function optionOf(words: Words, from: number, name: string): string | null {
  for (let i = from; i + 1 < words.words; i += 2) if (words.text(i).toUpperCase() === name) return words.text(i + 1);
  return null;
}

function optionsError(words: Words, from: number, names: readonly string[]): Reply | null {
  const seen = new Set<string>();
  for (let i = from; i < words.words; i += 2) {
    const name = words.text(i).toUpperCase();
    if (!names.includes(name) || seen.has(name) || i + 1 === words.words) return syntaxError();
    seen.add(name);
    if (name === 'LIMIT' && (parseIndex(words.text(i + 1)) ?? -1) < 0) return notAnInteger();
  }
  return null;
}
