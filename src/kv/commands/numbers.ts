/** Values that are numbers: integers of 64 bits, and exact decimals. Replies and error texts are those of Redis 7. */

import { Big } from 'big.js';
import { must } from '../../base/assert.js';
import type { Reply } from '../../wire/reply.js';
import { ONE_KEY, type Words, type WriteCommand } from '../command.js';
import { isInteger, parseInteger } from '../integers.js';
import { decrementOverflow, integer, notAFloat, notAnInteger, overflow } from '../replies.js';
import type { Writer } from '../writer.js';

/** No number that Redis could hold has more digits, and nothing longer is reckoned with. */
const LONGEST_FLOAT = 5_120;
/** Each digit can be matched in one way only: a value is looked at by every replica, and thousands of digits in no time. */
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const MOST_EXPONENT = 4_932;

const LEAST_INTEGER = `${-(2n ** 63n)}`;

/** Below it, numbers are exact, and so are their sums. */
const SMALL_DIGITS = 15;

/** `by`: what is added, as text; null where the words have no such integer. */
function counter(name: string, usage: string, summary: string, by: (words: Words) => string | null): WriteCommand {
  const words = usage.split(' ').length;
  return {
    kind: 'write',
    name,
    aliases: [],
    minWords: words,
    maxWords: words,
    usage,
    summary,
    group: 'strings',
    keys: ONE_KEY,
    check(given) {
      if (by(given) !== null) return null;
      return given.text(2) === LEAST_INTEGER ? decrementOverflow() : notAnInteger();
    },
    sizes: (reader, given) => [[given.text(1), reader.get(given.text(1))?.valueBytes ?? given.text(2).length]],
    execute: (writer, given) => increase(writer, given.text(1), must(by(given), 'an integer, as was checked')),
  };
}

function increase(writer: Writer, key: string, by: string): Reply {
  // What is longer need not be looked at to know that it is none.
  const entry = writer.get(key);
  if (entry !== undefined && entry.valueBytes > LEAST_INTEGER.length) return notAnInteger();
  const old = entry?.value ?? '0';
  const deadline = entry?.deadline ?? 0;
  if (old.length <= SMALL_DIGITS && by.length <= SMALL_DIGITS && /^(?:0|-?[1-9]\d*)$/.test(old)) {
    const sum = Number(old) + Number(by);
    writer.put(key, `${sum}`, deadline);
    return integer(sum);
  }
  const value = parseInteger(old);
  if (value === null) return notAnInteger();
  const sum = value + BigInt(by);
  if (!isInteger(sum)) return overflow();
  writer.put(key, `${sum}`, deadline);
  return integer(sum);
}

function integerText(text: string): string | null {
  return parseInteger(text) === null ? null : text;
}

/** `-5` of `5` and the other way round; the least integer has no opposite. */
function opposite(text: string): string | null {
  const value = parseInteger(text);
  return value === null || !isInteger(-value) ? null : `${-value}`;
}

const INCRBYFLOAT: WriteCommand = {
  kind: 'write',
  name: 'INCRBYFLOAT',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'INCRBYFLOAT key number',
  summary: 'add to a number with decimals, exactly; answers the sum',
  group: 'strings',
  keys: ONE_KEY,
  check: (words) => (parseDecimal(words.text(2)) === null ? notAFloat() : null),
  sizes: (reader, words) => [[words.text(1), sumOf(reader, words)?.length ?? 0]],
  // Thousands of digits are reckoned with.
  copies: () => true,
  execute(writer, words) {
    const sum = sumOf(writer, words);
    if (sum === null) return notAFloat();
    writer.put(words.text(1), sum, writer.get(words.text(1))?.deadline);
    return { type: 'value', bytes: sum };
  },
};

/** In plain digits; null where one is no number, or too long for one. */
function sumOf(store: Pick<Writer, 'get'>, words: Words): string | null {
  const entry = store.get(words.text(1));
  if (entry !== undefined && entry.valueBytes > LONGEST_FLOAT) return null;
  const old = parseDecimal(entry?.value ?? '0');
  const by = parseDecimal(words.text(2));
  if (old === null || by === null) return null;
  const sum = old.plus(by).toFixed();
  return sum === '-0' ? '0' : sum;
}

function parseDecimal(text: string): Big | null {
  if (text.length > LONGEST_FLOAT || !FLOAT.test(text)) return null;
  // The library takes every number of this form but for a plus before it.
  const value = new Big(text.startsWith('+') ? text.slice(1) : text);
  return Math.abs(value.e) > MOST_EXPONENT ? null : value;
}

export const NUMBER_COMMANDS = [
  counter('INCR', 'INCR key', 'add 1 to an integer; answers the sum', () => '1'),
  counter('DECR', 'DECR key', 'take 1 from an integer; answers what is left', () => '-1'),
  counter('INCRBY', 'INCRBY key integer', 'add to an integer; answers the sum', (words) => integerText(words.text(2))),
  counter('DECRBY', 'DECRBY key integer', 'take from an integer; answers what is left', (words) =>
    opposite(words.text(2)),
  ),
  INCRBYFLOAT,
];
