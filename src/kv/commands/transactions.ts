/**
 * Several commands as one. Until EXEC a transaction is the client port's business; what EXEC makes of it is one command of
 * the log (../transaction.ts).
 */

import { ALL_KEYS, type ControlCommand, type KeyPlaces, type LocalCommand, NO_KEYS } from '../command.js';

function control(
  name: ControlCommand['name'],
  usage: string,
  words: readonly [min: number, max: number],
  keys: KeyPlaces,
  summary: string,
): ControlCommand {
  const [minWords, maxWords] = words;
  return { kind: 'control', name, aliases: [], minWords, maxWords, usage, summary, group: 'transactions', keys };
}

function local(name: LocalCommand['name'], summary: string): LocalCommand {
  return { kind: 'local', name, aliases: [], minWords: 1, maxWords: 1, usage: name, summary, group: 'transactions' };
}

export const TRANSACTION_COMMANDS = [
  control('MULTI', 'MULTI', [1, 1], NO_KEYS, 'gather the commands that follow, for EXEC'),
  control('EXEC', 'EXEC', [1, 1], NO_KEYS, 'execute them all at one moment; answers their replies'),
  local('DISCARD', 'forget them'),
  control(
    'WATCH',
    'WATCH key [key ...]',
    [2, Number.POSITIVE_INFINITY],
    ALL_KEYS,
    'EXEC does nothing, and answers (nil), if one was changed',
  ),
  local('UNWATCH', 'EXEC need not look at them'),
];
