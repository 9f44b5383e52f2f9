/**
 * How much of its disk a replica may go on holding: a log that reaches back as far as its settings say, and two snapshots, with
 * what is being written, arrives, or was put aside. More for long is a log that nobody trims, or a file that nobody removes.
 */

import { DEFAULT_SNAPSHOTS, type Settings } from '#src/node/settings.js';
import type { SimDisk } from '../world/sim-disk.js';

/** Times as much log as makes a snapshot due: what the last one was of, and what comes in until the next is there. */
const SNAPSHOTS_BEHIND = 4;

/** The two that are never given up, the spare, the one that is being made, and one of which only a part is needed. */
const SEGMENTS = 5;

/** Two, the one before them until it is removed, one that is written, one that arrives, and one put aside for each reason. */
const SNAPSHOT_FILES = 8;

/** What is more than it may be, in words; null when nothing is. */
export function excess(disk: SimDisk, { snapshots = DEFAULT_SNAPSHOTS }: Pick<Settings, 'snapshots'>): string | null {
  const segments = sizesIn(disk, '/log/');
  const states = sizesIn(disk, '/snapshots/');
  if (states.length > SNAPSHOT_FILES) return `${states.length} files of snapshots`;
  const due = Math.max(snapshots.logBytes, ...states);
  const most = snapshots.keepLogBytes + SNAPSHOTS_BEHIND * due + SEGMENTS * Math.max(0, ...segments);
  const log = segments.reduce((sum, size) => sum + size, 0);
  return log > most ? `${log} bytes of log where ${most} are enough` : null;
}

function sizesIn({ names }: SimDisk, directory: string): number[] {
  return [...names].flatMap(([path, pages]) => (pages !== null && path.includes(directory) ? [pages.size] : []));
}
