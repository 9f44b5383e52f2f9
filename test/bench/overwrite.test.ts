// SYNOD_LONG=1: ten minutes of overwriting the same keys at full speed use no more of the disk than two.
import { expect } from 'chai';
import { LocalCluster } from '../cluster/local-cluster.js';
import { overwrite } from './overwrite.js';

const minutes = process.env.SYNOD_LONG === undefined ? [] : [10];
const keys = 100_000;

for (const long of minutes) {
  describe('overwriting for minutes', function () {
    this.timeout((long + 5) * 60_000);

    it(`keeps the disks of all replicas within their bound for ${long} minutes`, async () => {
      const cluster = await LocalCluster.start();
      const lines: string[] = [];
      try {
        const findings = await overwrite(cluster, keys, long * 60_000, (line) => void lines.push(line));
        expect(findings, `${lines.join('\n')}\n${cluster.said()}`).to.deep.equal([]);
      } finally {
        await cluster.dispose();
      }
    });
  });
}
