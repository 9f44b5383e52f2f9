/**
 * Walks the chunks of a snapshot file, each verified by its CRC, through a window of memory. What stands in them, and in which
 * order, is for snapshot-reader.ts.
 */

import { crc32 } from 'node:zlib';
import { readUint32 } from '../wire/bytes.js';
import type { ReadFile } from './files.js';
import { CHUNK_BYTES, CHUNK_HEAD_BYTES, damagedSnapshot, NO_SNAPSHOT } from './snapshot-format.js';

/** Bytes read from the disk at once: at least one chunk. */
const WINDOW_BYTES = 1024 * 1024;

export class ChunkReader {
  /** Of the present chunk, good until the next call. */
  content: Uint8Array = new Uint8Array(0);
  chunkAt: number;
  /** Where the present chunk ends in the file: where the next begins. */
  end: number;
  readonly #file: ReadFile;
  readonly #path: string;
  readonly #size: number;
  readonly #window: Uint8Array;
  /** The window shows `filled` bytes from `from` on. */
  #from: number;
  #filled = 0;

  constructor(file: ReadFile, path: string, size: number, start = 0) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
    this.chunkAt = start;
    this.end = start;
    this.#from = start;
    this.#window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, size - start));
  }

  /** The present chunk as it stands in the file, length and CRC included. */
  get whole(): Uint8Array {
    return this.#view(this.chunkAt, this.end - this.chunkAt);
  }

  /** Moves to the next chunk. Rejects with `snapshot-damaged`. */
  async next(): Promise<void> {
    const reason = await this.tryNext();
    if (reason !== null) throw damagedSnapshot(this.#path, this.end, reason);
  }

  /** The same, except that it resolves to what is wrong, and stays where it is, or to null. */
  async tryNext(): Promise<string | null> {
    const at = this.end;
    if (!(await this.#load(at, CHUNK_HEAD_BYTES))) return `the file ends there, after ${this.#size} bytes`;
    const head = this.#view(at, CHUNK_HEAD_BYTES);
    const length = readUint32(head, 0);
    const crc = readUint32(head, 4);
    if (length === 0 || length > CHUNK_BYTES) {
      return at === 0 ? NO_SNAPSHOT : `a chunk has a length of ${length} bytes`;
    }
    if (!(await this.#load(at, CHUNK_HEAD_BYTES + length))) return `a chunk is cut short, after ${this.#size} bytes`;
    const content = this.#view(at + CHUNK_HEAD_BYTES, length);
    if (crc32(content) !== crc) return 'the checksum of a chunk is wrong';
    this.content = content;
    this.chunkAt = at;
    this.end = at + CHUNK_HEAD_BYTES + length;
    return null;
  }

  /** Has `bytes` bytes from `at` on in the window; false when the file has fewer. */
  async #load(at: number, bytes: number): Promise<boolean> {
    if (at + bytes > this.#size) return false;
    if (at >= this.#from && at + bytes <= this.#from + this.#filled) return true;
    this.#from = at;
    this.#filled = 0;
    const room = Math.min(this.#window.length, this.#size - at);
    this.#filled = await this.#file.read(this.#window.subarray(0, room), at);
    return bytes <= this.#filled;
  }

  #view(at: number, bytes: number): Uint8Array {
    const start = at - this.#from;
    return this.#window.subarray(start, start + bytes);
  }
}
