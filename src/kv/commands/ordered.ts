/** Keys in the order of their bytes, with their values, as they are at one moment; so many at a time as hold nobody up. */

import type { Reply } from '../../wire/reply.js';
import { NO_KEYS, type ReadCommand, type Reader, type Words } from '../command.js';
import { parseIndex } from '../integers.js';
import { ANSWER_BYTES, type Meter } from '../meter.js';
import type { Entry } from '../record.js';
import { notAnInteger, syntaxError, tooLarge } from '../replies.js';

const MOST_PAIRS = 10_000;

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
  evaluate(reader, words, meter) {
    const start = words.text(1) === '-' ? '' : words.text(1);
    const end = words.text(2) === '+' ? null : words.text(2);
    return pairs(reader, meter, start, limitOf(words, 3), (key) => end === null || key < end);
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
  evaluate(reader, words, meter) {
    const prefix = words.text(1);
    const after = optionOf(words, 2, 'AFTER');
    // The least key above another is that one with the least byte behind it.
    const start = after === null || after < prefix ? prefix : `${after}\0`;
    return pairs(reader, meter, start, limitOf(words, 2), (key) => key.startsWith(prefix));
  },
};

export const ORDERED_COMMANDS = [RANGE, PREFIX];

/** Values are made when it is known that there are not too many. */
function pairs(reader: Reader, meter: Meter, start: string, limit: number, isWithin: (key: string) => boolean): Reply {
  const found: [string, Entry][] = [];
  let bytes = 0;
  for (const [key, entry] of reader.entriesFrom(start)) {
    if (found.length === limit || !isWithin(key)) break;
    meter.pair();
    bytes += key.length + entry.valueBytes;
    if (bytes > ANSWER_BYTES && found.length > 0) return tooLarge('pairs', ANSWER_BYTES, `use LIMIT ${found.length}`);
    found.push([key, entry]);
  }
  return { type: 'pairs', pairs: found.map(([key, { value }]) => [key, value]) };
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
