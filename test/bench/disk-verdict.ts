/** Whether what replicas kept on their disks over a time stayed bounded, and did not go on growing. */
import type { DiskUse } from '../cluster/disk-use.js';
import { whole } from './report.js';

const MiB = 1024 ** 2;
const mostSnapshots = 3;
const beyondSnapshots = 1024 * MiB;
/** A run that is shorter is over before the log is as long as it gets. */
const leastForGrowthMs = 4 * 60_000;
/** Two segments of the largest size may be there or gone when somebody looks. */
const growthAllowed = 128 * MiB;

/** What one replica's disk held after so many milliseconds. */
export interface DiskSample {
  readonly atMs: number;
  readonly use: DiskUse;
}

const usedBytes = ({ logBytes, snapshotBytes }: DiskUse): number => logBytes + snapshotBytes;
export const inMiB = (bytes: number): string => whole(bytes / MiB);

/** One line for each thing that is wrong with replica `name`. */
export function diskFindings(name: string, samples: readonly DiskSample[]): string[] {
  const findings: string[] = [];
  const over = samples.find(({ use }) => usedBytes(use) > mostSnapshots * use.newestBytes + beyondSnapshots);
  if (over !== undefined) {
    const { atMs, use } = over;
    const parts = `${inMiB(use.logBytes)} MiB of log, ${inMiB(use.snapshotBytes)} MiB of snapshots`;
    findings.push(
      `${name} used ${parts} after ${seconds(atMs)}, more than ${mostSnapshots} × its snapshot (${inMiB(use.newestBytes)} MiB) + 1 GiB`,
    );
  }
  const durationMs = samples.at(-1)?.atMs ?? 0;
  if (durationMs < leastForGrowthMs) return findings;
  const most = (from: number, to: number): number =>
    samples
      .filter(({ atMs }) => atMs >= from * durationMs && atMs <= to * durationMs)
      .reduce((largest, { use }) => Math.max(largest, usedBytes(use)), 0);
  const [before, after] = [most(0, 1 / 2), most(1 / 2, 1)];
  if (after > before + growthAllowed) {
    findings.push(
      `${name} goes on growing: ${inMiB(before)} MiB at most in the first half, ${inMiB(after)} in the second`,
    );
  }
  return findings;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
