/**
 * An id of ONCE as it stands in a snapshot, with its command and what that answered:
 *
 *      0  time f64        16  length of the id u16                         20  id, reply (latin1)
 *      8  command u64     18  length of the reply u16, 65535 for none kept
 *
 * Integers are big-endian.
 */

import { isReply } from '../kv/kept-reply.js';
import { KEPT_REPLY_BYTES, type Kept } from '../kv/once-table.js';
import {
  latin1,
  readFloat64,
  readInteger,
  readUint16,
  writeFloat64,
  writeInteger,
  writeLatin1,
  writeUint16,
} from '../wire/bytes.js';

/** Without id and reply. */
export const ID_HEAD_BYTES = 20;

const NOT_KEPT = 0xffff;

export function idBytes({ id, reply }: Kept): number {
  return ID_HEAD_BYTES + id.length + (reply?.length ?? 0);
}

/** `target` has room for it. Returns the place behind it. */
export function writeId(target: Buffer, at: number, { id, time, command, reply }: Kept): number {
  writeFloat64(target, at, time);
  writeInteger(target, at + 8, command);
  writeUint16(target, at + 16, id.length);
  writeUint16(target, at + 18, reply?.length ?? NOT_KEPT);
  writeLatin1(target, at + ID_HEAD_BYTES, id);
  writeLatin1(target, at + ID_HEAD_BYTES + id.length, reply ?? '');
  return at + ID_HEAD_BYTES + id.length + (reply?.length ?? 0);
}

/** Null where no whole and proper one stands. */
export function readId(bytes: Uint8Array, at: number): Kept | null {
  if (at + ID_HEAD_BYTES > bytes.length) return null;
  const time = readFloat64(bytes, at);
  const command = readInteger(bytes, at + 8);
  const idEnd = at + ID_HEAD_BYTES + readUint16(bytes, at + 16);
  const length = readUint16(bytes, at + 18);
  const end = idEnd + (length === NOT_KEPT ? 0 : length);
  if (end > bytes.length || !(time >= 0) || command > Number.MAX_SAFE_INTEGER) return null;
  const id = latin1(bytes, at + ID_HEAD_BYTES, idEnd);
  const reply = length === NOT_KEPT ? null : latin1(bytes, idEnd, end);
  if (reply !== null && (reply.length > KEPT_REPLY_BYTES || !isReply(reply))) return null;
  return { id, time, command, reply };
}
