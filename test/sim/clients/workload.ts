/** What clients ask for: which keys, which mix of commands, how large values are, how fast. Drawn once a run. */

import type { Random } from '../world/random.js';
import type { Kind, Lifetime } from './history.js';

export interface Workload {
  readonly clients: number;
  readonly keys: number;
  /** Milliseconds after which clients go on to other keys; 0: never. */
  readonly epochMs: number;
  readonly thinkMs: readonly [number, number];
  /** Requests that a client has under way at most. */
  readonly depth: number;
  readonly putShare: number;
  readonly deleteShare: number;
  readonly existsShare: number;
  /** Of the puts, those whose keys are to go by themselves; as many again keep what there was of a lifetime. */
  readonly mortalShare: number;
  /** Of what clients set about: transactions, and writes under an id. */
  readonly transactionShare: number;
  readonly onceShare: number;
  /** Bytes of padding of a value, at most. */
  readonly paddingBytes: number;
  /** How long a client waits for an answer before it goes elsewhere. */
  readonly patienceMs: number;
  /** Clients that ask for what changes. */
  readonly followers: number;
  /** Clients that make backups. */
  readonly savers: number;
  /** Chance that a client goes to another replica although all is well. */
  readonly wander: number;
}

/** How many of the runs have so much in their values that what is bounded by bytes meets its bounds. */
const FLOODS = 0.02;

const FLOOD = { thinkMs: [300, 2_000], depth: 8, putShare: 0.5, paddingBytes: 500_000 } as const;

/** `clients`: asked for instead of drawn. */
export function drawWorkload(random: Random, clients: number | undefined): Workload {
  const deletes = random.chance(0.5);
  const drawn = 4 + random.below(8);
  const usual = {
    clients: clients ?? drawn,
    keys: random.pick([1, 2, 3, 5, 8]),
    epochMs: random.pick([0, 2_000, 5_000]),
    thinkMs: random.pick([
      [5, 120],
      [20, 150],
      [1, 200],
    ] as const),
    depth: random.pick([1, 1, 1, 2, 4, 8]),
    putShare: random.pick([0.3, 0.5, 0.7]),
    deleteShare: deletes ? random.pick([0.02, 0.1]) : 0,
    existsShare: deletes ? 0.05 : 0,
    mortalShare: 0,
    transactionShare: 0,
    onceShare: 0,
    paddingBytes: random.pick([0, 0, 60, 3_000, 12_000]),
    patienceMs: random.pick([700, 2_000, 6_500]),
    wander: random.pick([0, 0.01, 0.1]),
    followers: 0,
    savers: 0,
  };
  return random.chance(FLOODS) ? { ...usual, ...FLOOD, clients: clients ?? Math.min(drawn, 5) } : usual;
}

export function drawKind(random: Random, { putShare, deleteShare, existsShare }: Workload): Kind {
  const at = random.fraction();
  if (at < putShare) return 'put';
  if (at < putShare + deleteShare) return 'delete';
  return at < putShare + deleteShare + existsShare ? 'exists' : 'get';
}

/** From what is over before it is acknowledged to what outlasts leaders. */
export const LONGEST_LIFE_MS = 4_000;
const LIFETIMES_MS = [1, 20, 200, 1_000, LONGEST_LIFE_MS];

export function drawLifetime(random: Random, { mortalShare }: Workload): Lifetime {
  if (mortalShare === 0) return 'ever';
  const at = random.fraction();
  if (at < mortalShare) return 1 + random.below(random.pick(LIFETIMES_MS));
  return at < 2 * mortalShare ? 'kept' : 'ever';
}

export function drawKey(random: Random, { keys, epochMs }: Workload, now: number): string {
  const epoch = epochMs === 0 ? 0 : Math.floor(now / epochMs);
  return `k${random.below(keys)}.${epoch}`;
}

/** Half of all runs have none of one kind, a quarter none at all. */
export function drawErrands(random: Random): Pick<Workload, 'transactionShare' | 'onceShare'> {
  return { transactionShare: random.pick([0, 0, 0.1, 0.4]), onceShare: random.pick([0, 0, 0.05, 0.2]) };
}
