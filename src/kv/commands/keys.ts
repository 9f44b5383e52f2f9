/** Commands about keys whatever they hold: DELETE, EXISTS, DBSIZE. */

import type { ReadCommand, WriteCommand } from '../command.js';
import { integer } from '../replies.js';

export const DELETE: WriteCommand = {
  kind: 'write',
  name: 'DELETE',
  aliases: ['DEL', 'UNLINK'],
  minWords: 2,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'DELETE key [key ...]',
  summary: 'remove keys at once; answers how many there were',
  group: 'the three',
  keys: 'all',
  value: 0,
  execute(writer, words) {
    let removed = 0;
    for (let i = 1; i < words.words; i++) if (writer.delete(words.text(i))) removed++;
    return integer(removed);
  },
};

export const EXISTS: ReadCommand = {
  kind: 'read',
  name: 'EXISTS',
  aliases: [],
  minWords: 2,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'EXISTS key [key ...]',
  summary: 'how many of these keys there are',
  group: 'keys',
  keys: 'all',
  evaluate(reader, words) {
    let found = 0;
    for (let i = 1; i < words.words; i++) if (reader.get(words.text(i)) !== undefined) found++;
    return integer(found);
  },
};

export const DBSIZE: ReadCommand = {
  kind: 'read',
  name: 'DBSIZE',
  aliases: [],
  minWords: 1,
  maxWords: 1,
  usage: 'DBSIZE',
  summary: 'how many keys there are',
  group: 'keys',
  keys: 'none',
  evaluate(reader) {
    return integer(reader.keys);
  },
};
