/** The command line of `npm run simulate`. */

import yargs from 'yargs/yargs';
import { PROFILE_NAMES, type ProfileName } from './faults/profiles.js';
import type { Wishes } from './plan.js';

export interface SimulateOptions {
  readonly wishes: Wishes;
  /** One seed to play; undefined: many. */
  readonly seed: number | undefined;
  /** The first of many. */
  readonly from: number;
  readonly runs: number;
  readonly minutes: number;
  readonly workers: number;
  readonly explain: 'nothing' | 'story' | 'steps';
  readonly json: boolean;
}

/** yargs prints help and complaints itself, and ends the process then. `now`: milliseconds, from which fresh seeds are made. */
export async function readSimulateOptions(
  argv: readonly string[],
  now: number,
  cpus: number,
): Promise<SimulateOptions> {
  const given = await yargs([...argv])
    .scriptName('npm run simulate --')
    .usage('$0 [options]\n\nPlays whole replicas in a simulated world full of faults, and checks everything.')
    .options({
      seed: { type: 'number', describe: 'Play this one run' },
      runs: { type: 'number', default: 200, describe: 'Play that many fresh runs' },
      minutes: { type: 'number', default: 0, describe: 'Play fresh runs for so long' },
      from: { type: 'number', describe: 'First seed of many; by default a fresh one' },
      workers: { type: 'number', default: cpus, describe: 'Processes' },
      explain: { type: 'boolean', default: false, describe: 'Tell the run of --seed as a story' },
      steps: { type: 'boolean', default: false, describe: 'As --explain, with every step of every replica' },
      json: { type: 'boolean', default: false, describe: 'Print one JSON object at the end, nothing else' },
      profile: { choices: PROFILE_NAMES, describe: 'Which faults may happen (swarm: any)' },
      replicas: { type: 'number', describe: 'How many, instead of what the seed draws' },
      clients: { type: 'number', describe: 'How many, instead of what the seed draws' },
      seconds: { type: 'number', describe: 'Simulated seconds of storm (20)' },
      until: { type: 'number', describe: 'End the storm after so many simulated milliseconds' },
      faults: { type: 'string', describe: 'Only the faults with these numbers: 3,17, or none' },
    })
    .example('$0 --minutes 60', 'a night')
    .example('$0 --seed 4711 --explain', 'what happened in a run')
    .strict()
    .version(false)
    .wrap(110)
    .parseAsync();
  for (const name of [
    'seed',
    'runs',
    'minutes',
    'from',
    'workers',
    'replicas',
    'clients',
    'seconds',
    'until',
  ] as const) {
    if (Number.isNaN(given[name]) || (given[name] ?? 0) < 0) throw new Error(`--${name}: not a number`);
  }
  return {
    wishes: wishesOf(given),
    seed: given.seed,
    from: given.from ?? Math.floor(now),
    runs: given.runs,
    minutes: given.minutes,
    workers: Math.max(1, given.workers),
    explain: given.steps ? 'steps' : given.explain ? 'story' : 'nothing',
    json: given.json,
  };
}

interface Given {
  readonly replicas: number | undefined;
  readonly clients: number | undefined;
  readonly seconds: number | undefined;
  readonly until: number | undefined;
  readonly profile: ProfileName | undefined;
  readonly faults: string | undefined;
}

function wishesOf({ replicas, clients, seconds, until, profile, faults }: Given): Wishes {
  if (replicas !== undefined && (replicas < 1 || replicas > 7)) throw new Error('--replicas: from 1 to 7');
  return {
    ...(replicas === undefined ? {} : { replicas }),
    ...(clients === undefined ? {} : { clients }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(until === undefined ? {} : { until }),
    ...(profile === undefined ? {} : { profile }),
    ...(faults === undefined ? {} : { faults: faults === 'none' ? [] : faults.split(',').map(Number) }),
  };
}
