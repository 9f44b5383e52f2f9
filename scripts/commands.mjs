// Writes the tables of docs/commands.md anew, from the table of commands. How is told in test/house.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/house/commands-main.js', process.argv.slice(2));
