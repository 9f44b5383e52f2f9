/**
 * The one table of commands: the client port finds a command by what a client typed, the state machine by the name in the log,
 * HELP lists them. To add a command, write it in commands/ and list it here.
 */

import { nearestTo } from '../base/nearest.js';
import type { Command, ReadCommand, WriteCommand } from './command.js';
import { CHANGE_COMMANDS } from './commands/changes.js';
import { COMPARE_COMMANDS, CONDITIONAL_COMMANDS } from './commands/conditions.js';
import { EXPIRY_COMMANDS, UNTIL_COMMANDS } from './commands/expiry.js';
import { DELETE, KEY_COMMANDS } from './commands/keys.js';
import { CLIENT_COMMANDS, CLUSTER_COMMANDS, CONNECTION_COMMANDS, FOLLOW_COMMANDS } from './commands/local.js';
import { NUMBER_COMMANDS } from './commands/numbers.js';
import { ONCE } from './commands/once.js';
import { ORDERED_COMMANDS } from './commands/ordered.js';
import { SCAN_COMMANDS } from './commands/scans.js';
import { GET, PUT, STRING_COMMANDS } from './commands/strings.js';
import { TRANSACTION_COMMANDS } from './commands/transactions.js';

/** In the order of HELP. */
export const COMMANDS: readonly Command[] = [
  GET,
  PUT,
  DELETE,
  ...CONDITIONAL_COMMANDS,
  ...UNTIL_COMMANDS,
  ...STRING_COMMANDS,
  ...NUMBER_COMMANDS,
  ...COMPARE_COMMANDS,
  ...KEY_COMMANDS,
  ...SCAN_COMMANDS,
  ...EXPIRY_COMMANDS,
  ...ORDERED_COMMANDS,
  ...TRANSACTION_COMMANDS,
  ONCE,
  ...CHANGE_COMMANDS,
  ...FOLLOW_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...CLIENT_COMMANDS,
];

const byName = new Map<string, Command>();
const writes = new Map<string, WriteCommand>();
const reads = new Map<string, ReadCommand>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...command.aliases]) byName.set(name, command);
  if (command.kind === 'write') writes.set(command.name, command);
  if (command.kind === 'read') reads.set(command.name, command);
}

/** By name or alias, in upper case. */
export function findCommand(name: string): Command | undefined {
  return byName.get(name);
}

/** By the one name under which a write stands in the log. */
export function findWrite(name: string): WriteCommand | undefined {
  return writes.get(name);
}

/** By the one name under which a read stands in a transaction. */
export function findRead(name: string): ReadCommand | undefined {
  return reads.get(name);
}

/** The command or alias that someone who typed `name` may have meant; undefined when nothing is near. */
export function nearestCommand(name: string): string | undefined {
  return nearestTo(name, byName.keys());
}
