/**
 * Looks at the snapshots of a data directory, each from end to end, and changes nothing. For an operator who wants to know what a
 * directory holds; a start verifies for itself what it uses.
 */

import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import type { Files } from './files.js';
import { readSnapshot, type SnapshotInfo } from './snapshot-reader.js';
import { listSnapshots, snapshotDirectory } from './snapshots.js';

export interface SnapshotsInspection {
  /** By ascending slot. */
  readonly sound: readonly SnapshotInfo[];
  /** What is wrong with the others, a sentence each. */
  readonly damage: readonly string[];
  /** Files that are no snapshots (yet, or any more): one that is being written or received, and what was set aside. */
  readonly others: readonly string[];
}

export async function inspectSnapshots(files: Files, clock: Clock, directory: string): Promise<SnapshotsInspection> {
  if (!(await files.list(directory)).includes('snapshots')) return { sound: [], damage: [], others: [] };
  const place = snapshotDirectory(directory);
  const refs = await listSnapshots(files, directory);
  const sound: SnapshotInfo[] = [];
  const damage: string[] = [];
  for (const { name, slot } of refs) {
    try {
      const info = await readSnapshot(files, `${place}/${name}`, clock, null);
      if (info.slot === slot) sound.push(info);
      else damage.push(`${place}/${name} holds slot ${info.slot}, not the one of its name`);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      damage.push(error.message);
    }
  }
  const names = new Set(refs.map(({ name }) => name));
  return { sound, damage, others: (await files.list(place)).filter((name) => !names.has(name)) };
}
