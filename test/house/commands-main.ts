/** `node scripts/commands.mjs`: writes the tables of docs/commands.md anew. It takes no arguments but --help. */
import { readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '#src/kv/command-table.js';
import { commandsPage } from './commands-page.js';

const path = new URL('../../../docs/commands.md', import.meta.url);

const usage = 'usage: node scripts/commands.mjs (writes the tables of docs/commands.md anew)\n';
const [asked] = process.argv.slice(2);

if (asked === undefined) {
  writeFileSync(path, commandsPage(readFileSync(path, 'utf8'), COMMANDS));
} else if (asked === '--help') {
  process.stdout.write(usage);
} else {
  process.stderr.write(usage);
  process.exitCode = 1;
}
