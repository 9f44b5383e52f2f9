/** What Tab offers: commands, the options that their usage names, and keys, for which a replica is asked. */

import { COMMANDS } from '../kv/command-table.js';
import { latin1Bytes } from '../wire/bytes.js';
import { type Reply, readableKey } from '../wire/reply.js';
import { OWN_COMMANDS } from './own-commands.js';
import { type Unfinished, unfinished, unquoted } from './unfinished.js';

/** More keys than this nobody reads. */
const MOST_KEYS = 50;
/** Values come with the keys: so few of them fit into a reply whatever their size. */
const FEW_KEYS = 3;

/** Asks a replica without disturbing what the person is about; null when that cannot be done now. */
export type Ask = (argv: readonly string[]) => Promise<Reply | null>;

/** The candidates for the word before the cursor, and that word, as readline wants them. */
export type Completions = [candidates: string[], partial: string];

/** `line` up to the cursor. */
export async function complete(line: string, ask: Ask): Promise<Completions> {
  const typed = unfinished(line);
  const { partial } = typed;
  const candidates = wordsFor(typed);
  if (typed.following?.wantsKey === true) candidates.push(...(await keysFor(partial, ask)));
  const [only] = candidates;
  return [candidates.length === 1 && only !== undefined ? [`${only} `] : candidates, partial];
}

function wordsFor({ words, partial, following }: Unfinished): string[] {
  const names = [...COMMANDS.map(({ name }) => name), ...OWN_COMMANDS.map(({ name }) => name)];
  const known = words.length === 0 || following?.wantsCommand === true ? names : (following?.choices ?? []);
  const fitting = known.filter((word) => word.toUpperCase().startsWith(partial.toUpperCase()));
  // Who types in lower case goes on so.
  const isLower = partial !== '' && partial === partial.toLowerCase();
  return fitting.map((word) => (isLower ? word.toLowerCase() : word));
}

async function keysFor(partial: string, ask: Ask): Promise<readonly string[]> {
  const prefix = unquoted(partial);
  const request = (limit: number): Promise<Reply | null> => ask(['PREFIX', prefix, 'LIMIT', `${limit}`]);
  let most = MOST_KEYS;
  let reply = await request(most);
  if (reply?.type === 'error' && reply.code === 'TOOLARGE') {
    most = FEW_KEYS;
    reply = await request(most);
  }
  if (reply?.type !== 'pairs') return [];
  const keys = reply.pairs.map(([key]) => unicode(readableKey(key)));
  // There may be more: what these have in common is not to be typed for the person.
  return keys.length < most ? keys : [...keys, `${partial}…`];
}

function unicode(bytes: string): string {
  return new TextDecoder().decode(latin1Bytes(bytes));
}
