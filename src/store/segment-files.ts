/**
 * Makes segment files: filled with zeros to their full size before they get their name, so that a later write into them needs
 * no room and no change of the file system's own records. A file that was not finished has another name and is removed at the
 * next start.
 */

import type { Files } from './files.js';
import { type Segment, segmentName } from './log-format.js';

/** Bytes of the first segment and of the largest; each is twice the one before. Multiples of 4096. */
export interface SegmentSizes {
  readonly first: number;
  readonly largest: number;
}

/** Small enough for a start in no time, large enough that a busy log begins a segment every few seconds at most. */
export const DEFAULT_SIZES: SegmentSizes = { first: 4 * 1024 * 1024, largest: 64 * 1024 * 1024 };

const UNFINISHED = '.new';
const CHUNK_BYTES = 1024 * 1024;
const RESERVE_BYTES = 16 * 1024 * 1024;

const zeros = new Uint8Array(CHUNK_BYTES);

/** Never smaller than the one before, also where `largest` was lowered: a smaller file is a file cut short. */
export function nextSize(before: number, sizes: SegmentSizes): number {
  return Math.max(before, Math.min(2 * before, sizes.largest));
}

/**
 * Makes a segment that begins with `start`. `pace` is awaited between chunks and resolves to false when the work is to be
 * given up; then, and after a failure, nothing is left but what the next start removes. Resolves to whether it was made.
 */
export async function makeSegment(
  files: Files,
  directory: string,
  segment: Segment,
  start: Uint8Array,
  pace: () => Promise<boolean>,
): Promise<boolean> {
  const path = `${directory}/${segmentName(segment.number)}`;
  const file = await files.open(path + UNFINISHED, 'create');
  let isWhole = true;
  try {
    await file.write(start, 0);
    for (let at = start.length; at < segment.size && isWhole; at += CHUNK_BYTES) {
      await file.write(zeros.subarray(0, Math.min(CHUNK_BYTES, segment.size - at)), at);
      // Now rather than all at the end: a flush of many megabytes would hold up the log's own writes.
      await file.sync();
      isWhole = await pace();
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (!isWhole) return false;
  await files.rename(path + UNFINISHED, path);
  await files.syncDirectory(directory);
  return true;
}

/** Removes what `makeSegment` did not finish. */
export async function removeUnfinished(files: Files, directory: string): Promise<void> {
  const names = await files.list(directory);
  for (const name of names) if (name.endsWith(UNFINISHED)) await files.unlink(`${directory}/${name}`);
}

/** Nothing to begin with: all zeros. */
export const EMPTY_START = new Uint8Array(0);

/** What must be free for a new segment: something is left over, so that the log is not what fills the disk. */
export function spaceNeeded(size: number): number {
  return size + Math.min(size, RESERVE_BYTES);
}
