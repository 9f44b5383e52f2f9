/**
 * The client's side of BACKUP: takes the line that announces the snapshot, then exactly so many bytes, and writes them to a
 * file as they come, no more of them in memory than the connection delivers at a time. Whether they are a sound snapshot is
 * for its reader.
 */

import { CodedError } from '../../base/errors.js';
import type { Files, OpenFile } from '../../store/files.js';
import { excerpt } from '../../wire/quote.js';

/** What the replica announces. */
export interface BackupHead {
  readonly bytes: number;
  /** As the snapshot's trailer has it, 64 hex digits. */
  readonly digest: string;
}

export interface ReceiveOptions {
  /** What the replica sends. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly files: Files;
  readonly path: string;
  /** Whether a reply to READONLY comes first. */
  readonly stale: boolean;
  /** The first line is there. */
  begun(): void;
  progress(done: number, total: number): void;
}

/** Longer than any line of a reply that is none of ours. */
const MAX_LINE = 4_096;

/** More at once would hold up the log of a replica on the same disk. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** Of an answer that is none of ours. */
const SHOWN = 60;

const ANNOUNCED = /^BACKUP (\d{1,15}) ([0-9a-f]{64})$/;

/** Resolves when all bytes are there and durable. Rejects with a CodedError, or as `bytes` does. */
export async function receiveBackup(options: ReceiveOptions): Promise<BackupHead> {
  const { files, path, bytes, stale, begun } = options;
  const beginning = new Beginning(stale);
  let file: BackupFile | null = null;
  try {
    for await (const chunk of bytes) {
      if (file === null) {
        const head = beginning.push(chunk);
        if (head === null) continue;
        begun();
        file = new BackupFile(await files.open(path, 'create'), head, options);
        await file.take(beginning.rest);
      } else await file.take(chunk);
      if (file.isWhole) break;
    }
    if (file === null)
      throw brokenOff('before it announced a backup; --from takes the address at which it serves clients');
    if (!file.isWhole) throw brokenOff(`after ${file.done} of ${file.head.bytes} bytes`);
    await file.sync();
    return file.head;
  } finally {
    await file?.close();
  }
}

function refusal(text: string, stale: boolean): CodedError {
  const advice = '; --stale takes what this replica has, which may lack the last writes';
  const isOfUse = !stale && text.startsWith('NOQUORUM ');
  return new CodedError('refused', `the replica refuses: ${text}${isOfUse ? advice : ''}`);
}

function brokenOff(when: string): CodedError {
  return new CodedError('broken-off', `the replica closed the connection ${when}`);
}

/** The lines before the raw bytes. */
class Beginning {
  readonly #stale: boolean;
  #held = Buffer.alloc(0);

  constructor(stale: boolean) {
    this.#stale = stale;
  }

  /** What came behind the announcement. */
  get rest(): Uint8Array {
    return this.#held;
  }

  /** Null until the announcement is whole. Throws a CodedError for any other answer. */
  push(bytes: Uint8Array): BackupHead | null {
    this.#held = Buffer.concat([this.#held, bytes]);
    for (let line = this.#line(); line !== null; line = this.#line()) {
      const head = this.#read(line);
      if (head !== null) return head;
    }
    return null;
  }

  #line(): string | null {
    const end = this.#held.indexOf('\r\n');
    if (end < 0 && this.#held.length < MAX_LINE) return null;
    const line = this.#held.toString('latin1', 0, end < 0 ? MAX_LINE : end);
    this.#held = this.#held.subarray(line.length + 2);
    return line;
  }

  /** Null for the reply to READONLY. */
  #read(line: string): BackupHead | null {
    const [, bytes, digest] = ANNOUNCED.exec(line) ?? [];
    if (bytes !== undefined && digest !== undefined) return { bytes: Number(bytes), digest };
    if (this.#stale && line === 'OK') return null;
    const error = /^ERROR ([ -~]*)$/.exec(line);
    if (error !== null) throw refusal(error[1] ?? '', this.#stale);
    throw new CodedError('no-replica', `what answers there is no replica of this version: '${excerpt(line, SHOWN)}'`);
  }
}

class BackupFile {
  done = 0;
  readonly head: BackupHead;
  readonly #file: OpenFile;
  readonly #options: ReceiveOptions;
  #synced = 0;

  constructor(file: OpenFile, head: BackupHead, options: ReceiveOptions) {
    this.#file = file;
    this.head = head;
    this.#options = options;
  }

  get isWhole(): boolean {
    return this.done === this.head.bytes;
  }

  async take(bytes: Uint8Array): Promise<void> {
    if (this.done + bytes.length > this.head.bytes) {
      throw new CodedError(
        'snapshot-damaged',
        `the replica sent more than the ${this.head.bytes} bytes that it announced`,
      );
    }
    await this.#file.write(bytes, this.done);
    this.done += bytes.length;
    if (this.done - this.#synced >= SYNC_BYTES) await this.sync();
    this.#options.progress(this.done, this.head.bytes);
  }

  async sync(): Promise<void> {
    await this.#file.sync();
    this.#synced = this.done;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
