/**
 * How a snapshot stands on disk, on the wire and in a backup: the same bytes everywhere. A file is chunks one behind the other,
 *
 *     length u32   of the content, at most CHUNK_BYTES
 *     crc    u32   crc32 of the content
 *     content      one byte for the kind, then what the kind holds
 *
 * in this order: one *header* (format version u16, then the fields of SnapshotHeader as JSON), *sessions* (in the order of
 * their store ids: store id 16, incarnation u64, last u64), *ids* (of ONCE, as snapshot-ids.ts has them, the oldest first),
 * *entries* (records as kv/record.ts has them, in the order of their keys) and one *trailer* (bytes of the whole file u64,
 * SHA-256 of all before the trailer's chunk). Ids never cross the end of a chunk. Entries never cross the end of a chunk;
 * one that is larger than a chunk is cut into chunks of *pieces*, which follow each other. Integers are big-endian. The
 * same state is the same bytes on every replica.
 *
 * A change is a new SNAPSHOT_FORMAT, which the header tells before anything that depends on it.
 */

import { crc32 } from 'node:zlib';
import { CodedError, messageOf } from '../base/errors.js';
import { type ReplicaName, type Revision, revision, type Slot, type StoreId, slot, storeId } from '../base/ids.js';
import { RECORD_HEAD_BYTES } from '../kv/record.js';
import { entryBytes } from '../kv/table-contents.js';
import type { ConfigurationValue, Seat } from '../paxos/value.js';
import { readInteger, readUint16, utf8, utf8Bytes, writeInteger, writeUint16, writeUint32 } from '../wire/bytes.js';
import { Fields } from '../wire/fields.js';
import { ID_HEAD_BYTES } from './snapshot-ids.js';

const SNAPSHOT_FORMAT = 4;

/** Content of a chunk at most. */
export const CHUNK_BYTES = 256 * 1024;

/** Length and CRC. */
export const CHUNK_HEAD_BYTES = 8;

export const HEADER_KIND = 1;
export const SESSIONS_KIND = 2;
export const IDS_KIND = 3;
export const ENTRIES_KIND = 4;
export const PIECE_KIND = 5;
export const TRAILER_KIND = 6;

export const SESSION_BYTES = 32;

const DIGEST_BYTES = 32;
const TRAILER_CONTENT = 1 + 8 + DIGEST_BYTES;
export const TRAILER_BYTES = CHUNK_HEAD_BYTES + TRAILER_CONTENT;

/** More seats than a cluster has. */
const MAX_SEATS = 1024;

const CLUSTER_ID = /^[0-9a-f]{64}$/;

/** What a snapshot says of the state that follows. */
export interface SnapshotHeader {
  /** 64 hex digits. */
  readonly clusterId: string;
  /** What the operator called the cluster. */
  readonly cluster: string;
  /** The last slot executed; 0 in what a restore makes, where the log has not begun. */
  readonly slot: Slot;
  /** Milliseconds since 1970 as the log has it. */
  readonly time: number;
  readonly revision: Revision;
  readonly configuration: ConfigurationValue | null;
  /** Digest of the founding slot, '' before it. */
  readonly founding: string;
  /** The running digest of everything executed: 16 hex digits. */
  readonly digest: string;
  /** The store that executed the state from the log: not always the one that wrote it down. Null in what a restore makes. */
  readonly lineage: StoreId | null;
  readonly keys: number;
  readonly sessions: number;
  /** Of ONCE: those that are kept, how many uses before them are forgotten, and the bytes of these and their replies. */
  readonly ids: number;
  readonly idsForgotten: number;
  readonly idsBytes: number;
  /** Of the data as the limit on it counts them. */
  readonly bytes: number;
}

/** What all records take. */
export function recordsBytes({ bytes, keys }: SnapshotHeader): number {
  return bytes - keys * (entryBytes(0, 0) - RECORD_HEAD_BYTES);
}

/** What the file takes, or a little more. */
export function expectedBytes(header: SnapshotHeader): number {
  const { sessions, ids, idsBytes } = header;
  const others = sessions * SESSION_BYTES + ids * ID_HEAD_BYTES + idsBytes;
  return Math.ceil((recordsBytes(header) + others) * 1.001) + CHUNK_BYTES;
}

/** The reason where not even the beginning is one: what is no snapshot at all is told of by this. */
export const NO_SNAPSHOT = 'it does not begin as a backup or a snapshot does';

export function damagedSnapshot(file: string, offset: number, reason: string): CodedError {
  const message = `${file} is damaged at byte ${offset}: ${reason}`;
  return new CodedError('snapshot-damaged', message, { file, offset, reason });
}

/** Puts length and CRC in front of the content that stands at `at` + CHUNK_HEAD_BYTES … `end`. */
export function sealChunk(target: Uint8Array, at: number, end: number): void {
  const content = at + CHUNK_HEAD_BYTES;
  writeUint32(target, at, end - content);
  writeUint32(target, at + 4, crc32(target.subarray(content, end)));
}

/** The content of the header's chunk. */
export function encodeHeader(header: SnapshotHeader): Uint8Array {
  const { clusterId, cluster, founding, digest, keys, bytes, configuration } = header;
  const seats = configuration?.seats.map(({ name, store }) => [name, store]) ?? [];
  const members = configuration === null ? [] : [configuration.nonce, seats];
  const point = [header.slot, header.time, header.revision];
  const counts = [keys, header.sessions, header.ids, header.idsForgotten, header.idsBytes, bytes];
  const text = utf8Bytes(
    JSON.stringify([clusterId, cluster, ...point, founding, digest, header.lineage, ...counts, members]),
  );
  const content = new Uint8Array(3 + text.length);
  content[0] = HEADER_KIND;
  writeUint16(content, 1, SNAPSHOT_FORMAT);
  content.set(text, 3);
  return content;
}

/** Throws `snapshot-damaged`, `newer-format` or `older-format`; `file` is for the message. */
export function decodeHeader(content: Uint8Array, file: string): SnapshotHeader {
  if (content[0] !== HEADER_KIND || content.length < 3) {
    throw damagedSnapshot(file, CHUNK_HEAD_BYTES, 'it does not begin with the header of a snapshot');
  }
  const format = readUint16(content, 1);
  if (format !== SNAPSHOT_FORMAT) {
    const code = format > SNAPSHOT_FORMAT ? 'newer-format' : 'older-format';
    const message = `${file} has format ${format}, and this program reads and writes ${SNAPSHOT_FORMAT} only`;
    throw new CodedError(code, message, { file, format });
  }
  try {
    return headerOf(new Fields(JSON.parse(utf8(content, 3, content.length)), 'the header'));
  } catch (error) {
    throw damagedSnapshot(file, CHUNK_HEAD_BYTES, messageOf(error));
  }
}

function headerOf(fields: Fields): SnapshotHeader {
  const clusterId = fields.text();
  if (!CLUSTER_ID.test(clusterId)) fields.refuse('it names no cluster');
  const header = {
    clusterId,
    cluster: fields.text(),
    slot: slot(fields.integer(0)),
    time: fields.milliseconds(),
    revision: revision(fields.integer(0)),
    founding: fields.digest(),
    digest: fields.digest(),
    lineage: lineageOf(fields.storeOrNull()),
    keys: fields.integer(0),
    sessions: fields.integer(0),
    ids: fields.integer(0),
    idsForgotten: fields.integer(0),
    idsBytes: fields.integer(0),
    bytes: fields.integer(0),
    configuration: configurationOf(fields.list(2)),
  };
  fields.done();
  return header;
}

function configurationOf(items: readonly unknown[]): ConfigurationValue | null {
  if (items.length === 0) return null;
  const fields = new Fields(items, 'the configuration');
  const nonce = fields.text();
  const seats = fields.list(MAX_SEATS).map(seatOf);
  fields.done();
  return { type: 'configuration', seats, nonce };
}

function lineageOf(store: string | null): StoreId | null {
  return store === null ? null : storeId(store);
}

function seatOf(item: unknown): Seat {
  const fields = new Fields(item, 'a seat');
  const name: ReplicaName = fields.name();
  const store = fields.storeOrNull();
  fields.done();
  return { name, store: store === null ? null : storeId(store) };
}

/** The trailer's chunk, behind `before` bytes with this SHA-256. */
export function encodeTrailer(before: number, digest: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(TRAILER_BYTES);
  chunk[CHUNK_HEAD_BYTES] = TRAILER_KIND;
  writeInteger(chunk, CHUNK_HEAD_BYTES + 1, before + TRAILER_BYTES);
  chunk.set(digest, CHUNK_HEAD_BYTES + 9);
  sealChunk(chunk, 0, TRAILER_BYTES);
  return chunk;
}

/**
 * The digest, as 64 hex digits, that the trailer of a file of `size` bytes tells; undefined when `content` is no such
 * trailer.
 */
export function decodeTrailer(content: Uint8Array, size: number): string | undefined {
  if (content.length !== TRAILER_CONTENT || content[0] !== TRAILER_KIND) return undefined;
  if (readInteger(content, 1) !== size) return undefined;
  return hexOf(content.subarray(9));
}

export function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex');
}
