/**
 * A storm: a world under random faults and load, then calm, then judgement. Every seed draws its own kinds and rates of faults.
 * In the calm the highest replica must lead, everything pending must be answered, and all replicas must be equal.
 */

import type { Node } from './node.js';
import { Random } from './random.js';
import { World, type WorldOptions } from './world.js';

export interface StormResult {
  readonly writes: number;
  readonly reads: number;
  readonly faults: number;
  readonly world: World;
}

/** Load goes on into the calm. */
const LOAD_MS = 12_000;

type Fault = (world: World, random: Random) => void;

const up = (world: World): readonly Node[] => world.nodes.filter((node) => node.replica !== null);

const FAULTS: readonly Fault[] = [
  (world, random) => {
    const node = random.pick(world.nodes);
    if (node.replica === null) return;
    world.crash(node);
    world.at(random.below(1_500), () => {
      if (node.replica === null) world.start(node);
    });
  },
  (world, random) => {
    const leader = world.leader();
    if (leader === null) return;
    world.crash(leader);
    world.at(random.below(1_000), () => {
      if (leader.replica === null) world.start(leader);
    });
  },
  (world, random) => {
    for (const node of up(world)) world.crash(node);
    for (const node of world.nodes) {
      world.at(random.below(800), () => {
        if (node.replica === null) world.start(node);
      });
    }
  },
  (world, random) => {
    const node = random.pick(world.nodes);
    if (node.replica !== null) world.pause(node, 1 + random.below(1_500));
  },
  (world, random) => {
    const [a, b] = [random.pick(world.nodes), random.pick(world.nodes)];
    if (a !== b) world.cut(a, b);
  },
  (world, random) => {
    const [a, b] = [random.pick(world.nodes), random.pick(world.nodes)];
    if (a !== b) world.mute(a, b);
  },
  (world, random) => {
    const alone = random.pick(world.nodes);
    for (const node of world.nodes) if (node !== alone) world.cut(alone, node);
  },
  (world, random) => {
    const clogged = random.pick(world.nodes);
    for (const node of world.nodes) if (node !== clogged) world.clog(clogged, node);
  },
  (world, random) => {
    world.slowDisks.set(random.pick(world.nodes).name, random.pick([60, 90, 150]));
  },
  (world) => world.heal(),
];

export function storm(seed: number, story: string[] | null = null): StormResult {
  const random = new Random(seed ^ 0x5bd1e995);
  const options: WorldOptions = {
    seed,
    replicas: random.pick([1, 2, 3, 3, 3, 4, 5, 5]),
    reads: random.pick(['lease', 'lease', 'quorum']),
    delay: random.pick([
      [0.1, 0.5],
      [0.1, 5],
      [1, 40],
    ] as const),
    diskMs: random.pick([
      [0.2, 1],
      [0.2, 30],
      [80, 120],
    ] as const),
    loss: random.pick([0, 0, 0, 0.02, 0.2]),
  };
  const world = new World(options);
  world.story = story;
  world.startAll();
  const kinds = FAULTS.filter(() => random.chance(0.6));
  const everyMs = random.pick([100, 300, 1_000]);
  let faults = 0;
  const rage = (): void => {
    if (world.mono > 8_000) return;
    if (kinds.length > 0) {
      random.pick(kinds)(world, random);
      faults += 1;
    }
    world.at(random.below(2 * everyMs), rage);
  };
  world.at(random.below(1_500), rage);
  load(world, random, LOAD_MS);
  world.run(8_000);
  calm(world);
  return { writes: world.checks.writes, reads: world.checks.reads, faults, world };
}

function load(world: World, random: Random, untilMono: number): void {
  const everyMs = random.pick([2, 10, 50]);
  const act = (): void => {
    if (world.mono > untilMono) return;
    const node = random.pick(world.nodes);
    if (node.replica !== null) {
      if (random.chance(0.5)) world.input(node, { type: 'read', id: world.checks.asked(node) });
      else if (node.replica.canForward(world.mono)) {
        world.perform(node, node.put(`k${random.below(5)}`, `${node.name}${node.next}`, world.mono).effects);
      }
    }
    world.at(random.fraction() * 2 * everyMs, act);
  };
  world.at(0, act);
}

/** Everything is mended: the cluster has to come to rest, whole and equal. */
function calm(world: World): void {
  world.heal();
  world.loss = 0;
  world.slowDisks.clear();
  for (const node of world.nodes) if (node.replica === null) world.start(node);
  // Pauses end.
  world.run(1_500);
  const first = world.nodes[0];
  // Unsteadiness lasts FORGIVE_MS at most; the hand-back follows within two seconds.
  if (!world.run(40_000, () => world.leader() === first && agreed(world)))
    throw new Error(`the highest does not lead: ${where(world)}`);
  const ballot = first?.replica?.view(first.now(world.mono)).ballot.round;
  world.run(Math.max(0, LOAD_MS - world.mono) + 3_000);
  if (world.leader() !== first) throw new Error(`leadership moved on in the calm: ${where(world)}`);
  const after = first?.replica?.view(first.now(world.mono)).ballot.round;
  if (after !== ballot) throw new Error(`the leader changed its ballot in the calm, ${ballot} to ${after}`);
  world.checks.equal(world.nodes);
  world.checks.nothingWaits();
  for (const node of world.nodes) {
    const mark = node.machine.lastOf(node.store);
    const last = mark !== undefined && mark.incarnation === node.session.incarnation ? mark.last : 0;
    if (last !== node.next - 1) throw new Error(`${node.name} numbered ${node.next - 1}, applied ${last}`);
  }
}

/** Everybody follows one ballot. */
function agreed(world: World): boolean {
  return new Set(world.nodes.map((node) => node.replica?.view(node.now(world.mono)).ballot.round)).size === 1;
}

function where(world: World): string {
  return world.nodes
    .map((node) => {
      const view = node.replica?.view(node.now(world.mono));
      return `${node.name} ${view?.role ?? 'down'} ${view?.ineligible ?? ''} ${view?.decided ?? ''}: ${view?.waiting ?? ''}`;
    })
    .join(' | ');
}
