/**
 * One fault after another until the time is over. After each, writes must be acknowledged again, and mostly the cluster is given
 * the time to come together; else the next fault finds it still recovering. With five replicas two of them are hit at once at
 * times.
 */
import { messageOf } from '#src/base/errors.js';
import { elapse, until } from '../cluster/until.js';
import { type FaultKind, play, standsAlone } from './faults.js';
import type { Stage } from './stage.js';
import type { Tally } from './tally.js';

const shortestRestMs = 200;
const longestRestMs = 1_500;
const leaderShare = 0.5;
const companionShare = 0.4;
const gatherShare = 0.85;
/** Longer than any election, also on a machine that does other things. */
const progressMs = 30_000;

export interface Torment {
  readonly counts: ReadonlyMap<FaultKind, number>;
  /** The longest time without an acknowledged write around each fault. */
  readonly gapsMs: readonly number[];
}

export async function torment(
  stage: Stage,
  kinds: readonly FaultKind[],
  durationMs: number,
  tally: Tally,
): Promise<Torment> {
  const { crew, random, story } = stage;
  const deadline = performance.now() + durationMs;
  const counts = new Map<FaultKind, number>();
  const gapsMs: number[] = [];
  let next: FaultKind[] = [];
  while (performance.now() < deadline && story.allFine) {
    await elapse(random.between(shortestRestMs, longestRestMs));
    if (next.length === 0) next = random.some(kinds, kinds.length);
    const drawn = withCompanion(stage, next.splice(0, 1), kinds);
    for (const kind of drawn) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const gapEnds = tally.watchGap();
    const gathers = random.chance(gatherShare);
    try {
      await strike(stage, drawn);
      const before = tally.acknowledged;
      await until('an acknowledged write', () => tally.acknowledged > before, progressMs);
      if (gathers) await crew.whole();
    } catch (error) {
      story.found('other', messageOf(error));
    }
    gapsMs.push(gapEnds());
  }
  return { counts, gapsMs };
}

/** A second fault at the same time, on another replica. */
function withCompanion(
  { crew, random }: Stage,
  drawn: readonly FaultKind[],
  kinds: readonly FaultKind[],
): readonly FaultKind[] {
  const isWanted = random.chance(companionShare) && crew.all.length >= 5;
  const singles = kinds.filter((kind) => !standsAlone.includes(kind));
  if (!isWanted || singles.length === 0 || drawn.some((kind) => standsAlone.includes(kind))) return drawn;
  return [...drawn, random.pick(singles)];
}

async function strike(stage: Stage, kinds: readonly FaultKind[]): Promise<void> {
  const { crew, random } = stage;
  const hitsLeader = kinds.includes('kill-leader') || random.chance(leaderShare);
  const order = random.some(crew.all, crew.all.length);
  const leader = hitsLeader ? await crew.leader() : undefined;
  const targets = leader === undefined ? order : [leader, ...order.filter((i) => i !== leader)];
  await Promise.all(kinds.map((kind, i) => play(kind, stage, targets[i] ?? 0)));
}
