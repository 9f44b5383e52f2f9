// Cores under random crashes, pauses, cuts and losses: a fast first net under the consensus rules. SYNOD_SEED=n runs one seed,
// SYNOD_LONG=1 many more.

import { expect } from 'chai';
import { storm } from './support/storm.js';

describe('a storm over a cluster of cores', function () {
  this.timeout(15 * 60_000);

  const only = process.env.SYNOD_SEED;
  const count = process.env.SYNOD_LONG === undefined ? 60 : 1_000;
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];

  it('leaves safety whole at every moment, and liveness when it is over', () => {
    let writes = 0;
    let reads = 0;
    for (const seed of seeds) {
      const story: string[] = [];
      try {
        const result = storm(seed, only === undefined ? null : story);
        writes += result.writes;
        reads += result.reads;
      } catch (error) {
        if (only !== undefined) process.stderr.write(`${story.join('\n')}\n`);
        throw new Error(`seed ${seed} (SYNOD_SEED=${seed} npm test -- -g storm)`, { cause: error });
      }
    }
    expect(writes).to.be.greaterThan(20 * seeds.length);
    expect(reads).to.be.greaterThan(20 * seeds.length);
  });
});
