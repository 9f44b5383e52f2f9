/**
 * A key with its entry as bytes, the same in memory, in a snapshot and in a backup: writing a snapshot and starting from one copy
 * such bytes, and make nothing out of them.
 *
 *      0  length of the key u32     8  revision u64     24  version u64
 *      4  length of the value u32  16  created u64      32  key, value (latin1: one byte a character)
 *
 * Integers are big-endian. Reading does not check bounds: whoever takes records from outside does. A change here is a change of
 * the snapshot's format (snapshot-format.ts in the room above).
 */

import { type Revision, revision } from '../base/ids.js';
import { latin1, readInteger, readUint32, writeInteger, writeLatin1, writeUint32 } from '../wire/bytes.js';

/** A record without its key and value. */
export const RECORD_HEAD_BYTES = 32;

const VALUE_BYTES_AT = 4;
const REVISION_AT = 8;
const CREATED_AT = 16;
const VERSION_AT = 24;

/** What a key holds, and since when. */
export interface Content {
  readonly value: string;
  /** Of the command that last changed it. */
  readonly revision: Revision;
  /** Of the command that made the key (again, after a delete). */
  readonly created: Revision;
  /** How often it was written since it was made, from 1. */
  readonly version: number;
}

/** The same in the table, until its next change: what is not asked for is not read. */
export interface Entry extends Content {
  /** Length of the value. */
  readonly valueBytes: number;
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

export function keyAt(bytes: Uint8Array, at: number): string {
  const start = at + RECORD_HEAD_BYTES;
  return latin1(bytes, start, start + keyBytesAt(bytes, at));
}

/** Writes a record; `target` has room for it. */
export function writeRecord(target: Buffer, at: number, key: string, entry: Content): void {
  writeUint32(target, at, key.length);
  writeUint32(target, at + VALUE_BYTES_AT, entry.value.length);
  writeInteger(target, at + REVISION_AT, entry.revision);
  writeInteger(target, at + CREATED_AT, entry.created);
  writeInteger(target, at + VERSION_AT, entry.version);
  writeLatin1(target, at + RECORD_HEAD_BYTES, key);
  writeLatin1(target, at + RECORD_HEAD_BYTES + key.length, entry.value);
}

/** Writes another value of the same length over the one there, as of `at`: what a PUT does to a record. */
export function rewriteRecord(target: Buffer, at: number, value: string, changed: Revision): void {
  writeInteger(target, at + REVISION_AT, changed);
  writeInteger(target, at + VERSION_AT, versionAt(target, at) + 1);
  writeLatin1(target, at + RECORD_HEAD_BYTES + keyBytesAt(target, at), value);
}

/** Whether the record's key is this one. */
export function hasKey(bytes: Uint8Array, at: number, key: string): boolean {
  if (keyBytesAt(bytes, at) !== key.length) return false;
  const start = at + RECORD_HEAD_BYTES;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key.charCodeAt(i)) return false;
  return true;
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
    const start = this.#at + recordBytes(keyBytesAt(this.#bytes, this.#at), 0);
    return latin1(this.#bytes, start, start + valueBytesAt(this.#bytes, this.#at));
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
}
