/** The command line of `npm run mutants`. */
import { nearestTo } from '#src/base/nearest.js';
import { UsageError } from '#src/node/host/usage-error.js';
import { type Form, list, whole } from '../../command-line/forms.js';
import { flag, optional, usually } from '../../command-line/option.js';
import type { Program } from '../../command-line/program.js';
import { readCommandLine } from '../../command-line/read.js';
import { MUTANTS } from './list.js';
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

const mutant: Form<Mutant> = {
  kind: 'string',
  read: (typed) => {
    const found = MUTANTS.find(({ name }) => name === typed);
    if (found !== undefined) return found;
    const names = MUTANTS.map(({ name }) => name);
    const meant = nearestTo(typed, names);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new Error(`there is no mutant '${typed}'${hint}; --list tells all`);
  },
};

const options = (cpus: number) => ({
  only: optional('These mutants: NAME,NAME', list(mutant)),
  list: flag('Tell which there are, and play none'),
  seed: optional('Play one seed with the mutant of --only, and tell the story', whole(1)),
  from: usually('First seed', whole(1), 1),
  starts: usually('Independent rows of seeds for each mutant', whole(1), 3),
  'max-seeds': usually('A mutant that survives so many is not caught', whole(1), 2_000),
  workers: usually('Processes', whole(1), cpus),
  json: flag('Print one JSON object at the end, nothing else'),
  write: flag('Put the table into docs/verification.md, and seeds into known.ts'),
});

const OF_A_HUNT = ['from', 'starts', 'max-seeds', 'workers', 'json', 'write'];

export const mutantsProgram = (cpus: number): Program<ReturnType<typeof options>> => ({
  name: 'mutants',
  usage: '$0 [options]\n\nPlants bugs in the program, one at a time, and counts the seeds until the simulator notices.',
  options: options(cpus),
  examples: [
    ['$0', 'all of them: some twenty minutes on two processors'],
    ['$0 --only lease-from-receipt --seed 7', 'what happens in one run'],
  ],
  goesWith: { seed: 'only' },
  replaces: { list: ['seed', ...OF_A_HUNT], seed: OF_A_HUNT },
});

/** Null where help was printed. Throws UsageError. */
export async function readMutantOptions(argv: readonly string[], cpus: number): Promise<MutantOptions | null> {
  const line = await readCommandLine(argv, mutantsProgram(cpus));
  if (line === null) return null;
  const { only, seed, write, 'max-seeds': maxSeeds, ...rest } = line.values;
  const mutants = only ?? MUTANTS;
  if (seed !== undefined && mutants.length !== 1) throw new UsageError('--seed goes with one mutant: --only NAME');
  if (write && only !== undefined) throw new UsageError('--write goes with all mutants, not with --only');
  return { mutants, seed, write, maxSeeds, ...rest };
}
