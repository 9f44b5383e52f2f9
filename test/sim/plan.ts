/**
 * What one seed stands for, as plain data that can be told, trimmed and run again: the cluster, the load, and the faults with
 * their times. Everything that a run draws besides comes from streams of the same seed.
 */

import { BATCH_BYTES } from '#src/paxos/timing.js';
import { drawErrands, drawWorkload, type Workload } from './clients/workload.js';
import type { PlannedFault } from './faults/planned-fault.js';
import { drawFaults, drawProfile, type Profile, type ProfileName, profileOf } from './faults/profiles.js';
import type { ClusterShape } from './world/machine.js';
import { Random } from './world/random.js';
import type { Span } from './world/sim-disk.js';

export interface Plan {
  readonly seed: number;
  readonly shape: ClusterShape;
  readonly workload: Workload;
  /** When each replica is started for the first time. */
  readonly startMs: readonly number[];
  /** Faults happen until then; then everything is mended, and the cluster has to come to rest. */
  readonly stormMs: number;
  readonly delayMs: Span;
  readonly splitting: number;
  readonly writeMs: Span;
  readonly clockDrift: number;
  readonly wallErrorMs: number;
  readonly faults: readonly PlannedFault[];
  readonly profile: ProfileName;
}

/** What may be asked for instead of drawn. */
export interface Wishes {
  readonly replicas?: number;
  readonly clients?: number;
  readonly seconds?: number;
  readonly profile?: ProfileName;
  /** Milliseconds after which the storm ends early. */
  readonly until?: number;
  /** Of the faults drawn, only those with these ids. */
  readonly faults?: readonly number[];
}

/** The command that plays a plan again. */
export function replayCommand(seed: number, wishes: Wishes): string {
  const options = Object.entries(wishes).map(
    ([name, value]) => ` --${name} ${Array.isArray(value) ? value.join(',') || 'none' : value}`,
  );
  return `npm run simulate -- --seed ${seed}${options.join('')}`;
}

/** Small segments, for many of them; but the log must have room for whatever a leader may put into one slot. */
const LARGEST_BATCH_FITS = 2 * BATCH_BYTES;

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

export function drawPlan(seed: number, wishes: Wishes = {}): Plan {
  const random = new Random(seed, 'plan');
  const drawn = random.pick([3, 3, 3, 3, 3, 3, 5, 5, 1, 2, 4]);
  const drawnShape = drawShape(random, wishes.replicas ?? drawn);
  const stormMs = (wishes.seconds ?? 20) * 1_000;
  const endMs = Math.min(stormMs, wishes.until ?? stormMs);
  const profile = wishes.profile ?? drawProfile(new Random(seed, 'profile'));
  const faults = drawFaults(new Random(seed, 'faults'), profileOf(profile), stormMs);
  const workload = {
    ...drawWorkload(random, wishes.clients),
    ...drawErrands(new Random(seed, 'errands')),
    followers: new Random(seed, 'followers').pick([0, 0, 0, 1, 2]),
    savers: new Random(seed, 'savers').pick([0, 0, 0, 1]),
    mortalShare: new Random(seed, 'mortality').pick([0, 0.1, 0.4]),
  };
  const shape = {
    ...drawnShape,
    ...drawStorage(new Random(seed, 'storage'), drawnShape, workload, profileOf(profile)),
  };
  return {
    seed,
    shape,
    workload,
    startMs: drawStarts(new Random(seed, 'starts'), shape.names.length),
    stormMs: endMs,
    profile,
    faults: faults.filter(({ id, at }) => at < endMs && (wishes.faults?.includes(id) ?? true)),
    delayMs: random.pick([
      [0.05, 0.3],
      [0.05, 0.3],
      [0.1, 3],
      [1, 20],
    ] as const),
    splitting: random.pick([0, 0, 0.05]),
    writeMs: random.pick([
      [0.1, 0.6],
      [0.1, 0.6],
      [0.3, 8],
    ] as const),
    clockDrift: random.pick([0, 0.0001, 0.0099]),
    wallErrorMs: random.pick([0, 50, 5_000, 3_600_000]),
  };
}

function drawShape(random: Random, replicas: number): Omit<ClusterShape, 'snapshots' | 'checkpointSlots'> {
  const names = NAMES.slice(0, replicas);
  const byPlace = names.map((_, index) => replicas - index);
  const equal = names.map(() => 1);
  const fastest = random.chance(0.15);
  return {
    names,
    priorities: random.pick([byPlace, byPlace, random.some(byPlace, replicas), equal]),
    heartbeatMs: fastest ? 100 : 50,
    leaseMs: fastest ? 1_000 : 300,
    reads: random.pick(['lease', 'lease', 'lease', 'quorum']),
    requestTimeoutMs: random.pick([500, 2_000, 5_000]),
    segments: random.pick([
      { first: 65_536, largest: LARGEST_BATCH_FITS },
      { first: 65_536, largest: 2 * LARGEST_BATCH_FITS },
      { first: 262_144, largest: LARGEST_BATCH_FITS },
    ]),
  };
}

/** How many of the runs begin without a minority: the cluster is founded with empty seats, which are filled when those come. */
const LATE_STARTS = 0.1;

function drawStarts(random: Random, replicas: number): number[] {
  const starts = new Array<number>(replicas).fill(0);
  const minority = Math.floor((replicas - 1) / 2);
  if (minority === 0 || !random.chance(LATE_STARTS)) return starts;
  for (const late of random.some([...starts.keys()], 1 + random.below(minority)))
    starts[late] = random.skewed(200, 10_000);
  return starts;
}

type Storage = Pick<ClusterShape, 'segments' | 'snapshots' | 'checkpointSlots'>;

/** Every value of a run fits into a segment of this size, where values are short. */
const SMALLEST_SEGMENT = 65_536;
const SHORT_PADDING = 60;

/** A log that keeps fewer than are under way makes snapshots of everything that is a moment late. */
const KEPT_VALUES = 64;

/**
 * In one run of five the log is kept for ever, as on a quiet cluster; in the others it is written down and trimmed again
 * and again.
 */
function drawStorage(
  random: Random,
  { segments }: Pick<ClusterShape, 'segments'>,
  { paddingBytes }: Workload,
  { keepsSnapshots }: Profile,
): Storage {
  const never = random.chance(0.2) && keepsSnapshots !== true;
  const snapshots = {
    logBytes: Math.floor(Math.max(KEPT_VALUES * paddingBytes, random.skewed(16_384, 262_144))),
    keepSlots: Math.floor(random.skewed(20, 2_000)),
    keepLogBytes: Math.floor(Math.max(KEPT_VALUES * paddingBytes, random.skewed(16_384, 1_048_576))),
  };
  const checkpointSlots = random.pick([10, 50, 200]);
  if (never) return { segments, snapshots: undefined, checkpointSlots };
  const tiny = { first: SMALLEST_SEGMENT, largest: SMALLEST_SEGMENT };
  return {
    segments: paddingBytes <= SHORT_PADDING && random.chance(0.6) ? tiny : segments,
    snapshots,
    checkpointSlots,
  };
}
