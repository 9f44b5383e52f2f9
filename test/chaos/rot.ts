/**
 * Damage to the files of a replica that does not run: bits that flip in a segment of its log or in a snapshot, or the end of such
 * a file that is gone. One file at a time, and what it was before is kept, for a replica that rightly refuses to start over it.
 */
import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../cluster/disk-use.js';
import type { Random } from '../sim/world/random.js';

const snapshotShare = 0.4;
const cutShare = 0.3;
const mostFlips = 3;
/** The rest hits what is there as zeros for later. */
const usedShare = 0.9;

export interface Rot {
  /** Below the data directory. */
  readonly file: string;
  /** For people. */
  readonly what: string;
  mend(): Promise<void>;
}

/** Damages something; undefined when there is nothing yet. */
export async function rotSomething(data: string, random: Random): Promise<Rot | undefined> {
  const file = await pickFile(data, random);
  if (file === undefined) return undefined;
  const path = join(data, file);
  const before = await readFile(path);
  const mend = async (): Promise<void> => {
    await rm(path, { force: true });
    await writeFile(path, before);
  };
  const used = random.chance(usedShare) ? usedBytes(before) : before.length;
  if (random.chance(cutShare)) {
    const bytes = random.below(used);
    await truncate(path, bytes);
    return { file, what: `${file} is cut from ${before.length} to ${bytes} bytes`, mend };
  }
  const flips = Array.from({ length: 1 + random.below(mostFlips) }, () => ({
    at: random.below(used),
    bit: random.below(8),
  }));
  const handle = await open(path, 'r+');
  try {
    for (const { at, bit } of flips) await handle.write(Uint8Array.of((before[at] ?? 0) ^ (1 << bit)), 0, 1, at);
  } finally {
    await handle.close();
  }
  return { file, what: `bits of ${file} flip at ${flips.map(({ at }) => at).join(', ')}`, mend };
}

async function pickFile(data: string, random: Random): Promise<string | undefined> {
  const snapshots = (await namesIn(data, 'snapshots')).filter((name) => name.endsWith('.snapshot'));
  const log = (await namesIn(data, 'log')).filter((name) => name.endsWith('.wal'));
  const isSnapshot = snapshots.length > 0 && random.chance(snapshotShare);
  const names = isSnapshot ? snapshots : log;
  return names.length === 0 ? undefined : `${isSnapshot ? 'snapshots' : 'log'}/${random.pick(names.toSorted())}`;
}

/** Up to the last byte that is not zero; all where there is none. */
function usedBytes(bytes: Uint8Array): number {
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return last < 0 ? bytes.length : last + 1;
}
