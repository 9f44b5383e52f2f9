/** The command line of `npm run simulate`. */
import { choice, type Form, positive, whole } from '../command-line/forms.js';
import { flag, optional, usually } from '../command-line/option.js';
import type { Program } from '../command-line/program.js';
import { readCommandLine, type Values } from '../command-line/read.js';
import { PROFILE_NAMES } from './faults/profiles.js';
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

const MOST_REPLICAS = 7;

/** As they are numbered in a story. */
const faultNumbers: Form<readonly number[]> = {
  kind: 'string',
  read: (typed) => {
    if (typed === 'none') return [];
    const numbers = typed.split(',');
    const wrong = numbers.find((number) => !/^\d{1,9}$/.test(number));
    if (wrong !== undefined) throw new Error(`'${wrong}' is no number; give 3,17 or none`);
    return numbers.map(Number);
  },
};

const options = (cpus: number) => ({
  seed: optional('Play this one run', whole(0)),
  runs: usually('Play that many fresh runs', whole(1), 200),
  minutes: optional('Play fresh runs for so long', positive),
  from: optional('First seed of many; by default a fresh one', whole(0)),
  workers: usually('Processes', whole(1), cpus),
  explain: flag('Tell the run of --seed as a story'),
  steps: flag('As --explain, with every step of every replica'),
  json: flag('Print one JSON object at the end, nothing else'),
  profile: optional('Which faults may happen (swarm: any)', choice(PROFILE_NAMES)),
  replicas: optional('How many, instead of what the seed draws', whole(1, MOST_REPLICAS)),
  clients: optional('How many, instead of what the seed draws', whole(1)),
  seconds: optional('Simulated seconds of storm (20)', positive),
  until: optional('End the storm after so many simulated milliseconds', whole(1)),
  faults: optional('Only the faults with these numbers: 3,17, or none', faultNumbers),
});

type Known = ReturnType<typeof options>;

export const simulateProgram = (cpus: number): Program<Known> => ({
  name: 'simulate',
  usage: '$0 [options]\n\nPlays whole replicas in a simulated world full of faults, and checks everything.',
  options: options(cpus),
  examples: [
    ['$0 --minutes 60', 'a night'],
    ['$0 --seed 4711 --explain', 'what happened in a run'],
  ],
  goesWith: { explain: 'seed', steps: 'seed' },
  replaces: { seed: ['runs', 'minutes', 'from'], minutes: ['runs'], json: ['explain', 'steps'] },
});

/** Null where help was printed. `now`: milliseconds, from which fresh seeds are made. Throws UsageError. */
export async function readSimulateOptions(
  argv: readonly string[],
  now: number,
  cpus: number,
): Promise<SimulateOptions | null> {
  const line = await readCommandLine(argv, simulateProgram(cpus));
  if (line === null) return null;
  const { seed, from, runs, minutes, workers, explain, steps, json } = line.values;
  return {
    wishes: wishesOf(line.values),
    seed,
    from: from ?? Math.floor(now),
    runs,
    minutes: minutes ?? 0,
    workers,
    explain: steps ? 'steps' : explain ? 'story' : 'nothing',
    json,
  };
}

function wishesOf({ replicas, clients, seconds, until, profile, faults }: Values<Known>): Wishes {
  return {
    ...(replicas === undefined ? {} : { replicas }),
    ...(clients === undefined ? {} : { clients }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(until === undefined ? {} : { until }),
    ...(profile === undefined ? {} : { profile }),
    ...(faults === undefined ? {} : { faults }),
  };
}
