/**
 * `npm run mutants`: plants bugs in the program, one at a time, and tells which check notices and after how many seeds. Exits
 * with 1 when one of them is not caught.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { messageOf } from '#src/base/errors.js';
import { exitCodeOf } from '../../command-line/read.js';
import { campaign, isCaught } from './campaign.js';
import type { Mutant } from './mutant.js';
import { type MutantOptions, readMutantOptions } from './options.js';
import { documented, knownIn, profileText, resultLine, totalLine } from './table.js';

const PLAYER = fileURLToPath(new URL('player.js', import.meta.url));
const SEEDS = fileURLToPath(new URL('../../../../test/sim/mutants/known.ts', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../../../docs/verification.md', import.meta.url));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** As `npm run simulate` does it, in a process with the bug. */
async function tellOne({ name, breaks, wishes }: Mutant, seed: number): Promise<void> {
  const options = Object.entries(wishes).flatMap(([option, value]) => [`--${option}`, String(value)]);
  say(`${name}: ${breaks}`);
  const player = fork(PLAYER, [name, 'main.js', '--seed', String(seed), '--explain', ...options]);
  const [code] = await once(player, 'exit');
  say(`with the mutant: npm run mutants -- --only ${name} --seed ${seed}`);
  process.exitCode = code === 0 ? 0 : 1;
}

async function huntAll({ json, write, ...options }: MutantOptions): Promise<void> {
  const began = performance.now();
  if (!json) say(`${'mutant'.padEnd(30)} ${'profile'.padEnd(22)} seeds until caught, and by what`);
  const results = await Promise.all(
    campaign(options).map(async (hunting) => {
      const result = await hunting;
      if (!json) say(resultLine(result));
      return result;
    }),
  );
  const elapsedMs = performance.now() - began;
  if (json) say(JSON.stringify({ elapsedMs, results }));
  else say(`${totalLine(results)}; ${(elapsedMs / 60_000).toFixed(1)} minutes`);
  if (write) {
    await writeFile(DOCUMENT, documented(await readFile(DOCUMENT, 'utf8'), results));
    await writeFile(SEEDS, knownIn(await readFile(SEEDS, 'utf8'), results));
  }
  if (!results.every(isCaught)) process.exitCode = 1;
}

async function doAsTold(options: MutantOptions): Promise<void> {
  const { mutants, list, seed } = options;
  const [first] = mutants;
  if (list) {
    for (const { name, breaks, wishes } of mutants)
      say(`${name.padEnd(30)} ${profileText(wishes).padEnd(22)} ${breaks}`);
  } else if (seed !== undefined && first !== undefined) await tellOne(first, seed);
  else await huntAll(options);
}

try {
  const options = await readMutantOptions(process.argv.slice(2), availableParallelism());
  if (options !== null) await doAsTold(options);
} catch (error) {
  process.stderr.write(`mutants: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
