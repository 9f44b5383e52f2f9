// Cores over a network that reorders and repeats, with crashes: safe at every moment, whole and equal afterwards.
// SYNOD_SEED=n runs one seed, SYNOD_LONG=1 many more.

import { expect } from 'chai';
import { Random } from './support/random.js';
import { Shuffle } from './support/shuffle.js';
import { World } from './support/world.js';

const FAULTS_MS = 3_000;

/** How many messages were repeated, and what was executed meanwhile. */
function run(seed: number): { readonly repeated: number; readonly writes: number } {
  const random = new Random(seed ^ 0x2545f491);
  const replicas = random.pick([3, 3, 5]);
  const world = new World({ seed, replicas, reads: random.pick(['lease', 'quorum']) });
  const shuffle = new Shuffle(world, random);
  world.startAll();
  const act = (): void => {
    const node = random.pick(world.nodes);
    if (node.replica !== null) {
      if (random.chance(0.5)) world.input(node, { type: 'read', id: world.checks.asked(node) });
      else if (node.replica.canForward(world.mono)) {
        world.perform(node, node.put('key', `${node.name}${node.next}`, world.mono).effects);
      }
    }
    if (world.mono < FAULTS_MS + 1_000) world.at(random.fraction() * 20, act);
  };
  world.at(0, act);
  const fail = (): void => {
    const node = world.leader() ?? random.pick(world.nodes);
    if (node.replica !== null) world.crash(node);
    world.at(random.below(500), () => {
      if (node.replica === null) world.start(node);
    });
    if (world.mono < FAULTS_MS) world.at(300 + random.below(900), fail);
  };
  world.at(500 + random.below(500), fail);
  world.run(FAULTS_MS + 1_000);
  shuffle.end();
  const whole = world.run(40_000, () => world.leader() === world.nodes[0]);
  expect(whole, 'the highest leads in the end').to.equal(true);
  world.run(2_000);
  world.checks.equal(world.nodes);
  world.checks.nothingWaits();
  return { repeated: shuffle.repeated, writes: world.checks.writes };
}

describe('a network that reorders and repeats', function () {
  this.timeout(15 * 60_000);

  const only = process.env.SYNOD_SEED;
  const count = process.env.SYNOD_LONG === undefined ? 20 : 300;
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];

  it('changes nothing but the time that things take', () => {
    let repeated = 0;
    let writes = 0;
    for (const seed of seeds) {
      try {
        const result = run(seed);
        repeated += result.repeated;
        writes += result.writes;
      } catch (error) {
        throw new Error(`seed ${seed} (SYNOD_SEED=${seed} npm test -- -g reorders)`, { cause: error });
      }
    }
    expect(repeated).to.be.greaterThan(200 * seeds.length);
    expect(writes).to.be.greaterThan(20 * seeds.length);
  });
});
