/**
 * Puts a state into the form of snapshot-format.ts: packs records into chunks and writes them to an open file, in slices of the
 * event loop and flushes of a few megabytes, so that neither clients nor the log beside it have to wait. Where the file is
 * and what becomes of it is the business of snapshots.ts.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { StoreId } from '../base/ids.js';
import type { Kept } from '../kv/once-table.js';
import type { RecordPlace } from '../kv/record.js';
import type { SessionMark } from '../paxos/session.js';
import { writeHex16, writeInteger } from '../wire/bytes.js';
import type { OpenFile } from './files.js';
import { Slices } from './slices.js';
import {
  CHUNK_BYTES,
  CHUNK_HEAD_BYTES,
  ENTRIES_KIND,
  encodeHeader,
  encodeTrailer,
  hexOf,
  IDS_KIND,
  PIECE_KIND,
  SESSION_BYTES,
  SESSIONS_KIND,
  type SnapshotHeader,
  sealChunk,
  TRAILER_BYTES,
} from './snapshot-format.js';
import { idBytes, writeId } from './snapshot-ids.js';

/** More waiting for one flush would hold up the log's own writes. */
const FLUSH_BYTES = 4 * 1024 * 1024;

const MOST_BYTES = CHUNK_HEAD_BYTES + CHUNK_BYTES;

/** A chunk begins with so much memory and gets more as it fills: the snapshot of a small state is much smaller than a chunk. */
const FIRST_BYTES = 8 * 1024;

/** How many records are copied between two looks at the clock. */
const LOOK_EVERY = 128;

/** What is written, besides the header: sessions in the order of their stores, ids by age, records in the order of their keys. */
export interface SnapshotContents {
  readonly sessions: Iterable<readonly [StoreId, SessionMark]>;
  /** Of ONCE, the oldest first; pulled in slices. */
  readonly ids: Iterable<Kept>;
  /** Pulled in slices; a record is looked at before the next is pulled. */
  readonly records: Iterable<RecordPlace>;
}

/** Is awaited after every chunk of so many bytes; resolves to false when the work is to be given up. */
export type Pace = (bytes: number) => Promise<boolean>;

export interface WrittenSnapshot {
  readonly bytes: number;
  /** SHA-256 as the trailer tells it, 64 hex digits. */
  readonly digest: string;
}

export class SnapshotWriter {
  readonly #file: OpenFile;
  readonly #slices: Slices;
  readonly #pace: Pace;
  readonly #hash = createHash('sha256');
  /** The chunk that is filled, and the one that is being written meanwhile. */
  #chunk = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #other = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where the chunk's content ends so far; CHUNK_HEAD_BYTES while it is empty. */
  #at = CHUNK_HEAD_BYTES;
  #written = 0;
  #flushed = 0;

  constructor(file: OpenFile, clock: Clock, pace: Pace) {
    this.#file = file;
    this.#slices = new Slices(clock);
    this.#pace = pace;
  }

  /** Writes all of it, durably; null when the pace gave up. To be called once. */
  async write(header: SnapshotHeader, { sessions, ids, records }: SnapshotContents): Promise<WrittenSnapshot | null> {
    const content = encodeHeader(header);
    this.#grow(this.#at + content.length);
    this.#chunk.set(content, this.#at);
    this.#at += content.length;
    const isWhole =
      (await this.#emit(this.#takeChunk())) &&
      (await this.#writeSessions(sessions)) &&
      (await this.#writeIds(ids)) &&
      (await this.#writeRecords(records));
    if (!isWhole) return null;
    const digest = this.#hash.digest();
    await this.#file.write(encodeTrailer(this.#written, digest), this.#written);
    await this.#file.sync();
    return { bytes: this.#written + TRAILER_BYTES, digest: hexOf(digest) };
  }

  async #writeSessions(sessions: SnapshotContents['sessions']): Promise<boolean> {
    for (const [store, mark] of sessions) {
      const full = this.#makeRoom(SESSIONS_KIND, SESSION_BYTES);
      const at = writeHex16(this.#chunk, this.#at, store);
      this.#at = writeInteger(this.#chunk, writeInteger(this.#chunk, at, mark.incarnation), mark.last);
      if (full !== null && !(await this.#emit(full))) return false;
    }
    return this.#emit(this.#takeChunk());
  }

  async #writeIds(ids: SnapshotContents['ids']): Promise<boolean> {
    for (const kept of ids) {
      const full = this.#makeRoom(IDS_KIND, idBytes(kept));
      this.#at = writeId(this.#chunk, this.#at, kept);
      if (full !== null && !(await this.#emit(full))) return false;
    }
    return this.#emit(this.#takeChunk());
  }

  async #writeRecords(records: SnapshotContents['records']): Promise<boolean> {
    let untilLook = LOOK_EVERY;
    for (const { bytes, start, end } of records) {
      // A record is copied before anything is awaited: it is good only until the table changes.
      const size = end - start;
      if (1 + size > CHUNK_BYTES) {
        if (!(await this.#writePieces(Buffer.from(bytes.subarray(start, end))))) return false;
        continue;
      }
      const full = this.#makeRoom(ENTRIES_KIND, size);
      bytes.copy(this.#chunk, this.#at, start, end);
      this.#at += size;
      if (full !== null && !(await this.#emit(full))) return false;
      if (--untilLook > 0) continue;
      untilLook = LOOK_EVERY;
      if (this.#slices.isOver) await this.#slices.next();
    }
    return this.#emit(this.#takeChunk());
  }

  async #writePieces(large: Buffer): Promise<boolean> {
    if (!(await this.#emit(this.#takeChunk()))) return false;
    const most = CHUNK_BYTES - 1;
    for (let from = 0; from < large.length; from += most) {
      const piece = large.subarray(from, from + most);
      this.#makeRoom(PIECE_KIND, piece.length);
      this.#chunk.set(piece, this.#at);
      this.#at += piece.length;
      if (!(await this.#emit(this.#takeChunk()))) return false;
    }
    return true;
  }

  /** Makes the chunk one of `kind` with room for `bytes` more; returns the one before, complete, when it had to be closed. */
  #makeRoom(kind: number, bytes: number): Uint8Array | null {
    const isFull = this.#at + bytes > MOST_BYTES;
    const full = isFull ? this.#takeChunk() : null;
    const isNew = this.#at === CHUNK_HEAD_BYTES;
    this.#grow(this.#at + (isNew ? 1 : 0) + bytes);
    if (isNew) this.#chunk[this.#at++] = kind;
    return full;
  }

  #grow(bytes: number): void {
    if (bytes <= this.#chunk.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(2 * this.#chunk.length, MOST_BYTES)));
    this.#chunk.copy(grown, 0, 0, this.#at);
    this.#chunk = grown;
  }

  /** Closes the chunk and begins an empty one. The result is good until this is called twice more, and empty if the chunk was. */
  #takeChunk(): Uint8Array {
    const taken = this.#chunk.subarray(0, this.#at === CHUNK_HEAD_BYTES ? 0 : this.#at);
    if (taken.length > 0) sealChunk(taken, 0, taken.length);
    [this.#chunk, this.#other] = [this.#other, this.#chunk];
    this.#at = CHUNK_HEAD_BYTES;
    return taken;
  }

  /** False when the pace gives up. */
  async #emit(chunk: Uint8Array): Promise<boolean> {
    if (chunk.length === 0) return true;
    this.#hash.update(chunk);
    await this.#file.write(chunk, this.#written);
    this.#written += chunk.length;
    if (this.#written - this.#flushed >= FLUSH_BYTES) {
      await this.#file.sync();
      this.#flushed = this.#written;
    }
    const goesOn = await this.#pace(chunk.length);
    this.#slices.begin();
    return goesOn;
  }
}
