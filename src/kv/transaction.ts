/**
 * A transaction as it stands in the log: one command, so that it is executed whole or not at all. Its words are
 *
 *     EXEC  watched  (key revision) …  (words NAME word …) …
 *
 * how many keys are watched, each with the revision that last changed it (0: it was not there), then the commands, each with the
 * number of its words. Whether the watched keys are as they were is seen when it is executed, where no other write comes between.
 */

import { assert } from '../base/assert.js';
import { encodeCommand } from '../wire/command.js';
import type { Words } from './command.js';
import type { LoggedWords } from './logged-words.js';
import { PartOfWords } from './part-of-words.js';
import type { Entry } from './record.js';

/** Under which it stands in the log. */
export const TRANSACTION = 'EXEC';

/** `commands` are named as the table has them, whatever their first words are. */
export function encodeTransaction(
  watched: ReadonlyMap<string, number>,
  commands: readonly { readonly command: { readonly name: string }; readonly words: Words }[],
): Uint8Array {
  const all = [TRANSACTION, `${watched.size}`];
  for (const [key, revision] of watched) all.push(key, `${revision}`);
  for (const { command, words } of commands) {
    all.push(`${words.words}`, command.name);
    for (let i = 1; i < words.words; i++) all.push(words.text(i));
  }
  return encodeCommand(all);
}

/** The revision by which WATCH knows a key. */
export function watchedRevision(entry: Entry | undefined): number {
  return entry?.revision ?? 0;
}

/** Whether every key that `words` watches is as it was. */
export function isAsWatched(get: (key: string) => Entry | undefined, words: Words): boolean {
  const end = 2 + 2 * count(words, 1);
  for (let i = 2; i < end; i += 2) if (watchedRevision(get(words.text(i))) !== count(words, i + 1)) return false;
  return true;
}

/** The commands in `words`, one after the other; each is good until the next. */
export function* commandsIn(words: LoggedWords): Generator<LoggedWords> {
  const part = new PartOfWords(words);
  for (let at = 2 + 2 * count(words, 1); at < words.words; at += part.words) {
    part.move(at + 1, count(words, at++));
    yield part;
  }
}

function count(words: Words, index: number): number {
  const text = words.text(index);
  const value = Number(text);
  assert(/^\d+$/.test(text) && Number.isSafeInteger(value), 'a count in a transaction is a number');
  return value;
}
