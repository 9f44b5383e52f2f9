/**
 * Whether what stands behind the last sound group can have been left by one unfinished write. A disk writes a sector whole or
 * not at all, so such a write leaves, inside the group's extent, sectors as they should be among sectors of zeros. Whatever
 * lies outside of that extent was written later, or is rot: then something acknowledged may be gone, and nothing is cut.
 */

import { readUint32 } from '../wire/bytes.js';
import type { GroupReader } from './group-reader.js';
import { BLOCK, type Extent, HEADER_BYTES, isGroupStart, roundUp, type Segment } from './log-format.js';

const SECTOR = 512;

/** `end` is behind the last sound group, `found` are the blocks behind it that are not zeros, ascending and not empty. */
export async function isUnfinishedWrite(
  reader: GroupReader,
  end: { readonly segment: number; readonly offset: number },
  found: readonly Extent[],
  segments: readonly Segment[],
): Promise<boolean> {
  const segment = found[0]?.segment ?? 0;
  // The write was for the end, or, where the group did not fit there, for the beginning of the next segment.
  const offset = segment === end.segment ? end.offset : 0;
  const isNear = segment === end.segment || segment === end.segment + 1;
  if (!isNear || found.some((extent) => extent.segment !== segment)) return false;
  const room = (segments.find(({ number }) => number === segment)?.size ?? 0) - offset;
  const last = Math.max(...found.map((extent) => extent.offset + extent.bytes));
  return last - offset <= roundUp(await extentOf(reader, segment, offset, room));
}

/** How far the group that was to be written at `offset` can have reached. */
async function extentOf(reader: GroupReader, segment: number, offset: number, room: number): Promise<number> {
  await reader.inspect(segment, offset);
  const at = reader.placeOf(offset);
  const block = reader.bytes.subarray(at, at + BLOCK);
  // Its first sector never came, and with it its length.
  if (isZeros(block.subarray(0, SECTOR))) return room;
  const length = readUint32(block, 8);
  if (isGroupStart(block) && length >= HEADER_BYTES && length <= room) return length;
  // Less than a sector: nothing but the very beginning of a header.
  return isZeros(block.subarray(SECTOR)) ? SECTOR : 0;
}

function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
