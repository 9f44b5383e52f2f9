/**
 * A process with a planted bug: `player.js NAME PROGRAM [arguments]` plants the mutant of that name and then becomes the program,
 * a file beside the folder of this one. Nothing of the product may be imported here, or it would be loaded without the bug.
 */

import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Planting } from './hook.js';
import { mutantOf } from './list.js';

const DIST = new URL('../../../', import.meta.url);

const [node = '', , name = '', program = '', ...rest] = process.argv;
const mutant = mutantOf(name);
const planting: Planting = { mutant, url: new URL(mutant.file, DIST).href };
register('./hook.js', import.meta.url, { data: planting });
const target = new URL(`../${program}`, import.meta.url);
process.argv = [node, fileURLToPath(target), ...rest];
await import(target.href);
