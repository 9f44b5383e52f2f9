/**
 * A line that is still being typed: the words that are complete, the beginning of the one under way, and what the command's
 * usage says may follow. It is what hints and completion are made of.
 */

import { findCommand } from '../kv/command-table.js';
import { latin1Bytes } from '../wire/bytes.js';
import { WordReader } from '../wire/word-reader.js';
import { findOwn } from './own-commands.js';
import { type Following, following } from './usage.js';

export interface Unfinished {
  /** Words before the one under way, as typed. */
  readonly words: readonly string[];
  /** The beginning of a word as typed, quotes included; '' behind a blank. */
  readonly partial: string;
  /** Null for the name of a command, and behind one that nobody knows. */
  readonly following: Following | null;
}

/** `line` up to the cursor. */
export function unfinished(line: string): Unfinished {
  const { words, partial } = cut(line);
  return { words, partial, following: followingOf(words) };
}

/** The bytes (latin1) that the typed beginning of a word stands for, a missing closing quote notwithstanding. */
export function unquoted(partial: string): string {
  const bytes = latin1Bytes(Buffer.from(partial + openQuote(partial), 'utf8').toString('latin1'));
  const reader = new WordReader();
  reader.reset(bytes, 0, bytes.length);
  return reader.word() ?? '';
}

/** What may follow these words; null when they are none, or begin with a command that nobody knows. */
export function followingOf(words: readonly string[]): Following | null {
  const [name, ...rest] = words;
  if (name === undefined) return null;
  const command = findOwn(name.toLowerCase()) ?? findCommand(name.toUpperCase());
  if (command === undefined) return null;
  const next = following(command.usage, rest);
  // ONCE wraps a command, which has a usage of its own.
  return name.toUpperCase() === 'ONCE' && rest.length > 1 ? followingOf(rest.slice(1)) : next;
}

function cut(line: string): { readonly words: readonly string[]; readonly partial: string } {
  const words: string[] = [];
  let start = -1;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (/\s/.test(char)) {
      if (start !== -1) words.push(line.slice(start, at));
      start = -1;
    } else {
      if (start === -1) start = at;
      if (char === '"' || char === "'") quote = char;
    }
  }
  return { words, partial: start === -1 ? '' : line.slice(start) };
}

/** The quote that is open at the end of `text`, '' for none. */
function openQuote(text: string): string {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '' && char === '\\') at++;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  return quote;
}
