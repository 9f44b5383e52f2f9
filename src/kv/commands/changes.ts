/** What changed, for programs: revisions, and every change above one of them, once and in order. */

import { type Revision, revision } from '../../base/ids.js';
import type { Reply } from '../../wire/reply.js';
import type { ChangeCursor, ChangeType } from '../change-log.js';
import { type ChangeReader, NO_KEYS, type ReadCommand, type Vigil, type VigilCommand, type Words } from '../command.js';
import { parseIndex } from '../integers.js';
import { ANSWER_BYTES } from '../meter.js';
import { integer, list, NONE, notAnInteger, syntaxError, value } from '../replies.js';

const MOST_CHANGES = 10_000;

/** A change that is passed over costs this fraction of a word of a request, one that is told so many words. */
const PASSED_PER_WORD = 32;
const WORDS_PER_CHANGE = 3;

export const CHANGE_NAMES: Readonly<Record<ChangeType, string>> = { put: 'PUT', delete: 'DELETE', expire: 'EXPIRE' };

const REVISION: ReadCommand = {
  kind: 'read',
  name: 'REVISION',
  aliases: [],
  minWords: 1,
  maxWords: 1,
  usage: 'REVISION',
  summary: 'how many commands have changed the store',
  group: 'changes',
  keys: NO_KEYS,
  evaluate: (reader) => integer(reader.revision),
};

const CHANGES: VigilCommand = {
  kind: 'vigil',
  name: 'CHANGES',
  aliases: [],
  minWords: 4,
  maxWords: 8,
  usage: 'CHANGES prefix FROM revision [COUNT n] [BLOCK ms]',
  summary: 'what changed since; first the revision to pass next',
  group: 'changes',
  keys: NO_KEYS,
  check: (words) => errorOf(words),
  begin: (words, lags) => new ChangesVigil(words, lags),
};

export const CHANGE_COMMANDS = [REVISION, CHANGES];

function errorOf(words: Words): Reply | null {
  const seen = new Set<string>();
  for (let i = 2; i < words.words; i += 2) {
    const name = words.text(i).toUpperCase();
    if (!['FROM', 'COUNT', 'BLOCK'].includes(name) || seen.has(name) || i + 1 === words.words) return syntaxError();
    seen.add(name);
    const number = parseIndex(words.text(i + 1));
    if (number === null || number < (name === 'COUNT' ? 1 : 0) || number > Number.MAX_SAFE_INTEGER)
      return notAnInteger();
  }
  return seen.has('FROM') ? null : syntaxError();
}

function numberOf(words: Words, name: string): number | null {
  for (let i = 2; i + 1 < words.words; i += 2)
    if (words.text(i).toUpperCase() === name) return parseIndex(words.text(i + 1));
  return null;
}

class ChangesVigil implements Vigil {
  readonly patienceMs: number;
  readonly #prefix: string;
  readonly #count: number;
  readonly #lags: boolean;
  /** Everything up to here has been looked at. */
  #from: Revision;
  work = 0;

  /** `words` have been checked. */
  constructor(words: Words, lags: boolean) {
    this.#lags = lags;
    this.patienceMs = numberOf(words, 'BLOCK') ?? 0;
    this.#prefix = words.text(1);
    this.#count = Math.min(MOST_CHANGES, numberOf(words, 'COUNT') ?? MOST_CHANGES);
    this.#from = revision(numberOf(words, 'FROM') ?? 0);
  }

  look(reader: ChangeReader): Reply | null {
    const { since } = reader.changes;
    this.work = 1;
    if (this.#from < since) return compacted(this.#from, since);
    if (this.#from > reader.revision && !this.#lags) return ofAnotherStore(this.#from, reader.revision);
    const found = this.#find(reader.changes.after(this.#from), reader.revision);
    return found.length === 0 ? null : list(integer(this.#from), list(...found));
  }

  giveUp(): Reply {
    return list(integer(this.#from), list());
  }

  /** Whole revisions, until there are enough; at least one. */
  #find(cursor: ChangeCursor, last: Revision): Reply[] {
    const found: Reply[] = [];
    let upTo = revision(Math.max(this.#from, last));
    let bytes = 0;
    let passed = 0;
    for (let told = this.#from; cursor.next(); passed++) {
      if (!cursor.hasPrefix(this.#prefix)) continue;
      bytes += cursor.size;
      const isEnough = found.length >= this.#count || (found.length > 0 && bytes > ANSWER_BYTES);
      if (isEnough && cursor.revision !== told) {
        upTo = told;
        break;
      }
      found.push(replyOf(cursor));
      told = cursor.revision;
    }
    this.#from = upTo;
    this.work = 1 + Math.ceil(passed / PASSED_PER_WORD) + WORDS_PER_CHANGE * found.length;
    return found;
  }
}

function replyOf({ revision: at, type, key, value: bytes }: ChangeCursor): Reply {
  return list(integer(at), value(CHANGE_NAMES[type]), value(key), type === 'put' ? value(bytes) : NONE);
}

function compacted(from: Revision, since: Revision): Reply {
  return anew(`changes after revision ${from} are not kept here, only those after ${since}`);
}

/** It was told by a store that a backup took the place of, or by a state that was found to be wrong. */
function ofAnotherStore(from: Revision, last: Revision): Reply {
  return anew(`revision ${from} is not one of this store, which is at ${last}`);
}

function anew(why: string): Reply {
  return { type: 'error', code: 'COMPACTED', text: `${why}; read REVISION, then PREFIX, and go on from that revision` };
}
