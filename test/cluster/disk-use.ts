/** What a replica's data directory holds: files of the log and snapshots, finished and under way, with their sizes. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskUse {
  readonly segments: number;
  readonly logBytes: number;
  readonly snapshots: number;
  /** Finished or not. */
  readonly snapshotBytes: number;
  /** Of the newest finished one; 0: there is none. */
  readonly newestBytes: number;
}

interface Sized {
  readonly name: string;
  readonly bytes: number;
}

export async function diskUse(data: string): Promise<DiskUse> {
  const [log, snapshots] = await Promise.all([sizes(join(data, 'log')), sizes(join(data, 'snapshots'))]);
  const finished = snapshots
    .filter(({ name }) => name.endsWith('.snapshot'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    segments: log.length,
    logBytes: total(log),
    snapshots: finished.length,
    snapshotBytes: total(snapshots),
    newestBytes: finished.at(-1)?.bytes ?? 0,
  };
}

/** The names of files in a directory of the data; none where it is not there yet. */
export async function namesIn(data: string, directory: 'log' | 'snapshots'): Promise<readonly string[]> {
  return readdir(join(data, directory)).catch(onlyMissing([]));
}

async function sizes(directory: string): Promise<Sized[]> {
  const names = await readdir(directory).catch(onlyMissing([]));
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      bytes: (await stat(join(directory, name)).catch(onlyMissing({ size: 0 }))).size,
    })),
  );
  return found;
}

/** Files come and go while they are looked at. */
function onlyMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return instead;
  };
}

const total = (files: readonly Sized[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
