/**
 * What may follow in a command of which a part has been typed, read from the one line that HELP shows of it:
 * `PREFIX prefix [AFTER key] [LIMIT n]`. Hints and completion both ask it, so that what is written in the table is all
 * there is to write.
 */

/** Names of arguments that stand for a key, or for what keys begin with. */
const KEYS = new Set(['key', 'prefix', 'start', 'end']);
const LITERAL = /^[A-Z][A-Z0-9-]*$|^\d$/;
const AGAIN = /^(\.\.\.|…)$/;

export interface Following {
  /** The arguments to come, for a person; '' when there are none, or the words do not fit. */
  readonly text: string;
  /** Words that may come next, as they are written. */
  readonly choices: readonly string[];
  readonly wantsKey: boolean;
  readonly wantsCommand: boolean;
}

/** `words`: those typed so far, without the name; complete ones only. */
export function following(usage: string, words: readonly string[]): Following {
  let parts: readonly string[] = split(usage, ' ').slice(1);
  for (const word of words) parts = after(parts, word);
  const next = nextWords(parts);
  return {
    text: parts.join(' '),
    choices: next.filter((word) => LITERAL.test(word) || isChoice(parts[0], word)),
    wantsKey: next.some((word) => KEYS.has(word)),
    wantsCommand: next.includes('command'),
  };
}

/** What is left of the parts when `word` was typed for one of them. */
function after(parts: readonly string[], word: string): readonly string[] {
  const [first, ...rest] = parts;
  if (first === undefined || AGAIN.test(first)) return parts;
  if (!isOptional(first)) return rest;
  for (const [place, part] of parts.entries()) {
    if (!isOptional(part)) break;
    const taken = alternatives(part).find((tokens) => isLiteralFor(tokens[0], word));
    if (taken !== undefined) return [...taken.slice(1), ...parts.slice(0, place), ...parts.slice(place + 1)];
  }
  const open = alternatives(first).find(([token = '']) => !LITERAL.test(token));
  if (open === undefined) return [];
  // `[key value ...]` begins anew behind each of its rounds.
  const repeats = AGAIN.test(open.at(-1) ?? '');
  return repeats ? [...open.slice(1, -1), first, ...rest] : [...open.slice(1), ...rest];
}

/** First words of all that may come next: an optional part may be left out, another may not. */
function nextWords(parts: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const part of parts) {
    if (!isOptional(part)) return [...found, ...split(part, '|')];
    found.push(...alternatives(part).map(([token = '']) => token));
  }
  return found;
}

/** `on|off` are to be typed as they stand, in whatever case they are written. */
function isChoice(part: string | undefined, word: string): boolean {
  return part !== undefined && !isOptional(part) && part.includes('|') && part.split('|').includes(word);
}

function alternatives(part: string): readonly (readonly string[])[] {
  return split(part.slice(1, -1), '|').map((alternative) => split(alternative, ' '));
}

function isOptional(part: string): boolean {
  return part.startsWith('[');
}

function isLiteralFor(token: string | undefined, word: string): boolean {
  return token !== undefined && LITERAL.test(token) && token === word.toUpperCase();
}

/** At the separators that stand outside of brackets. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text.charAt(at);
    if (char === '[') depth++;
    if (char === ']') depth--;
    if (at < text.length && (char !== separator || depth > 0)) continue;
    if (at > start) parts.push(text.slice(start, at));
    start = at + 1;
  }
  return parts;
}
