/** The command line of `npm run mutants`. */

import yargs from 'yargs/yargs';
import { MUTANTS, mutantOf } from './list.js';
import type { Mutant } from './mutant.js';

export interface MutantOptions {
  readonly mutants: readonly Mutant[];
  /** Seeds that are played one after the other, from here and from places far away. */
  readonly from: number;
  readonly starts: number;
  readonly maxSeeds: number;
  readonly workers: number;
  /** Play just this one, and tell what happens. */
  readonly seed: number | undefined;
  readonly list: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

/** yargs prints help and complaints itself, and ends the process then. */
export async function readMutantOptions(argv: readonly string[], cpus: number): Promise<MutantOptions> {
  const given = await yargs([...argv])
    .scriptName('npm run mutants --')
    .usage(
      '$0 [options]\n\nPlants bugs in the program, one at a time, and counts the seeds until the simulator notices.',
    )
    .options({
      only: { type: 'string', describe: 'These mutants: NAME,NAME' },
      list: { type: 'boolean', default: false, describe: 'Tell which there are, and play none' },
      seed: { type: 'number', describe: 'Play one seed with the mutant of --only, and tell the story' },
      from: { type: 'number', default: 1, describe: 'First seed' },
      starts: { type: 'number', default: 3, describe: 'Independent rows of seeds for each mutant' },
      'max-seeds': { type: 'number', default: 2_000, describe: 'A mutant that survives so many is not caught' },
      workers: { type: 'number', default: cpus, describe: 'Processes' },
      json: { type: 'boolean', default: false, describe: 'Print one JSON object at the end, nothing else' },
      write: {
        type: 'boolean',
        default: false,
        describe: 'Put the table into docs/verification.md, and seeds into known.ts',
      },
    })
    .example('$0', 'all of them: some twenty minutes on two processors')
    .example('$0 --only lease-from-receipt --seed 7', 'what happens in one run')
    .strict()
    .version(false)
    .wrap(110)
    .parseAsync();
  const { only, list, seed, from, starts, maxSeeds, workers, json, write } = given;
  for (const [name, value] of Object.entries({ from, starts, maxSeeds, workers, seed: seed ?? 1 })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name}: not a whole number from 1 on`);
  }
  const mutants = only === undefined ? MUTANTS : only.split(',').map(mutantOf);
  if (seed !== undefined && mutants.length !== 1) throw new Error('--seed goes with one mutant: --only NAME');
  if (write && only !== undefined) throw new Error('--write goes with all mutants, not with --only');
  return { mutants, from, starts, maxSeeds, workers, seed, list, json, write };
}
