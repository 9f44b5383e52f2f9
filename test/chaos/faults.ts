/**
 * What is done to a cluster: each kind of fault from its beginning to its end, after which everything that it touched works
 * again. Whom it hits is decided by whoever calls; what else is left open is drawn from the run's chance.
 */
import { must } from '#src/base/assert.js';
import { elapse } from '../cluster/until.js';
import type { Disks } from './disks.js';
import type { Stage } from './stage.js';
import { playStorage, storageFaults } from './storage-faults.js';
import type { Way } from './wires.js';

export const faultKinds = [
  ...(['kill', 'kill-leader', 'kill-all', 'stop', 'cut', 'one-way', 'disk', 'full', 'power'] as const),
  ...storageFaults,
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** These hit everybody. */
const hitsAll: readonly FaultKind[] = ['kill-all', 'power'];
/** No other fault may be there at the same time: together they could be more than a majority can mend. */
export const standsAlone: readonly FaultKind[] = [...hitsAll, 'rot'];
export const needsDisks: readonly FaultKind[] = ['disk', 'full', 'power'];
export const needsWires: readonly FaultKind[] = ['cut', 'one-way'];

const stopLeases = 10;
const shortestMs = 300;
/** So often a replica that comes back is killed once more, while it recovers or soon after. */
const again = 0.25;
const againWithinMs = 800;

export function play(kind: FaultKind, stage: Stage, target: number): Promise<void> {
  switch (kind) {
    case 'kill':
    case 'kill-leader':
      return kill(stage, target);
    case 'kill-all':
      return killAll(stage);
    case 'stop':
      return stop(stage, target);
    case 'cut':
      return silence(stage, cutWays(stage, target), 'cut');
    case 'one-way':
      return silence(stage, oneWay(stage, target), 'one way cut');
    case 'disk':
      return disksOf(stage).canDie && stage.random.chance(0.5) ? deadDisk(stage, target) : fullDisk(stage, target);
    case 'full':
      return fullDisk(stage, target);
    case 'power':
      return power(stage);
    default:
      return playStorage(kind, stage, target);
  }
}

async function kill({ crew, random, story, longestMs }: Stage, target: number): Promise<void> {
  story.tell(`kill -9 of ${crew.name(target)}`);
  await crew.kill(target);
  await elapse(random.between(0, longestMs));
  crew.start(target);
  if (random.chance(again)) {
    await elapse(random.between(20, againWithinMs));
    story.tell(`kill -9 of ${crew.name(target)} once more`);
    await crew.kill(target);
    crew.start(target);
  }
  story.tell(`${crew.name(target)} is started`);
}

async function killAll(stage: Stage): Promise<void> {
  const { crew, random, story } = stage;
  story.tell('kill -9 of all');
  await Promise.all(crew.all.map((i) => crew.kill(i)));
  await startAll(stage);
  if (random.chance(again)) {
    await elapse(random.between(20, againWithinMs));
    story.tell('kill -9 of all once more');
    await Promise.all(crew.all.map((i) => crew.kill(i)));
    await startAll(stage);
  }
}

/** In any order, at once or one after the other. */
async function startAll({ crew, random, story }: Stage): Promise<void> {
  const spreadMs = random.pick([0, 200, 1_500]);
  for (const i of random.some(crew.all, crew.all.length)) {
    await elapse(random.between(0, spreadMs));
    crew.start(i);
  }
  story.tell('all are started');
}

async function stop({ crew, story, leaseMs }: Stage, target: number): Promise<void> {
  story.tell(`SIGSTOP of ${crew.name(target)}`);
  crew.pause(target);
  await elapse(stopLeases * leaseMs);
  crew.resume(target);
  story.tell(`SIGCONT of ${crew.name(target)}`);
}

async function silence(stage: Stage, ways: readonly Way[], what: string): Promise<void> {
  const { crew, random, story, longestMs } = stage;
  const wires = must(stage.wires, 'links that can be cut');
  story.tell(`${what}: ${ways.map(({ from, to }) => `${crew.name(from)}>${crew.name(to)}`).join(' ')}`);
  await wires.silence(ways);
  await elapse(random.between(shortestMs, longestMs));
  await wires.restore(ways);
  story.tell(`${what} is over`);
}

const bothWays = (ways: readonly Way[]): Way[] =>
  ways.flatMap(({ from, to }) => [
    { from, to },
    { from: to, to: from },
  ]);

/** One is alone, one link is broken, or two groups do not hear of each other. */
function cutWays({ crew: { all }, random }: Stage, target: number): readonly Way[] {
  const others = all.filter((i) => i !== target);
  const group = [target, ...random.some(others, random.below(others.length - 1))];
  const rest = all.filter((i) => !group.includes(i));
  return random.pick([
    () => bothWays(others.map((to) => ({ from: target, to }))),
    () => bothWays([{ from: target, to: random.pick(others) }]),
    () => bothWays(group.flatMap((from) => rest.map((to) => ({ from, to })))),
  ])();
}

/** Nobody hears one, one hears nobody, or one does not hear another. */
function oneWay({ crew: { all }, random }: Stage, target: number): readonly Way[] {
  const others = all.filter((i) => i !== target);
  return random.pick([
    () => others.map((to) => ({ from: target, to })),
    () => others.map((from) => ({ from, to: target })),
    () => [{ from: target, to: random.pick(others) }],
    () => [{ from: random.pick(others), to: target }],
  ])();
}

/** No reason to end: it says so, serves what it has, and goes on when there is room. */
async function fullDisk(stage: Stage, target: number): Promise<void> {
  const { crew, random, story, longestMs } = stage;
  const disks = disksOf(stage);
  story.tell(`the disk of ${crew.name(target)} is filled up`);
  await disks.fill(target);
  await elapse(random.between(shortestMs, longestMs));
  await disks.empty(target);
  story.tell(`the disk of ${crew.name(target)} has room`);
}

async function deadDisk(stage: Stage, target: number): Promise<void> {
  const { crew, random, story, longestMs } = stage;
  const disks = disksOf(stage);
  story.tell(`the disk of ${crew.name(target)} dies`);
  crew.mayEnd(target);
  await disks.die(target);
  await elapse(random.between(0, longestMs));
  const { alive } = crew.cluster.daemon(target);
  story.tell(`the disk of ${crew.name(target)} comes back; the process ${alive ? 'lives' : 'ended'}`);
  await crew.kill(target);
  await disks.revive(target);
  crew.start(target);
}

/** As a cut of the power: no disk keeps what was not synced. */
async function power(stage: Stage): Promise<void> {
  const { crew, story } = stage;
  const disks = disksOf(stage);
  story.tell('power cut');
  for (const i of crew.all) crew.mayEnd(i);
  await Promise.all(crew.all.map((i) => disks.die(i)));
  await Promise.all(crew.all.map((i) => crew.kill(i)));
  for (const i of crew.all) await disks.revive(i);
  await startAll(stage);
}

const disksOf = ({ disks }: Stage): Disks => must(disks, 'disks that can fail');
