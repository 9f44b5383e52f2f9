/**
 * Reads a snapshot from end to end and believes nothing of it: every length before it is used, every CRC, the order of keys and
 * sessions, the counts that the header tells, and the digest of the whole. What it says stands only when all of that was
 * right, which is known at the very end. Works in slices of the event loop.
 */

import { createHash } from 'node:crypto';
import { must } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import { incarnation, type Slot, type StoreId, sequence, storeId } from '../base/ids.js';
import type { Kept } from '../kv/once-table.js';
import {
  compareKeys,
  createdAt,
  deadlineAt,
  keyBytesAt,
  RECORD_HEAD_BYTES,
  recordBytes,
  recordBytesAt,
  revisionAt,
  valueBytesAt,
  versionAt,
} from '../kv/record.js';
import { entryBytes } from '../kv/table-contents.js';
import type { SessionMark } from '../paxos/session.js';
import { byteAt, copyOf, readHex16, readInteger } from '../wire/bytes.js';
import type { ReadFile, ReadFiles } from './files.js';
import { Slices } from './slices.js';
import { ChunkReader } from './snapshot-chunks.js';
import {
  damagedSnapshot,
  decodeHeader,
  decodeTrailer,
  ENTRIES_KIND,
  HEADER_KIND,
  hexOf,
  IDS_KIND,
  PIECE_KIND,
  SESSION_BYTES,
  SESSIONS_KIND,
  type SnapshotHeader,
  TRAILER_BYTES,
  TRAILER_KIND,
} from './snapshot-format.js';
import { ID_HEAD_BYTES, idBytes, readId } from './snapshot-ids.js';

/** What a sound snapshot is. */
export interface SnapshotInfo {
  readonly slot: Slot;
  /** Of the whole file. */
  readonly bytes: number;
  readonly header: SnapshotHeader;
  /** SHA-256 as the trailer tells it, 64 hex digits. */
  readonly digest: string;
}

/** Takes in what a snapshot holds, in this order; all of it is worth nothing until the reading has resolved. */
export interface SnapshotVisitor {
  header(header: SnapshotHeader): void;
  session(store: StoreId, mark: SessionMark): void;
  /** Of ONCE. */
  id(kept: Kept): void;
  /** Whole records (kv/record.ts), good during the call only. */
  records(bytes: Uint8Array, start: number, end: number): void;
}

/**
 * Verifies the whole file and hands over what it holds; `visitor` null only verifies. Rejects with `snapshot-damaged`,
 * `newer-format`, or as the disk does.
 */
export async function readSnapshot(
  files: ReadFiles,
  path: string,
  clock: Clock,
  visitor: SnapshotVisitor | null,
): Promise<SnapshotInfo> {
  const file = await files.open(path, 'read');
  try {
    return await new SnapshotReader(file, path, await file.size(), clock, visitor).read();
  } finally {
    await file.close();
  }
}

/** What the header and the trailer say, each verified, and nothing between them. Rejects as `readSnapshot` does. */
export async function peekSnapshot(file: ReadFile, path: string): Promise<SnapshotInfo> {
  const size = await file.size();
  const first = new ChunkReader(file, path, size);
  await first.next();
  const header = decodeHeader(first.content, path);
  const last = new ChunkReader(file, path, size, Math.max(0, size - TRAILER_BYTES));
  await last.next();
  const digest = decodeTrailer(last.content, size);
  if (digest === undefined) throw damagedSnapshot(path, last.chunkAt, 'it does not end with a trailer');
  return { slot: header.slot, bytes: size, header, digest };
}

/**
 * Where the chunks from the start end that are sound by themselves: what is worth keeping of a file that is not whole yet.
 * What the disk does not give back is none of it.
 */
export async function soundPrefix(file: ReadFile, path: string, clock: Clock): Promise<number> {
  const size = await file.size();
  const chunks = new ChunkReader(file, path, size);
  const slices = new Slices(clock);
  while (await isSound(chunks)) if (slices.isOver) await slices.next();
  return chunks.end;
}

/** Moves to the next chunk if that can be read and is sound. */
async function isSound(chunks: ChunkReader): Promise<boolean> {
  try {
    return (await chunks.tryNext()) === null;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

class SnapshotReader {
  readonly #chunks: ChunkReader;
  readonly #path: string;
  readonly #size: number;
  readonly #slices: Slices;
  readonly #visitor: SnapshotVisitor | null;
  readonly #hash = createHash('sha256');
  #kind = HEADER_KIND;
  #sessions = 0;
  #ids = 0;
  #idsBytes = 0;
  #lastTime = 0;
  #keys = 0;
  #bytes = 0;
  #lastStore = '';
  /** The last record, or as much of it as its key takes, once there is one. */
  #lastRecord: DataView = new DataView(new ArrayBuffer(0));
  #lastAt = 0;
  #lastRevision = 0;
  /** Of the large entry whose pieces are being read. */
  readonly #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(file: ReadFile, path: string, size: number, clock: Clock, visitor: SnapshotVisitor | null) {
    this.#chunks = new ChunkReader(file, path, size);
    this.#path = path;
    this.#size = size;
    this.#slices = new Slices(clock);
    this.#visitor = visitor;
  }

  async read(): Promise<SnapshotInfo> {
    const chunks = this.#chunks;
    await this.#next();
    const header = decodeHeader(chunks.content, this.#path);
    this.#lastRevision = header.revision;
    this.#visitor?.header(header);
    for (;;) {
      this.#hash.update(chunks.whole);
      await this.#next();
      const kind = byteAt(chunks.content, 0);
      if (this.#pieces.length > 0 && kind !== PIECE_KIND) this.#refuse('a large entry is cut short');
      if (kind === TRAILER_KIND) break;
      if (kind <= HEADER_KIND || kind > TRAILER_KIND) this.#refuse(`a chunk has the unknown kind ${kind}`);
      if (kind === SESSIONS_KIND) {
        if (this.#kind > SESSIONS_KIND) this.#refuse('sessions stand behind entries');
        this.#readSessions(chunks.content);
      } else if (kind === IDS_KIND) {
        if (this.#kind > IDS_KIND) this.#refuse('ids stand behind entries');
        this.#readIds(chunks.content, header.time);
      } else if (kind === ENTRIES_KIND) this.#readRecords(chunks.content, 1);
      else this.#readPiece(chunks.content);
      this.#kind = kind;
    }
    return this.#finish(header);
  }

  #finish(header: SnapshotHeader): SnapshotInfo {
    const digest = decodeTrailer(this.#chunks.content, this.#size);
    if (digest === undefined) this.#refuse(`the trailer is not that of a file of ${this.#size} bytes`);
    if (this.#chunks.end !== this.#size) this.#refuse('something stands behind the trailer');
    if (this.#sessions !== header.sessions) this.#refuse(`${this.#sessions} sessions, not ${header.sessions}`);
    if (this.#ids !== header.ids) this.#refuse(`${this.#ids} ids, not ${header.ids}`);
    if (this.#idsBytes !== header.idsBytes) this.#refuse(`${this.#idsBytes} bytes of ids, not ${header.idsBytes}`);
    if (this.#keys !== header.keys) this.#refuse(`${this.#keys} keys, not ${header.keys}`);
    if (this.#bytes !== header.bytes) this.#refuse(`${this.#bytes} bytes of data, not ${header.bytes}`);
    if (hexOf(this.#hash.digest()) !== digest) this.#refuse('the digest of the whole is wrong');
    return { slot: header.slot, bytes: this.#size, header, digest };
  }

  async #next(): Promise<void> {
    if (this.#slices.isOver) await this.#slices.next();
    await this.#chunks.next();
  }

  #readSessions(content: Uint8Array): void {
    if ((content.length - 1) % SESSION_BYTES !== 0) this.#refuse('a session is cut short');
    for (let at = 1; at < content.length; at += SESSION_BYTES) {
      const store = storeId(readHex16(content, at));
      const life = readInteger(content, at + 16);
      const last = readInteger(content, at + 24);
      if (store <= this.#lastStore) this.#refuse('sessions are out of order');
      if (!isCount(life) || !isCount(last)) this.#refuse('a session has no proper numbers');
      this.#visitor?.session(store, { incarnation: incarnation(life), last: sequence(last) });
      this.#lastStore = store;
      this.#sessions++;
    }
  }

  #readIds(content: Uint8Array, now: number): void {
    for (let at = 1; at < content.length; ) {
      const kept = readId(content, at) ?? this.#refuse('an id is cut short, or no proper one');
      if (kept.time < this.#lastTime || kept.time > now) this.#refuse('ids are out of order');
      this.#visitor?.id(kept);
      this.#lastTime = kept.time;
      this.#ids++;
      this.#idsBytes += idBytes(kept) - ID_HEAD_BYTES;
      at += idBytes(kept);
    }
  }

  /** Records `start … content's end`, which make less work than a slice. */
  #readRecords(content: Uint8Array, start: number): void {
    if (start === content.length) this.#refuse('a chunk of entries is empty');
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    for (let at = start; at < content.length; ) at = this.#checkRecord(content, view, at);
    const last = this.#lastAt;
    const kept = copyOf(content, last, last + recordBytes(keyBytesAt(content, last), 0));
    this.#lastRecord = new DataView(kept.buffer);
    this.#lastAt = 0;
    this.#visitor?.records(content, start, content.length);
  }

  #readPiece(content: Uint8Array): void {
    this.#pieces.push(copyOf(content, 1, content.length));
    this.#pieceBytes += content.length - 1;
    const first = must(this.#pieces[0], 'the first piece');
    if (first.length < RECORD_HEAD_BYTES) this.#refuse('a large entry has no head');
    const size = recordBytesAt(first, 0);
    if (this.#pieceBytes > size) this.#refuse('a large entry is longer than its head says');
    if (this.#pieceBytes < size) return;
    this.#readRecords(Buffer.concat(this.#pieces), 0);
    this.#pieces.length = 0;
    this.#pieceBytes = 0;
  }

  /** Returns where the record ends. */
  #checkRecord(content: Uint8Array, view: DataView, at: number): number {
    if (at + RECORD_HEAD_BYTES > content.length) this.#refuse('an entry is cut short');
    const keyBytes = keyBytesAt(content, at);
    const valueBytes = valueBytesAt(content, at);
    const end = at + recordBytes(keyBytes, valueBytes);
    if (end > content.length) this.#refuse('an entry is longer than what holds it');
    const changed = revisionAt(content, at);
    const created = createdAt(content, at);
    const isProper =
      isCount(created) && created <= changed && changed <= this.#lastRevision && isCount(versionAt(content, at));
    if (!isProper) this.#refuse('an entry has no proper revision');
    if (deadlineAt(content, at) > Number.MAX_SAFE_INTEGER) this.#refuse('an entry has no proper deadline');
    if (this.#keys > 0 && compareKeys(this.#lastRecord, this.#lastAt, view, at) >= 0) {
      this.#refuse('keys are out of order');
    }
    this.#lastRecord = view;
    this.#lastAt = at;
    this.#keys++;
    this.#bytes += entryBytes(keyBytes, valueBytes);
    return end;
  }

  #refuse(reason: string): never {
    throw damagedSnapshot(this.#path, this.#chunks.chunkAt, reason);
  }
}

function isCount(n: number): boolean {
  return n >= 1 && n <= Number.MAX_SAFE_INTEGER;
}
