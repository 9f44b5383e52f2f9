/** Every planted bug there is. */

import { ACCEPTORS } from './acceptors.js';
import { COMMANDS } from './commands.js';
import { EXPIRY } from './expiry.js';
import { LEADERS } from './leaders.js';
import { LOGS } from './logs.js';
import { MESSAGES } from './messages.js';
import type { Mutant } from './mutant.js';
import { STORAGE } from './storage.js';
import { TRANSACTIONS } from './transactions.js';

export const MUTANTS: readonly Mutant[] = [
  ...ACCEPTORS,
  ...LEADERS,
  ...LOGS,
  ...COMMANDS,
  ...EXPIRY,
  ...MESSAGES,
  ...STORAGE,
  ...TRANSACTIONS,
];

/** Throws when there is none of that name. */
export function mutantOf(name: string): Mutant {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant '${name}'`);
  return mutant;
}
