// A short run of each kind of fault on real processes, those of storage together: nothing acknowledged is lost, nothing
// stale is read, and replicas end with the same. SYNOD_LONG=1 adds five replicas, disks that fail, and links that are cut
// by the kernel where that is allowed.
import { expect } from 'chai';
import { type FaultKind, needsDisks } from './faults.js';
import { isFine, reportLine } from './report.js';
import { runChaos } from './run.js';
import type { RunOptions } from './run-options.js';
import { storageFaults } from './storage-faults.js';

const isLong = process.env.SYNOD_LONG !== undefined;
const kinds: readonly FaultKind[] = ['kill', 'kill-all', 'stop', 'cut', 'one-way'];
const short = { replicas: 3, durationMs: 2_000, network: 'proxies' } as const;
const long = { durationMs: 60_000, network: 'auto' } as const;

const runs: readonly Partial<RunOptions>[] = [
  ...kinds.map((kind) => ({ ...short, faults: [kind] })),
  { ...short, durationMs: 6_000, faults: storageFaults },
  ...(isLong ? [3, 5].map((replicas) => ({ ...long, replicas, faults: [...kinds, ...storageFaults] })) : []),
  ...(isLong ? [{ ...long, replicas: 3, faults: needsDisks }] : []),
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
      expect(report.transactions.done, story).to.be.greaterThan(0);
      expect(report.followed.changes, story).to.be.greaterThan(50);
    });
  });
});
