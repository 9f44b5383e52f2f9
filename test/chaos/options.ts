/** The command line of `npm run chaos`. */
import { randomInt } from 'node:crypto';
import yargs from 'yargs/yargs';
import { type FaultKind, faultKinds, needsDisks } from './faults.js';
import type { RunOptions } from './run-options.js';

const usual: readonly FaultKind[] = faultKinds.filter((kind) => !needsDisks.includes(kind));
const sizes: readonly number[] = [3, 5];
const seeds = 2 ** 31;

/** The runs to play, one after the other. yargs prints help and complaints itself, and ends the process then. */
export async function readChaosOptions(argv: readonly string[]): Promise<readonly RunOptions[]> {
  const given = await yargs([...argv])
    .scriptName('npm run chaos --')
    .usage('$0 [options]\n\nTorments a cluster of real daemons under load and checks what clients were told.')
    .options({
      minutes: { type: 'number', default: 1, describe: 'Of faults, in each run' },
      faults: { type: 'string', default: usual.join(','), describe: `Kinds: ${faultKinds.join(', ')}` },
      each: { type: 'boolean', default: false, describe: 'A run of its own for each kind, not one with all' },
      replicas: { type: 'string', default: '3', describe: '3, 5 or both: 3,5' },
      seed: { type: 'number', describe: 'Decides what is done to whom; drawn when not given' },
      clients: { type: 'number', default: 4, describe: 'Per replica' },
      network: {
        choices: ['auto', 'namespaces', 'proxies'] as const,
        default: 'auto' as const,
        describe: 'How links are cut',
      },
      data: { type: 'string', describe: 'Where the data goes; a real disk when not given' },
      explain: { type: 'boolean', default: false, describe: 'Tell what happens while it happens' },
    })
    .example('$0 --minutes 10 --faults kill-all --replicas 5', 'ten minutes of one kind')
    .example('$0 --minutes 10 --replicas 3,5 --each', 'all of them, one by one')
    .example('$0 --faults disk,full,power', 'full disks, dead disks, power cuts (root)')
    .strict()
    .version(false)
    .wrap(100)
    .parseAsync();
  const { minutes, clients, each, network, data, explain } = given;
  if (!(minutes > 0)) throw new Error('--minutes: not a number above 0');
  if (!Number.isInteger(clients) || clients < 1) throw new Error('--clients: not a whole number above 0');
  const seed = given.seed ?? randomInt(seeds);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed: not a whole number');
  const faults = given.faults.split(',').map(faultKind);
  const common = { durationMs: minutes * 60_000, seed, clients, network, data, explain };
  return given.replicas
    .split(',')
    .map(size)
    .flatMap((replicas) =>
      (each ? faults.map((kind) => [kind]) : [faults]).map((kinds) => ({ ...common, replicas, faults: kinds })),
    );
}

function faultKind(text: string): FaultKind {
  const kind = faultKinds.find((candidate) => candidate === text);
  if (kind === undefined) throw new Error(`--faults: '${text}' is none of ${faultKinds.join(', ')}`);
  return kind;
}

function size(text: string): number {
  if (!sizes.includes(Number(text))) throw new Error(`--replicas: '${text}' is neither of ${sizes.join(', ')}`);
  return Number(text);
}
