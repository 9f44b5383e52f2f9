/** Commands about keys whatever they hold. */

import { ALL_KEYS, NO_KEYS, ONE_KEY, type ReadCommand, type WriteCommand } from '../command.js';
import { integer, noSuchKey, OK, syntaxError } from '../replies.js';

export const DELETE: WriteCommand = {
  kind: 'write',
  name: 'DELETE',
  aliases: ['DEL', 'UNLINK'],
  minWords: 2,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'DELETE key [key ...]',
  summary: 'remove keys at once; answers how many there were',
  group: 'the three',
  keys: ALL_KEYS,
  execute(writer, words) {
    let removed = 0;
    for (let i = 1; i < words.words; i++) if (writer.delete(words.text(i))) removed++;
    return integer(removed);
  },
};

const EXISTS: ReadCommand = {
  kind: 'read',
  name: 'EXISTS',
  aliases: ['TOUCH'],
  minWords: 2,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'EXISTS key [key ...]',
  summary: 'how many of these keys there are',
  group: 'keys',
  keys: ALL_KEYS,
  evaluate(reader, words) {
    let found = 0;
    for (let i = 1; i < words.words; i++) if (reader.get(words.text(i)) !== undefined) found++;
    return integer(found);
  },
};

const DBSIZE: ReadCommand = {
  kind: 'read',
  name: 'DBSIZE',
  aliases: [],
  minWords: 1,
  maxWords: 1,
  usage: 'DBSIZE',
  summary: 'how many keys there are',
  group: 'keys',
  keys: NO_KEYS,
  evaluate(reader) {
    return integer(reader.keys);
  },
};

const TYPE: ReadCommand = {
  kind: 'read',
  name: 'TYPE',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'TYPE key',
  summary: 'string, or none when there is no such key',
  group: 'keys',
  keys: ONE_KEY,
  evaluate(reader, words) {
    return { type: 'status', text: reader.get(words.text(1)) === undefined ? 'none' : 'string' };
  },
};

const RENAME: WriteCommand = {
  kind: 'write',
  name: 'RENAME',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'RENAME key name',
  summary: 'give a value another key, whatever that holds',
  group: 'keys',
  keys: { first: 1, last: 2, step: 1 },
  copies: () => true,
  execute(writer, words) {
    const entry = writer.get(words.text(1));
    if (entry === undefined) return noSuchKey();
    const { value, deadline } = entry;
    if (words.text(1) === words.text(2)) return OK;
    writer.delete(words.text(1));
    writer.put(words.text(2), value, deadline);
    return OK;
  },
};

const RENAMENX: WriteCommand = {
  ...RENAME,
  name: 'RENAMENX',
  usage: 'RENAMENX key name',
  summary: 'give a value another key, if nothing has it; answers 1 or 0',
  execute(writer, words) {
    if (writer.get(words.text(1)) === undefined) return noSuchKey();
    if (writer.get(words.text(2)) !== undefined) return integer(0);
    RENAME.execute(writer, words);
    return integer(1);
  },
};

const FLUSHALL: WriteCommand = {
  kind: 'write',
  name: 'FLUSHALL',
  aliases: ['FLUSHDB'],
  minWords: 1,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'FLUSHALL [ASYNC|SYNC]',
  summary: 'remove all keys',
  group: 'keys',
  keys: NO_KEYS,
  check: (words) =>
    words.words === 1 || (words.words === 2 && /^A?SYNC$/i.test(words.text(1))) ? null : syntaxError(),
  execute(writer) {
    writer.clear();
    return OK;
  },
};

export const KEY_COMMANDS = [EXISTS, TYPE, RENAME, RENAMENX, DBSIZE, FLUSHALL];
