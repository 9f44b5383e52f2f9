/** Reading and writing values one or several at a time, and parts of them. Replies and error texts are those of Redis 7. */

import type { Reply } from '../../wire/reply.js';
import { ALL_KEYS, ONE_KEY, type ReadCommand, type Words, type WriteCommand } from '../command.js';
import { parseIndex } from '../integers.js';
import { ANSWER_BYTES } from '../meter.js';
import type { Entry } from '../record.js';
import {
  entryReply,
  integer,
  notAnInteger,
  OK,
  offsetOutOfRange,
  tooLarge,
  tooLong,
  value,
  wrongNumberOfWords,
} from '../replies.js';
import { LONGEST_VALUE } from '../writer.js';

const MANY = Number.POSITIVE_INFINITY;

export const GET: ReadCommand = {
  kind: 'read',
  name: 'GET',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'GET key',
  summary: 'the value of a key, (nil) when there is none',
  group: 'the three',
  keys: ONE_KEY,
  evaluate(reader, words) {
    return entryReply(reader.get(words.text(1)));
  },
};

export const PUT: WriteCommand = {
  kind: 'write',
  name: 'PUT',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'PUT key value',
  summary: 'set a key; the value is the rest of the line',
  group: 'the three',
  keys: ONE_KEY,
  value: 2,
  execute(writer, words) {
    writer.putWords(words, 1, 2);
    return OK;
  },
};

const MGET: ReadCommand = {
  kind: 'read',
  name: 'MGET',
  aliases: [],
  minWords: 2,
  maxWords: MANY,
  usage: 'MGET key [key ...]',
  summary: 'the values of several keys, as they were at one moment',
  group: 'strings',
  keys: ALL_KEYS,
  evaluate(reader, words) {
    const entries: (Entry | undefined)[] = [];
    let bytes = 0;
    let found = 0;
    for (let i = 1; i < words.words; i++) {
      const entry = reader.get(words.text(i));
      entries.push(entry);
      if (entry === undefined) continue;
      bytes += entry.valueBytes;
      if (bytes > ANSWER_BYTES && found > 0) return tooLarge('values', ANSWER_BYTES, 'read fewer keys at a time');
      found++;
    }
    return { type: 'list', items: entries.map(entryReply) };
  },
};

const STRLEN: ReadCommand = {
  kind: 'read',
  name: 'STRLEN',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'STRLEN key',
  summary: 'bytes in the value of a key, 0 when there is none',
  group: 'strings',
  keys: ONE_KEY,
  evaluate(reader, words) {
    return integer(reader.get(words.text(1))?.valueBytes ?? 0);
  },
};

const GETRANGE: ReadCommand = {
  kind: 'read',
  name: 'GETRANGE',
  aliases: ['SUBSTR'],
  minWords: 4,
  maxWords: 4,
  usage: 'GETRANGE key first last',
  summary: 'a part of a value; -1 is its last byte',
  group: 'strings',
  keys: ONE_KEY,
  check: (words) => notIndexes(words, 2, 3),
  evaluate(reader, words) {
    const entry = reader.get(words.text(1));
    return value(
      entry === undefined ? '' : part(entry, parseIndex(words.text(2)) ?? 0, parseIndex(words.text(3)) ?? 0),
    );
  },
};

const MSET: WriteCommand = {
  kind: 'write',
  name: 'MSET',
  aliases: [],
  minWords: 3,
  maxWords: MANY,
  usage: 'MSET key value [key value ...]',
  summary: 'set several keys at once',
  group: 'strings',
  keys: { first: 1, last: -1, step: 2 },
  check: (words) => (words.words % 2 === 1 ? null : wrongNumberOfWords('mset')),
  sizes: pairSizes,
  execute(writer, words) {
    for (let i = 1; i < words.words; i += 2) writer.putWords(words, i, i + 1);
    return OK;
  },
};

const MSETNX: WriteCommand = {
  ...MSET,
  name: 'MSETNX',
  usage: 'MSETNX key value [key value ...]',
  summary: 'set several keys at once, if none of them is there',
  check: (words) => (words.words % 2 === 1 ? null : wrongNumberOfWords('msetnx')),
  execute(writer, words) {
    for (let i = 1; i < words.words; i += 2) if (writer.get(words.text(i)) !== undefined) return integer(0);
    MSET.execute(writer, words);
    return integer(1);
  },
};

const APPEND: WriteCommand = {
  kind: 'write',
  name: 'APPEND',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'APPEND key text',
  summary: 'put a text behind a value; answers its new length',
  group: 'strings',
  keys: ONE_KEY,
  sizes: (reader, words) => [[words.text(1), (reader.get(words.text(1))?.valueBytes ?? 0) + words.text(2).length]],
  copies: () => true,
  execute(writer, words) {
    const old = writer.get(words.text(1));
    const value = (old?.value ?? '') + words.text(2);
    if (value.length > LONGEST_VALUE) return tooLong();
    writer.put(words.text(1), value, old?.deadline);
    return integer(value.length);
  },
};

const SETRANGE: WriteCommand = {
  kind: 'write',
  name: 'SETRANGE',
  aliases: [],
  minWords: 4,
  maxWords: 4,
  usage: 'SETRANGE key offset text',
  summary: 'overwrite a part of a value; answers its new length',
  group: 'strings',
  keys: ONE_KEY,
  check(words) {
    const bad = notIndexes(words, 2);
    return bad ?? ((parseIndex(words.text(2)) ?? 0) < 0 ? offsetOutOfRange() : null);
  },
  sizes(reader, words) {
    const length = reader.get(words.text(1))?.valueBytes ?? 0;
    const end = (parseIndex(words.text(2)) ?? 0) + words.text(3).length;
    return [[words.text(1), words.text(3) === '' ? length : Math.max(length, end)]];
  },
  copies: () => true,
  execute(writer, words) {
    const key = words.text(1);
    const offset = parseIndex(words.text(2)) ?? 0;
    const text = words.text(3);
    const entry = writer.get(key);
    const old = entry?.value ?? '';
    if (text === '') return integer(old.length);
    if (offset + text.length > LONGEST_VALUE) return tooLong();
    const value = old.slice(0, offset).padEnd(offset, '\0') + text + old.slice(offset + text.length);
    writer.put(key, value, entry?.deadline);
    return integer(value.length);
  },
};

export const STRING_COMMANDS = [MGET, MSET, MSETNX, APPEND, STRLEN, GETRANGE, SETRANGE];

/**
 * Bytes `first` to `last`, both included; negative ones count from the end. As in Redis, two that are so and in the wrong
 * order mean nothing.
 */
function part(entry: Entry, first: number, last: number): string {
  if (first < 0 && last < 0 && first > last) return '';
  const fromStart = (index: number): number => Math.max(0, index < 0 ? entry.valueBytes + index : index);
  return entry.slice(fromStart(first), fromStart(last) + 1);
}

/** The error of a word that is no index; null when all are. */
function notIndexes(words: Words, ...places: readonly number[]): Reply | null {
  return places.every((at) => parseIndex(words.text(at)) !== null) ? null : notAnInteger();
}

function pairSizes(_reader: unknown, words: Words): readonly (readonly [string, number])[] {
  const sizes: [string, number][] = [];
  for (let i = 1; i < words.words; i += 2) sizes.push([words.text(i), words.text(i + 1).length]);
  return sizes;
}
