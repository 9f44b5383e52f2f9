// All replicas die at once while clients write. What was acknowledged is there when they are back.
import { expect } from 'chai';
import { killAllRound } from './kill-all.js';
import { LocalCluster } from './local-cluster.js';

const rounds = process.env.SYNOD_LONG === undefined ? 2 : 20;

describe('kill -9 of all replicas under load', function () {
  this.timeout(rounds * 200_000);

  it(`loses no acknowledged write (${rounds} rounds)`, async () => {
    const cluster = await LocalCluster.start();
    try {
      for (let round = 1; round <= rounds; round++) {
        const { acknowledged, missing, errors } = await killAllRound(cluster, round, 500);
        expect(acknowledged).to.be.greaterThan(100);
        expect(missing, `round ${round}\n${cluster.said()}`).to.deep.equal([]);
        expect(errors, `round ${round}\n${cluster.said()}`).to.deep.equal([]);
      }
    } finally {
      await cluster.dispose();
    }
  });
});
