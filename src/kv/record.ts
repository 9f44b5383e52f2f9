/**
 * A key with its entry as bytes, the same in memory, in a snapshot and in a backup: writing a snapshot and starting from one copy
 * such bytes, and make nothing out of them.
 *
 *      0  length of the key u32     8  revision u64     24  version u64
 *      4  length of the value u32  16  created u64      32  deadline u64, 0 for none
 *     40  key, value (latin1: one byte a character)
 *
 * Integers are big-endian. Reading does not check bounds: whoever takes records from outside does. A change here is a change of
 * the snapshot's format (snapshot-format.ts in the room above).
 */

import { type Revision, revision } from '../base/ids.js';
import { copyTo, latin1, readInteger, readUint32, setInteger } from '../wire/bytes.js';
import type { Pair } from './pair.js';

/** A record without its key and value. */
export const RECORD_HEAD_BYTES = 40;

const VALUE_BYTES_AT = 4;
const REVISION_AT = 8;
const CREATED_AT = 16;
const VERSION_AT = 24;
const DEADLINE_AT = 32;

/** What is told of a key besides its value. */
export interface History {
  /** Of the command that last changed it. */
  readonly revision: Revision;
  /** Of the command that made the key (again, after a delete). */
  readonly created: Revision;
  /** How often it was written since it was made, from 1. */
  readonly version: number;
  /** When the key is to go: milliseconds since 1970 as the log has them, 0 for never. */
  readonly deadline: number;
}

/** What a key holds in the table, until its next change: what is not asked for is not read. */
export interface Entry extends History {
  readonly value: string;
  /** Length of the value. */
  readonly valueBytes: number;
  /** Bytes `from` to before `to` of the value, as far as it has them: the rest of it is not made. */
  slice(from: number, to: number): string;
}

/** Where a record stands, until the next change of the table. */
export interface RecordPlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export function recordBytes(keyBytes: number, valueBytes: number): number {
  return RECORD_HEAD_BYTES + keyBytes + valueBytes;
}

export function keyBytesAt(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at);
}

export function valueBytesAt(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at + VALUE_BYTES_AT);
}

/** Of the whole record. */
export function recordBytesAt(bytes: Uint8Array, at: number): number {
  return recordBytes(keyBytesAt(bytes, at), valueBytesAt(bytes, at));
}

export function revisionAt(bytes: Uint8Array, at: number): Revision {
  return revision(readInteger(bytes, at + REVISION_AT));
}

export function createdAt(bytes: Uint8Array, at: number): Revision {
  return revision(readInteger(bytes, at + CREATED_AT));
}

export function versionAt(bytes: Uint8Array, at: number): number {
  return readInteger(bytes, at + VERSION_AT);
}

export function deadlineAt(bytes: Uint8Array, at: number): number {
  return readInteger(bytes, at + DEADLINE_AT);
}

function valueAt(bytes: Uint8Array, at: number): number {
  return at + recordBytes(keyBytesAt(bytes, at), 0);
}

export function keyAt(bytes: Uint8Array, at: number): string {
  const start = at + RECORD_HEAD_BYTES;
  return latin1(bytes, start, start + keyBytesAt(bytes, at));
}

/** Where the key stands in the record's bytes. */
export function keyStartOf({ start }: RecordPlace): number {
  return start + RECORD_HEAD_BYTES;
}

export function keyEndOf({ bytes, start }: RecordPlace): number {
  return valueAt(bytes, start);
}

/** Writes a record; `target` has room for it. */
export function writeRecord(target: DataView, at: number, pair: Pair, history: History): void {
  const { view, keyStart, keyEnd, valueStart, valueEnd } = pair;
  target.setUint32(at, pair.keyBytes);
  target.setUint32(at + VALUE_BYTES_AT, pair.valueBytes);
  setInteger(target, at + REVISION_AT, history.revision);
  setInteger(target, at + CREATED_AT, history.created);
  setInteger(target, at + VERSION_AT, history.version);
  setInteger(target, at + DEADLINE_AT, history.deadline);
  copyTo(target, at + RECORD_HEAD_BYTES, view, keyStart, keyEnd);
  copyTo(target, at + recordBytes(pair.keyBytes, 0), view, valueStart, valueEnd);
}

/**
 * Writes another value of the same length over the one there, as of `changed`: what a PUT does to a record, whose version
 * rises to this.
 */
export function rewriteRecord(
  target: DataView,
  at: number,
  pair: Pair,
  changed: Revision,
  version: number,
  deadline: number,
): void {
  rewriteDeadline(target, at, changed, deadline);
  setInteger(target, at + VERSION_AT, version);
  copyTo(target, at + recordBytes(pair.keyBytes, 0), pair.view, pair.valueStart, pair.valueEnd);
}

/** Writes another deadline over the one there, as of `changed`. What the key holds is not written, so its version stays. */
export function rewriteDeadline(target: DataView, at: number, changed: Revision, deadline: number): void {
  setInteger(target, at + REVISION_AT, changed);
  setInteger(target, at + DEADLINE_AT, deadline);
}

/** Whether the record's key is that of the pair. */
export function hasKey(record: DataView, at: number, { view, keyStart, keyEnd }: Pair): boolean {
  if (record.getUint32(at) !== keyEnd - keyStart) return false;
  const shift = at + RECORD_HEAD_BYTES - keyStart;
  let i = keyStart;
  for (; i + 4 <= keyEnd; i += 4) if (record.getInt32(shift + i) !== view.getInt32(i)) return false;
  for (; i < keyEnd; i++) if (record.getUint8(shift + i) !== view.getUint8(i)) return false;
  return true;
}

/** Has the pair stand in a record, until that changes or moves. */
export function standIn(pair: Pair, { bytes, start, end }: RecordPlace): void {
  const keyEnd = valueAt(bytes, start);
  pair.stand(bytes, start + RECORD_HEAD_BYTES, keyEnd, keyEnd, end);
}

/** By the bytes of the keys: below 0, 0 or above 0, as the first is before, the same as or behind the second. */
export function compareKeys(one: DataView, at: number, other: DataView, otherAt: number): number {
  const length = one.getUint32(at);
  const otherLength = other.getUint32(otherAt);
  const end = RECORD_HEAD_BYTES + Math.min(length, otherLength);
  let i = RECORD_HEAD_BYTES;
  // Four bytes at once: a search in a large table does little else than this.
  for (; i + 4 <= end; i += 4) {
    const difference = one.getUint32(at + i) - other.getUint32(otherAt + i);
    if (difference !== 0) return difference;
  }
  for (; i < end; i++) {
    const difference = one.getUint8(at + i) - other.getUint8(otherAt + i);
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}

export class RecordEntry implements Entry {
  readonly #bytes: Uint8Array;
  readonly #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get value(): string {
    const start = valueAt(this.#bytes, this.#at);
    return latin1(this.#bytes, start, start + this.valueBytes);
  }

  slice(from: number, to: number): string {
    const start = valueAt(this.#bytes, this.#at);
    const end = Math.min(to, this.valueBytes);
    return from < end ? latin1(this.#bytes, start + from, start + end) : '';
  }

  get valueBytes(): number {
    return valueBytesAt(this.#bytes, this.#at);
  }

  get revision(): Revision {
    return revisionAt(this.#bytes, this.#at);
  }

  get created(): Revision {
    return createdAt(this.#bytes, this.#at);
  }

  get version(): number {
    return versionAt(this.#bytes, this.#at);
  }

  get deadline(): number {
    return deadlineAt(this.#bytes, this.#at);
  }
}
