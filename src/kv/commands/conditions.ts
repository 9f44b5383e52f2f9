/** Writes that depend on what a key holds: SET and its kin as Redis 7 has them, and comparisons of values and revisions. */

import { unreachable } from '../../base/assert.js';
import type { Reply } from '../../wire/reply.js';
import { ONE_KEY, type ReadCommand, type Words, type WriteCommand } from '../command.js';
import { parseInteger } from '../integers.js';
import { deadlineAhead, type Moment, putUntil, scaleOf } from '../moment.js';
import type { Entry } from '../record.js';
import { entryReply, integer, NONE, notAnInteger, OK, syntaxError } from '../replies.js';

/** What has to hold of the key for SET to set it. */
type Condition =
  | { readonly type: 'none' }
  | { readonly type: 'absent' }
  | { readonly type: 'present' }
  | { readonly type: 'value'; readonly is: string }
  /** 0: it is not there. */
  | { readonly type: 'revision'; readonly is: number };

interface SetOptions {
  readonly condition: Condition;
  /** Answers what was there before. */
  readonly get: boolean;
  /** When the key is to go: `keep` when it was to go before, null for never. */
  readonly until: Moment | 'keep' | null;
}

const PLAIN: SetOptions = { condition: { type: 'none' }, get: false, until: null };

const SET: WriteCommand = {
  kind: 'write',
  name: 'SET',
  aliases: [],
  minWords: 3,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'SET key value [NX|XX|IFEQ old|IFREV rev] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]',
  summary: 'set a key, also for a time',
  group: 'strings',
  keys: ONE_KEY,
  value: 2,
  check(words) {
    const options = setOptions(words);
    if ('type' in options) return options;
    const deadline = deadlineFor(options, undefined, 0);
    return typeof deadline === 'number' ? null : deadline;
  },
  copies(words) {
    const options = words.words === 3 ? PLAIN : setOptions(words);
    return 'get' in options && options.get;
  },
  execute(writer, words) {
    const options = words.words === 3 ? PLAIN : setOptions(words);
    if ('type' in options) return options;
    const old = writer.get(words.text(1));
    const deadline = deadlineFor(options, old, writer.time);
    if (typeof deadline !== 'number') return deadline;
    const answer = options.get ? entryReply(old) : null;
    if (!holds(options.condition, old)) return answer ?? NONE;
    if (deadline === 0 || options.until === 'keep') writer.put(words.text(1), words.text(2), deadline);
    else putUntil(writer, words.text(1), words.text(2), deadline);
    return answer ?? OK;
  },
};

/** 0 for none; or the error that it is. */
function deadlineFor({ until }: SetOptions, old: Entry | undefined, time: number): number | Reply {
  if (until === 'keep') return old?.deadline ?? 0;
  return until === null ? 0 : deadlineAhead(until, time, 'set');
}

/** The options behind the value, or the error that they are. One that says when may be given again, and the last counts. */
function setOptions(words: Words): SetOptions | Reply {
  let condition: Condition = { type: 'none' };
  let get = false;
  let until: SetOptions['until'] = null;
  let said = '';
  for (let i = 3; i < words.words; i++) {
    const option = words.text(i).toUpperCase();
    if (option === 'GET') {
      get = true;
      continue;
    }
    const scale = scaleOf(option);
    if (scale !== undefined || option === 'KEEPTTL') {
      if (said !== '' && said !== option) return syntaxError();
      said = option;
      if (scale !== undefined && ++i === words.words) return syntaxError();
      until = scale === undefined ? 'keep' : { ...scale, word: words.text(i) };
      continue;
    }
    if (option === 'NX' && (condition.type === 'none' || condition.type === 'absent')) condition = { type: 'absent' };
    else if (option === 'XX' && (condition.type === 'none' || condition.type === 'present'))
      condition = { type: 'present' };
    else if (condition.type !== 'none' || i + 1 === words.words) return syntaxError();
    else if (option === 'IFEQ') condition = { type: 'value', is: words.text(++i) };
    else if (option === 'IFREV') {
      const revision = parseRevision(words.text(++i));
      if (revision === null) return notAnInteger();
      condition = { type: 'revision', is: revision };
    } else return syntaxError();
  }
  return { condition, get, until };
}

function holds(condition: Condition, entry: Entry | undefined): boolean {
  switch (condition.type) {
    case 'none':
      return true;
    case 'absent':
      return entry === undefined;
    case 'present':
      return entry !== undefined;
    case 'value':
      return entry !== undefined && isValue(entry, condition.is);
    case 'revision':
      return (entry?.revision ?? 0) === condition.is;
    default:
      return unreachable(condition);
  }
}

/** The value itself is looked at only where it may be the same. */
function isValue(entry: Entry, value: string): boolean {
  return entry.valueBytes === value.length && entry.value === value;
}

/** Null when the text is no revision. */
function parseRevision(text: string): number | null {
  const revision = parseInteger(text);
  return revision === null || revision < 0n || revision > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(revision);
}

const SETNX: WriteCommand = {
  kind: 'write',
  name: 'SETNX',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'SETNX key value',
  summary: 'set a key if it is not there; answers 1 or 0',
  group: 'strings',
  keys: ONE_KEY,
  value: 2,
  execute(writer, words) {
    if (writer.get(words.text(1)) !== undefined) return integer(0);
    writer.put(words.text(1), words.text(2));
    return integer(1);
  },
};

const GETSET: WriteCommand = {
  kind: 'write',
  name: 'GETSET',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'GETSET key value',
  summary: 'set a key; answers its value from before',
  group: 'strings',
  keys: ONE_KEY,
  value: 2,
  copies: () => true,
  execute(writer, words) {
    const answer = entryReply(writer.get(words.text(1)));
    writer.put(words.text(1), words.text(2));
    return answer;
  },
};

const GETDEL: WriteCommand = {
  kind: 'write',
  name: 'GETDEL',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'GETDEL key',
  summary: 'remove a key; answers its value',
  group: 'strings',
  keys: ONE_KEY,
  copies: () => true,
  execute(writer, words) {
    const answer = entryReply(writer.get(words.text(1)));
    writer.delete(words.text(1));
    return answer;
  },
};

const DELIFEQ: WriteCommand = {
  kind: 'write',
  name: 'DELIFEQ',
  aliases: [],
  minWords: 3,
  maxWords: 3,
  usage: 'DELIFEQ key old',
  summary: 'remove a key if it has this value; answers 1 or 0',
  group: 'compare',
  keys: ONE_KEY,
  execute(writer, words) {
    const entry = writer.get(words.text(1));
    if (entry === undefined || !isValue(entry, words.text(2))) return integer(0);
    return integer(writer.delete(words.text(1)) ? 1 : 0);
  },
};

const DELIFREV: WriteCommand = {
  ...DELIFEQ,
  name: 'DELIFREV',
  usage: 'DELIFREV key revision',
  summary: 'remove a key if it was last changed by this revision; answers 1 or 0',
  check: (words) => (parseRevision(words.text(2)) === null ? notAnInteger() : null),
  execute(writer, words) {
    const isSame = writer.get(words.text(1))?.revision === parseRevision(words.text(2));
    return integer(isSame && writer.delete(words.text(1)) ? 1 : 0);
  },
};

const GETREV: ReadCommand = {
  kind: 'read',
  name: 'GETREV',
  aliases: [],
  minWords: 2,
  maxWords: 2,
  usage: 'GETREV key',
  summary: 'the value, the revisions that changed and made it, how often',
  group: 'compare',
  keys: ONE_KEY,
  evaluate(reader, words) {
    const entry = reader.get(words.text(1));
    if (entry === undefined) return NONE;
    return {
      type: 'map',
      fields: [
        ['value', { type: 'value', bytes: entry.value }],
        ['revision', integer(entry.revision)],
        ['created', integer(entry.created)],
        ['version', integer(entry.version)],
      ],
    };
  },
};

export const CONDITIONAL_COMMANDS = [SET, SETNX, GETSET, GETDEL];
export const COMPARE_COMMANDS = [DELIFEQ, DELIFREV, GETREV];
