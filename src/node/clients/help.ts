/** HELP: the table of commands as a person reads it, whole or one command of it. */

import type { Command, Group } from '../../kv/command.js';
import { COMMANDS, findCommand } from '../../kv/command-table.js';
import type { Reply } from '../../wire/reply.js';
import { unknownCommand } from './errors.js';

/** Where summaries begin. */
const INDENT = 27;

const whole = wholeHelp();

export function help(typed: string | null): Reply {
  if (typed === null) return { type: 'text', text: whole };
  const command = findCommand(typed.toUpperCase());
  if (command === undefined) return unknownCommand(typed);
  const aliases = command.aliases.length === 0 ? '' : `\nalso: ${command.aliases.join(', ')}`;
  return { type: 'text', text: `${command.usage}\n${command.summary}${aliases}` };
}

function wholeHelp(): string {
  const lines: string[] = ['One command a line. Quote words with blanks: "a b"; only PUT takes the rest of the line.'];
  let group: Group | null = null;
  for (const command of COMMANDS) {
    if (command.group !== group) lines.push('', command.group);
    group = command.group;
    lines.push(...linesOf(command));
  }
  return lines.join('\n');
}

function linesOf(command: Command): string[] {
  const aliases = command.aliases.length === 0 ? '' : ` (= ${command.aliases.join(' ')})`;
  const usage = `  ${command.usage}`;
  const first = usage.length < INDENT ? usage.padEnd(INDENT) : `${usage}\n${' '.repeat(INDENT)}`;
  return `${first}${command.summary}${aliases}`.split('\n');
}
