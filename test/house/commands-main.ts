/** `node scripts/commands.mjs`: writes the tables of docs/commands.md anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '#src/kv/command-table.js';
import { commandsPage } from './commands-page.js';

const path = new URL('../../../docs/commands.md', import.meta.url);

writeFileSync(path, commandsPage(readFileSync(path, 'utf8'), COMMANDS));
