// Disk use that is bounded and flat passes; one that is not is found out, from the first sample beyond the bound.
import { expect } from 'chai';
import { type DiskSample, diskFindings } from './disk-verdict.js';

const MiB = 1024 ** 2;
const minutes = 10;

/** One sample every ten seconds. */
function samples(logMiB: (minute: number) => number, snapshotMiB = 12): DiskSample[] {
  return Array.from({ length: minutes * 6 + 1 }, (_, i) => {
    const logBytes = logMiB(i / 6) * MiB;
    const snapshotBytes = 2 * snapshotMiB * MiB;
    const newestBytes = snapshotMiB * MiB;
    return { atMs: i * 10_000, use: { segments: 5, logBytes, snapshots: 2, snapshotBytes, newestBytes } };
  });
}

const cases: readonly [what: string, samples: readonly DiskSample[], findings: readonly RegExp[]][] = [
  ['a log that is trimmed', samples((minute) => Math.min(256, minute * 600) + (minute % 1) * 64), []],
  ['a log up to the bound', samples(() => 1024 + 12), []],
  ['a log beyond it', samples(() => 1024 + 13), [/^a used 1,037 MiB of log, 24 MiB of snapshots after 0 s/]],
  ['a log beyond it for a moment', samples((minute) => (minute === 4 ? 1100 : 300)), [/after 240 s/]],
  ['more with large snapshots', samples(() => 1024 + 300, 300), []],
  ['slow growth', samples((minute) => 300 + 30 * minute), [/goes on growing: 474 MiB at most .* 624 in/]],
  ['what a segment more or less makes', samples((minute) => 300 + 12 * minute), []],
  ['growth of a run too short to tell', samples((minute) => 300 + 100 * minute).slice(0, 20), []],
];

describe('the verdict on disk use', () => {
  for (const [what, given, findings] of cases) {
    it(`of ${what}`, () => {
      const found = diskFindings('a', given);
      expect(found, found.join('\n')).to.have.lengthOf(findings.length);
      findings.forEach((finding, i) => void expect(found[i]).to.match(finding));
    });
  }
});
