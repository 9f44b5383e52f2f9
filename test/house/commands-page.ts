/**
 * The parts of docs/commands.md that come from the table of commands: one table for each group, between marks. What stands around
 * them is written by hand.
 */
import type { Command } from '#src/kv/command.js';

const MARK = /^<!-- the table of commands: (.+?) -->\n(?:.|\n)*?^<!-- end -->$/gm;

const KINDS: Readonly<Record<Command['kind'], string>> = {
  read: 'read',
  vigil: 'read',
  write: 'write',
  once: 'write',
  local: '',
  control: '',
};

/** The page with its tables as they are to be. Throws where it has no place for a group, or one for a group that is not there. */
export function commandsPage(page: string, commands: readonly Command[]): string {
  const left = new Set<string>(commands.map(({ group }) => group));
  const made = page.replace(MARK, (_old, group: string) => {
    if (!left.delete(group)) throw new Error(`no command is of the group '${group}', or it has two places`);
    const own = commands.filter((command) => command.group === group);
    return `<!-- the table of commands: ${group} -->\n${table(own)}\n<!-- end -->`;
  });
  if (left.size > 0) throw new Error(`the page has no place for: ${[...left].join(', ')}`);
  return made;
}

function table(commands: readonly Command[]): string {
  const rows = commands.map(({ usage, aliases, kind, summary }) => {
    const also = aliases.length === 0 ? '' : ` (also ${aliases.map((alias) => `\`${alias}\``).join(', ')})`;
    return `| \`${cell(usage)}\`${also} | ${KINDS[kind]} | ${cell(summary)} |`;
  });
  return ['| Command | | What it does |', '| --- | --- | --- |', ...rows].join('\n');
}

/** In a table even what stands between backticks must not end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
