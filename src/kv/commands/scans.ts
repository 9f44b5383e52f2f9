/**
 * Which keys there are, whatever they hold: all that match a pattern, or some at a time, or any one. A store may have
 * millions, so all of them count what they look at, and stop where that becomes too much for one turn. Patterns, replies
 * and error texts are those of Redis 7; KEYS has an end that Redis does not set it.
 */

import { Glob } from '../../wire/glob.js';
import type { Reply } from '../../wire/reply.js';
import { NO_KEYS, type ReadCommand, type Reader, type Walk, type Words } from '../command.js';
import { parseIndex } from '../integers.js';
import { ANSWER_BYTES, type Meter } from '../meter.js';
import {
  invalidCursor,
  list,
  NONE,
  notAnInteger,
  patternTooLong,
  syntaxError,
  tooManyKeys,
  value,
} from '../replies.js';

const MOST_KEYS = 10_000;

/** A longer one would be matched with a long key for more than some milliseconds. */
export const PATTERN_BYTES = 1_024;

const DEFAULT_COUNT = 10;

const CURSOR = /^\d{1,20}$/;
const CURSORS = 2n ** 64n;

const KEYS: ReadCommand = {
  kind: 'read',
  name: 'KEYS',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'KEYS pattern',
  summary: 'keys that match, in order, up to 10,000; * ? [a-z] \\ as in Redis',
  group: 'keys',
  keys: NO_KEYS,
  check: (words) => patternError(words.text(1)),
  looks: true,
  evaluate: (reader, words, meter) => new KeysWalk(new Glob(words.text(1))).step(reader, meter) ?? tooManyKeys(),
  walk: (words) => new KeysWalk(new Glob(words.text(1))),
};

/** Each key that is there all the while is found: a step goes on at the key at which the last one stopped. */
class KeysWalk implements Walk {
  readonly #glob: Glob;
  readonly #found: Reply[] = [];
  #next: string;
  bytes = 0;

  constructor(glob: Glob) {
    this.#glob = glob;
    this.#next = glob.prefix;
  }

  step(reader: Reader, meter: Meter): Reply | null {
    const glob = this.#glob;
    for (const [key] of reader.entriesFrom(this.#next)) {
      if (!key.startsWith(glob.prefix)) break;
      if (meter.isFull) {
        this.#next = key;
        return null;
      }
      meter.key(key.length, glob.cost);
      if (!glob.matches(key)) continue;
      this.bytes += key.length;
      if (this.#found.length === MOST_KEYS || this.bytes > ANSWER_BYTES) return tooManyKeys();
      this.#found.push(value(key));
    }
    return { type: 'list', items: this.#found };
  }
}

interface ScanOptions {
  readonly pattern: string | null;
  readonly count: number;
  /** Every value is a string: of any other type there are none. */
  readonly anyType: boolean;
}

const SCAN: ReadCommand = {
  kind: 'read',
  name: 'SCAN',
  aliases: [],
  minWords: 2,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'SCAN cursor [MATCH pattern] [COUNT n] [TYPE type]',
  summary: 'some keys, and the cursor for the next; 0 begins and ends',
  group: 'keys',
  keys: NO_KEYS,
  check(words) {
    if (parseCursor(words.text(1)) === null) return invalidCursor();
    const options = scanOptions(words);
    if ('type' in options) return options;
    return options.pattern === null ? null : patternError(options.pattern);
  },
  looks: true,
  evaluate: scan,
};

function scan(reader: Reader, words: Words, meter: Meter): Reply {
  const options = scanOptions(words);
  if ('type' in options) return options;
  const glob = options.pattern === null ? null : new Glob(options.pattern);
  const found: Reply[] = [];
  let looked = 0;
  let place = parseCursor(words.text(1)) ?? 0;
  do {
    meter.place();
    place = reader.scan(place, (key) => {
      looked++;
      meter.key(key.length, glob?.cost ?? 0);
      if (options.anyType && (glob === null || glob.matches(key))) found.push(value(key));
    });
  } while (place !== 0 && looked < options.count && !meter.isFull);
  return list(value(`${place}`), { type: 'list', items: found });
}

const RANDOMKEY: ReadCommand = {
  kind: 'read',
  name: 'RANDOMKEY',
  aliases: [],
  minWords: 1,
  maxWords: 1,
  usage: 'RANDOMKEY',
  summary: 'any key, (nil) when there is none',
  group: 'keys',
  keys: NO_KEYS,
  looks: true,
  evaluate: (reader, _words, meter) => anyKey(reader, meter),
};

/**
 * Of a place that the dice choose, or the next that is not empty; of a store that was much larger once, perhaps the first
 * of all.
 */
function anyKey(reader: Reader, meter: Meter): Reply {
  const here: string[] = [];
  let place = reader.dice();
  do {
    meter.place();
    place = reader.scan(place, (key) => here.push(key));
  } while (here.length === 0 && !meter.isFull && reader.keys > 0);
  const key = here[reader.dice() % here.length];
  if (key !== undefined) return value(key);
  for (const [first] of reader.entriesFrom('')) return value(first);
  return NONE;
}

export const SCAN_COMMANDS: readonly ReadCommand[] = [KEYS, SCAN, RANDOMKEY];

function patternError(pattern: string): Reply | null {
  return pattern.length > PATTERN_BYTES ? patternTooLong(PATTERN_BYTES) : null;
}

/** A place; null when the text is no cursor. What no SCAN has answered may be any place. */
function parseCursor(text: string): number | null {
  if (!CURSOR.test(text)) return null;
  const cursor = BigInt(text);
  return cursor < CURSORS ? Number(BigInt.asUintN(32, cursor)) : null;
}

/** The options behind the cursor, or the error that they are. */
function scanOptions(words: Words): ScanOptions | Reply {
  let pattern: string | null = null;
  let count = DEFAULT_COUNT;
  let anyType = true;
  for (let i = 2; i < words.words; i += 2) {
    const option = words.text(i).toUpperCase();
    const given = words.text(i + 1);
    if (i + 1 === words.words) return syntaxError();
    if (option === 'MATCH') pattern = given;
    else if (option === 'TYPE') anyType = given.toLowerCase() === 'string';
    else if (option === 'COUNT') {
      const number = parseIndex(given);
      if (number === null) return notAnInteger();
      if (number < 1) return syntaxError();
      count = number;
    } else return syntaxError();
  }
  return { pattern, count, anyType };
}
