/** Records as plain pairs of key and entry, and the other way round. */

import { type Revision, revision } from '#src/base/ids.js';
import { Pair as Bytes } from '#src/kv/pair.js';
import {
  type History,
  keyAt,
  RecordEntry,
  type RecordPlace,
  recordBytes,
  recordBytesAt,
  writeRecord,
} from '#src/kv/record.js';
import type { Table } from '#src/kv/table.js';

export type Content = History & { readonly value: string };
export type Pair = readonly [string, Content];

export function bytesOf(key: string, value = ''): Bytes {
  const bytes = new Bytes();
  bytes.take(key, value);
  return bytes;
}

export function pairOf({ bytes, start }: RecordPlace): Pair {
  const { value, revision: at, created, version, deadline } = new RecordEntry(bytes, start);
  return [keyAt(bytes, start), { value, revision: at, created, version, deadline }];
}

/** What stands between the two places. */
export function pairsOf(bytes: Uint8Array, start: number, end: number): Pair[] {
  const buffer = Buffer.from(bytes);
  const pairs: Pair[] = [];
  for (let at = start; at < end; at += recordBytesAt(bytes, at)) {
    pairs.push(pairOf({ bytes: buffer, start: at, end }));
  }
  return pairs;
}

export function recordOf([key, entry]: Pair): RecordPlace {
  const bytes = Buffer.alloc(recordBytes(key.length, entry.value.length));
  writeRecord(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytesOf(key, entry.value), entry);
  return { bytes, start: 0, end: bytes.length };
}

/** All that a table holds, in order; nothing has changed as of a later revision than `at`. */
export function contents(table: Table, at: Revision = revision(Number.MAX_SAFE_INTEGER)): Pair[] {
  const cut = table.cut(at);
  const pairs = [...cut.walk()].map(pairOf);
  cut.release();
  return pairs;
}
