// A short run of each kind of fault on real processes: nothing acknowledged is lost, nothing stale is read, and replicas end
// with the same. SYNOD_LONG=1 adds five replicas, disks that fail, and links that are cut by the kernel where that is allowed.
import { expect } from 'chai';
import type { FaultKind } from './faults.js';
import { isFine, reportLine } from './report.js';
import { runChaos } from './run.js';
import type { RunOptions } from './run-options.js';

const isLong = process.env.SYNOD_LONG !== undefined;
const kinds: readonly FaultKind[] = ['kill', 'kill-all', 'stop', 'cut', 'one-way'];
const short = { replicas: 3, durationMs: 2_000, network: 'proxies' } as const;
const long = { durationMs: 20_000, network: 'auto' } as const;

const runs: readonly Partial<RunOptions>[] = [
  ...kinds.map((kind) => ({ ...short, faults: [kind] })),
  ...(isLong ? [3, 5].map((replicas) => ({ ...long, replicas, faults: kinds })) : []),
  ...(isLong ? [{ ...long, replicas: 3, faults: ['disk', 'power'] as const }] : []),
];

describe('chaos', function () {
  this.timeout(240_000);

  runs.forEach((run, i) => {
    it(`${run.faults?.join(', ')} with ${run.replicas} replicas`, async () => {
      const common = { seed: i + 1, clients: 3, data: undefined, explain: false, replicas: 3, faults: [] };
      const report = await runChaos({ ...common, ...short, ...run }, () => undefined);
      const story = [reportLine(report), ...report.findings, `kept: ${report.evidence}`].join('\n');
      expect(isFine(report), story).to.equal(true);
      expect([...report.faults.keys()], story).to.not.deep.equal([]);
      expect(report.operations, story).to.be.greaterThan(50);
    });
  });
});
