/**
 * The second half of recovery: makes durable what the scan read, wipes what an unfinished write left, and gives segments
 * that were cut behind their last group their zeros back. All of it may be interrupted anywhere and done again. Groups are
 * written over themselves, because what was read may be only in memory: after an error the system forgets that a page was
 * never written, and a later fsync tells nothing of it.
 */

import type { StoreId } from '../base/ids.js';
import type { Files } from './files.js';
import { GroupReader } from './group-reader.js';
import { type Extent, segmentName } from './log-format.js';
import type { Scan } from './log-scan.js';

const CHUNK_BYTES = 1024 * 1024;

/** What a start found, a line each, for the operator. */
export interface Findings {
  /** What a crash cut short, and nobody relied on. */
  readonly dropped: readonly string[];
  /** What no crash leaves behind. */
  readonly damage: readonly string[];
}

export async function repairTail(files: Files, directory: string, store: StoreId, scan: Scan): Promise<Findings> {
  await rewrite(files, directory, store, scan.unsure);
  for (const extent of [...scan.torn, ...scan.short]) await erase(files, directory, extent);
  const made = scan.short.map(({ segment, bytes }) => {
    return `made ${directory}/${segmentName(segment)} whole again: it had lost ${bytes} bytes in which nothing had been written`;
  });
  const dropped = scan.torn.map((extent) => {
    const place = `${directory}/${segmentName(extent.segment)} at byte ${extent.offset}`;
    return `dropped ${extent.bytes} bytes of an unfinished write in ${place}: nobody was told that it was done`;
  });
  return { dropped, damage: [...scan.damage, ...made] };
}

async function rewrite(files: Files, directory: string, store: StoreId, extents: readonly Extent[]): Promise<void> {
  const reader = new GroupReader(files, directory, store, CHUNK_BYTES);
  try {
    for (const { segment, offset, bytes } of extents) {
      await reader.load(segment, offset);
      const at = reader.placeOf(offset);
      await writeDurably(files, directory, segment, offset, reader.bytes.subarray(at, at + bytes));
    }
  } finally {
    await reader.close();
  }
}

async function erase(files: Files, directory: string, { segment, offset, bytes }: Extent): Promise<void> {
  const zeros = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  for (let done = 0; done < bytes; done += zeros.length) {
    const length = Math.min(zeros.length, bytes - done);
    await writeDurably(files, directory, segment, offset + done, zeros.subarray(0, length));
  }
}

async function writeDurably(
  files: Files,
  directory: string,
  segment: number,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  const file = await files.open(`${directory}/${segmentName(segment)}`, 'durable');
  try {
    await file.write(bytes, offset);
  } finally {
    await file.close();
  }
}
