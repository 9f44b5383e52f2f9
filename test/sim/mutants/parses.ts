/**
 * `node --experimental-vm-modules parses.js`: parses every built file with its planted bug in it and prints how many there were.
 * A process of its own, because Node has its parser of modules behind that flag.
 */

import { readFileSync } from 'node:fs';
import { SourceTextModule } from 'node:vm';
import { MUTANTS } from './list.js';
import { plant } from './mutant.js';

const DIST = new URL('../../../', import.meta.url);

for (const mutant of MUTANTS) {
  const source = plant(mutant, readFileSync(new URL(mutant.file, DIST), 'utf8'));
  new SourceTextModule(source, { identifier: mutant.name });
}
process.stdout.write(`${MUTANTS.length}\n`);
