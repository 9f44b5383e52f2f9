/** GET and PUT: one key, one value. */

import type { ReadCommand, WriteCommand } from '../command.js';
import { NONE, OK } from '../replies.js';

export const GET: ReadCommand = {
  kind: 'read',
  name: 'GET',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'GET key',
  summary: 'the value of a key, (nil) when there is none',
  group: 'the three',
  keys: 'one',
  evaluate(reader, words) {
    const entry = reader.get(words.text(1));
    return entry === undefined ? NONE : { type: 'value', bytes: entry.value };
  },
};

export const PUT: WriteCommand = {
  kind: 'write',
  name: 'PUT',
  aliases: ['SET'],
  minWords: 3,
  maxWords: 3,
  usage: 'PUT key value',
  summary: 'set a key; the value is the rest of the line',
  group: 'the three',
  keys: 'one',
  value: 2,
  execute(writer, words) {
    writer.put(words.text(1), words.text(2));
    return OK;
  },
};
