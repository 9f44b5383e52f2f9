/** The command line of `npm run chaos`. */
import { randomInt } from 'node:crypto';
import { choice, list, positive, text, whole } from '../command-line/forms.js';
import { flag, optional, usually } from '../command-line/option.js';
import type { Program } from '../command-line/program.js';
import { readCommandLine } from '../command-line/read.js';
import { type FaultKind, faultKinds, needsDisks } from './faults.js';
import type { Network, RunOptions } from './run-options.js';

const usual: readonly FaultKind[] = faultKinds.filter((kind) => !needsDisks.includes(kind));
const sizes = ['3', '5'] as const;
const networks: readonly Network[] = ['auto', 'namespaces', 'proxies'];
const seeds = 2 ** 31;

const options = {
  minutes: usually('Of faults, in each run', positive, 1),
  faults: usually(`Kinds: ${faultKinds.join(', ')}`, list(choice(faultKinds)), usual),
  each: flag('A run of its own for each kind, not one with all'),
  replicas: usually('3, 5 or both: 3,5', list(choice(sizes)), ['3']),
  seed: optional('Decides what is done to whom; drawn when not given', whole(0)),
  clients: usually('Per replica', whole(1), 4),
  network: usually('How links are cut', choice(networks), 'auto'),
  data: optional('Where the data goes; a real disk when not given', text),
  explain: flag('Tell what happens while it happens'),
};

export const chaosProgram: Program<typeof options> = {
  name: 'chaos',
  usage: '$0 [options]\n\nTorments a cluster of real daemons under load and checks what clients were told.',
  options,
  examples: [
    ['$0 --minutes 10 --faults kill-all --replicas 5', 'ten minutes of one kind'],
    ['$0 --minutes 10 --replicas 3,5 --each', 'all of them, one by one'],
    ['$0 --faults disk,full,power', 'full disks, dead disks, power cuts (root)'],
  ],
};

/** The runs to play, one after the other; null where help was printed. Throws UsageError. */
export async function readChaosOptions(argv: readonly string[]): Promise<readonly RunOptions[] | null> {
  const line = await readCommandLine(argv, chaosProgram);
  if (line === null) return null;
  const { minutes, faults, each, replicas: asked, seed = randomInt(seeds), ...rest } = line.values;
  const common = { ...rest, durationMs: minutes * 60_000, seed };
  return asked
    .map(Number)
    .flatMap((replicas) =>
      (each ? faults.map((kind) => [kind]) : [faults]).map((kinds) => ({ ...common, replicas, faults: kinds })),
    );
}
