/**
 * Which faults a run may meet. Every seed draws its own few of the kinds that its profile allows, and how often each comes: a
 * run with all of them at once would never get far enough to be interesting (Groce et al., *Swarm Testing*).
 */

import type { Random } from '../world/random.js';
import { FAULT_KINDS, type FaultKind, type PlannedFault } from './planned-fault.js';

export interface Profile {
  readonly kinds: readonly FaultKind[];
  /** How likely each kind is to be among those of a seed. */
  readonly share: number;
  /** How often each kind comes, least and most; at least once in a run unless told. */
  readonly everyMs?: readonly [number, number];
  /** Snapshots are written in every run. */
  readonly keepsSnapshots?: true;
  /** Damage without limit; nothing but safety is checked. */
  readonly unlimitedDamage?: true;
}

const DAMAGE: readonly FaultKind[] = ['flip bits', 'wipe'];
const ROT: readonly FaultKind[] = [
  'flip bits of the log',
  'lose the end of the log',
  'lose a file of the log',
  'damage a snapshot',
];
const CRASHES: readonly FaultKind[] = [
  'kill',
  'kill the leader',
  'kill all',
  'crash during recovery',
  'restart in order',
];
const DISKS: readonly FaultKind[] = [
  'power loss',
  'power loss of all',
  'crash at a disk operation',
  'crash during recovery',
  'disk stall',
  'slow disk',
  'disk error',
  'disk full',
];
const NETWORK: readonly FaultKind[] = [
  'cut',
  'one-way cut',
  'isolate',
  'cut new leaders off',
  'split',
  'chain',
  'cut clients off',
  'break connections',
  'stick a connection',
  'slow way',
  'clog',
  'flap',
  'lose votes',
];
const TIME: readonly FaultKind[] = [
  'stop',
  'stop the leader',
  'stop within a task',
  'suspend',
  'slow loop',
  'clock drift',
  'wall clock jump',
];
const LEADERS: readonly FaultKind[] = [
  'kill the leader',
  'stop the leader',
  'drain',
  'restart in order',
  'restart with another priority',
  'cut new leaders off',
  'isolate',
  'one-way cut',
];

/** One leader after the other, with what the last one began still on its way. */
const SUCCESSIONS: readonly FaultKind[] = [
  'kill the leader',
  'stop the leader',
  'kill all',
  'isolate',
  'one-way cut',
  'split',
  'stick a connection',
  'slow way',
  'break connections',
];

/** Hearts beat, data stands still: who leads next does not know what the last one did. */
const LAGGING: readonly FaultKind[] = [
  'clog',
  'stick a connection',
  'kill the leader',
  'stop the leader',
  'isolate',
  'drain',
];

/** Grants that come late, from acceptors that are bound no longer. */
const LEASES: readonly FaultKind[] = [
  'leader late and unheard',
  'isolate',
  'one-way cut',
  'stop within a task',
  'suspend',
  'clock drift',
];

/** Logs that are trimmed, and replicas that need what was trimmed. */
const SNAPSHOTS: readonly FaultKind[] = [
  'crash with a snapshot under way',
  'snapshot error',
  'long absence',
  'disk stall',
  'kill',
  'power loss',
  'isolate',
  'kill the leader',
  'disk full',
  'break connections',
  'clog',
];

/** What is damaged in one place, and healed from others. */
const HEALING: readonly FaultKind[] = [
  'flip bits of the log',
  'lose the end of the log',
  'lose a file of the log',
  'damage a snapshot',
  'execute something else',
  'long absence',
  'kill',
  'kill all',
  'kill the leader',
  'power loss',
  'isolate',
  'restart in order',
];

/** Ends of logs that are lost just after a vote: leaders change all the time. */
const LOSSES: readonly FaultKind[] = [
  'lose the end of the log',
  'kill the leader',
  'stop the leader',
  'isolate',
  'drain',
  'kill',
];

const PROFILES = {
  swarm: { kinds: FAULT_KINDS, share: 0.25 },
  calm: { kinds: [], share: 0 },
  crashes: { kinds: CRASHES, share: 0.6 },
  disks: { kinds: [...DISKS, 'kill', 'flip bits'], share: 0.4 },
  network: { kinds: NETWORK, share: 0.35 },
  time: { kinds: [...TIME, 'isolate', 'one-way cut', 'cut'], share: 0.45 },
  leaders: { kinds: LEADERS, share: 0.6 },
  successions: { kinds: SUCCESSIONS, share: 0.6, everyMs: [250, 2_500] },
  lagging: { kinds: LAGGING, share: 0.8, everyMs: [250, 1_500] },
  leases: { kinds: LEASES, share: 0.7, everyMs: [250, 1_500] },
  learners: { kinds: ['wipe', 'kill', 'power loss', 'cut', 'stop', 'restart in order'], share: 0.7 },
  snapshots: { kinds: SNAPSHOTS, share: 0.5, keepsSnapshots: true },
  healing: { kinds: HEALING, share: 0.5, keepsSnapshots: true },
  losses: { kinds: LOSSES, share: 0.8, everyMs: [250, 2_500] },
  damage: { kinds: [...DAMAGE, ...ROT, ...DISKS, 'kill', 'isolate'], share: 0.4, unlimitedDamage: true },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof PROFILES;

export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

export function profileOf(name: ProfileName): Profile {
  return PROFILES[name];
}

/** Most runs may meet anything; the others stay in one area, and get to what takes several faults of one kind in a row. */
export function drawProfile(random: Random): ProfileName {
  return random.chance(0.6)
    ? 'swarm'
    : random.pick([
        'crashes',
        'disks',
        'network',
        'time',
        'leaders',
        'leaders',
        'learners',
        'snapshots',
        'healing',
      ] as const);
}

/** Kinds by chance, each with its own rate; the first ones soon, so that a cold start has its share. */
export function drawFaults(random: Random, profile: Profile, stormMs: number): PlannedFault[] {
  const { kinds, share, everyMs: span = [250, stormMs] } = profile;
  const chosen = kinds.filter(() => random.chance(share));
  if (chosen.length === 0 && kinds.length > 0) chosen.push(random.pick(kinds));
  const drawn = chosen.flatMap((kind) => {
    const everyMs = random.skewed(...span);
    const times: { kind: FaultKind; at: number }[] = [];
    for (let at = random.fraction() * everyMs; at < stormMs; at += 2 * everyMs * random.fraction() + 1)
      times.push({ kind, at });
    return times;
  });
  drawn.sort((a, b) => a.at - b.at);
  return drawn.map((fault, id) => ({ id, ...fault }));
}
