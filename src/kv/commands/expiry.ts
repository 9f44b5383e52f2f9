/**
 * Keys that go by themselves: commands about when. Replies and error texts are those of Redis 7. A key is there until the
 * log's time has removed it, so one whose time has come may still be seen for a moment, with nothing left to live.
 */

import type { Reply } from '../../wire/reply.js';
import { ONE_KEY, type ReadCommand, type Words, type WriteCommand } from '../command.js';
import {
  deadlineAhead,
  deadlineOf,
  leaveUntil,
  type Moment,
  putUntil,
  SCALES,
  type Scale,
  scaleOf,
} from '../moment.js';
import { entryReply, incompatible, integer, NONE, OK, syntaxError, unsupportedOption } from '../replies.js';

const MANY = Number.POSITIVE_INFINITY;

/** SETEX and PSETEX. */
function setUntil(name: string, unit: string, scale: Scale): WriteCommand {
  const moment = (words: Words): Moment => ({ ...scale, word: words.text(2) });
  const command = name.toLowerCase();
  return {
    kind: 'write',
    name,
    aliases: [],
    minWords: 4,
    maxWords: 4,
    usage: `${name} key ${unit} value`,
    summary: `set a key for so many ${unit}`,
    group: 'strings',
    keys: ONE_KEY,
    value: 3,
    check: (words) => errorOf(deadlineAhead(moment(words), 0, command)),
    execute(writer, words) {
      const deadline = deadlineAhead(moment(words), writer.time, command);
      if (typeof deadline !== 'number') return deadline;
      putUntil(writer, words.text(1), words.text(3), deadline);
      return OK;
    },
  };
}

interface GetOptions {
  readonly moment: Moment | null;
  readonly persist: boolean;
}

const GETEX: WriteCommand = {
  kind: 'write',
  name: 'GETEX',
  aliases: [],
  minWords: 2,
  maxWords: MANY,
  usage: 'GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST]',
  summary: 'the value of a key; sets when it goes, or that it stays',
  group: 'strings',
  keys: ONE_KEY,
  check: (words) => (getOptions(words) === null ? syntaxError() : null),
  copies: () => true,
  execute(writer, words) {
    const options = getOptions(words);
    if (options === null) return syntaxError();
    const key = words.text(1);
    const entry = writer.get(key);
    // As Redis: whoever asks for what is not there is not told that the time is none.
    if (entry === undefined) return NONE;
    const deadline = options.moment === null ? 0 : deadlineAhead(options.moment, writer.time, 'getex');
    if (typeof deadline !== 'number') return deadline;
    const answer = entryReply(entry);
    if (deadline !== 0) leaveUntil(writer, key, deadline);
    else if (options.persist && entry.deadline !== 0) writer.setDeadline(key, 0);
    return answer;
  },
};

/** Null when they are none. One that says when may be given again, and the last counts. */
function getOptions(words: Words): GetOptions | null {
  let moment: Moment | null = null;
  let said = '';
  for (let i = 2; i < words.words; i++) {
    const option = words.text(i).toUpperCase();
    if (said !== '' && said !== option) return null;
    said = option;
    if (option === 'PERSIST') continue;
    const scale = scaleOf(option);
    if (scale === undefined || ++i === words.words) return null;
    moment = { ...scale, word: words.text(i) };
  }
  return { moment, persist: said === 'PERSIST' };
}

type Condition = 'NX' | 'XX' | 'GT' | 'LT';

/** EXPIRE and its kin. */
function expire(name: string, unit: string, scale: Scale): WriteCommand {
  const moment = (words: Words): Moment => ({ ...scale, word: words.text(2) });
  const command = name.toLowerCase();
  return {
    kind: 'write',
    name,
    aliases: [],
    minWords: 3,
    maxWords: MANY,
    usage: `${name} key ${unit} [NX|XX|GT|LT]`,
    summary: `let a key go ${scale.fromNow ? `in so many ${unit}` : `at a time, in ${unit} since 1970`}; answers 1 or 0`,
    group: 'expiry',
    keys: ONE_KEY,
    check: (words) => conditionsError(words) ?? errorOf(deadlineOf(moment(words), 0, command)),
    copies: () => true,
    execute(writer, words) {
      const deadline = deadlineOf(moment(words), writer.time, command);
      if (typeof deadline !== 'number') return deadline;
      const entry = writer.get(words.text(1));
      if (entry === undefined || !conditionsOf(words).every((each) => holds(each, entry.deadline, deadline)))
        return integer(0);
      leaveUntil(writer, words.text(1), deadline);
      return integer(1);
    },
  };
}

/** `old` 0: it never goes, which is later than any time. */
function holds(condition: Condition, old: number, deadline: number): boolean {
  switch (condition) {
    case 'NX':
      return old === 0;
    case 'XX':
      return old !== 0;
    case 'GT':
      return old !== 0 && deadline > old;
    case 'LT':
      return old === 0 || deadline < old;
  }
}

function conditionsError(words: Words): Reply | null {
  for (let i = 3; i < words.words; i++)
    if (conditionOf(words.text(i)) === null) return unsupportedOption(words.text(i));
  const given = conditionsOf(words);
  if (given.includes('NX') && given.some((each) => each !== 'NX')) return incompatible('NX and XX, GT or LT');
  return given.includes('GT') && given.includes('LT') ? incompatible('GT and LT') : null;
}

function conditionsOf(words: Words): readonly Condition[] {
  const given: Condition[] = [];
  for (let i = 3; i < words.words; i++) {
    const condition = conditionOf(words.text(i));
    if (condition !== null) given.push(condition);
  }
  return given;
}

function conditionOf(word: string): Condition | null {
  const name = word.toUpperCase();
  return name === 'NX' || name === 'XX' || name === 'GT' || name === 'LT' ? name : null;
}

const PERSIST: WriteCommand = {
  kind: 'write',
  name: 'PERSIST',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'PERSIST key',
  summary: 'let a key stay that was to go; answers 1 or 0',
  group: 'expiry',
  keys: ONE_KEY,
  copies: () => true,
  execute(writer, words) {
    if ((writer.get(words.text(1))?.deadline ?? 0) === 0) return integer(0);
    writer.setDeadline(words.text(1), 0);
    return integer(1);
  },
};

/** TTL and its kin. `answer`: for a key that goes at `deadline`, and `left` milliseconds from now on, not below 0. */
function remaining(name: string, summary: string, answer: (left: number, deadline: number) => number): ReadCommand {
  return {
    kind: 'read',
    name,
    aliases: [],
    minWords: 2,
    maxWords: 2,
    usage: `${name} key`,
    summary: `${summary}; -1 if it stays, -2 if it is not there`,
    group: 'expiry',
    keys: ONE_KEY,
    evaluate(reader, words) {
      const deadline = reader.get(words.text(1))?.deadline;
      if (deadline === undefined) return integer(-2);
      return integer(deadline === 0 ? -1 : answer(Math.max(0, deadline - Math.floor(reader.time)), deadline));
    },
  };
}

/** To the nearest, as Redis does. */
function seconds(ms: number): number {
  return Math.floor((ms + 500) / 1_000);
}

function errorOf(deadline: number | Reply): Reply | null {
  return typeof deadline === 'number' ? null : deadline;
}

/** Strings that are to go. */
export const UNTIL_COMMANDS = [
  setUntil('SETEX', 'seconds', SCALES.EX),
  setUntil('PSETEX', 'milliseconds', SCALES.PX),
  GETEX,
];

export const EXPIRY_COMMANDS = [
  expire('EXPIRE', 'seconds', SCALES.EX),
  expire('PEXPIRE', 'milliseconds', SCALES.PX),
  expire('EXPIREAT', 'seconds', SCALES.EXAT),
  expire('PEXPIREAT', 'milliseconds', SCALES.PXAT),
  remaining('TTL', 'seconds until a key goes', (left) => seconds(left)),
  remaining('PTTL', 'milliseconds until a key goes', (left) => left),
  remaining('EXPIRETIME', 'when a key goes, s since 1970', (_left, deadline) => seconds(deadline)),
  remaining('PEXPIRETIME', 'when a key goes, ms since 1970', (_left, deadline) => deadline),
  PERSIST,
];
