/**
 * BACKUP on one connection: a point at which a read is linearizable, then a snapshot cut after it, then `BACKUP <bytes> <digest>`
 * and that many raw bytes. The file is read a slice at a time, the next when the client has taken the last, so that neither a
 * large store nor a slow client costs memory, and everybody else is served between two slices.
 */

import { assert } from '../../base/assert.js';
import { CodedError } from '../../base/errors.js';
import type { Reply } from '../../wire/reply.js';
import type { BackupSource, ReadOutcome, Service } from '../service.js';
import { noBackup, readRefused } from './errors.js';

const SLICE_BYTES = 128 * 1024;

/** The connection, as the stream writes to it. */
export interface BackupOutput {
  /** Bytes that the client has not taken. */
  buffered(): number;
  /** Writes, and calls `look` at the end of this turn, and whenever all is taken. */
  send(bytes: Uint8Array | string): void;
  /** Instead of a backup; nothing was sent. */
  refuse(reply: Reply): void;
}

export interface BackupOptions {
  readonly service: Service;
  readonly requestTimeoutMs: number;
  /** Whether what this replica has will do, possibly stale. */
  readonly stale: boolean;
  readonly output: BackupOutput;
}

const READY = { type: 'ready' } as const;

export class BackupStream {
  readonly #options: BackupOptions;
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  /** Resolves when all is taken, refused or stopped. Rejects with a CodedError where it broke off after its first line. */
  async run(): Promise<void> {
    const source = await this.#source();
    if (source === null) return;
    try {
      if (!this.#stopped) await this.#sendAll(source);
    } finally {
      await source.close();
    }
  }

  /** The client may have taken something. */
  look(): void {
    if (!this.#stopped && this.#options.output.buffered() > 0) return;
    this.#wake?.();
    this.#wake = null;
  }

  /** The client has gone, or must go. */
  stop(): void {
    this.#stopped = true;
    this.look();
  }

  async #source(): Promise<BackupSource | null> {
    const { service, output, requestTimeoutMs, stale } = this.#options;
    // Never at once: a client may be served while the replica is about to exchange its state, and a backup is of what it
    // has then.
    const outcome = await (stale ? READY : readPoint(service));
    if (this.#stopped) return null;
    if (outcome.type !== 'ready') {
      output.refuse(readRefused(outcome, requestTimeoutMs / 1_000));
      return null;
    }
    try {
      return await service.backup();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (!this.#stopped) output.refuse(noBackup(error.message));
      return null;
    }
  }

  async #sendAll(source: BackupSource): Promise<void> {
    const { bytes: size, digest } = source.info;
    this.#options.output.send(`BACKUP ${size} ${digest}\r\n`);
    for (let offset = 0; offset < size && (await this.#taken()); ) {
      const bytes = await source.read(offset, Math.min(SLICE_BYTES, size - offset));
      assert(bytes.length > 0, 'a snapshot does not shrink');
      if (this.#stopped) return;
      this.#options.output.send(bytes);
      offset += bytes.length;
    }
    await this.#taken();
  }

  /** Resolves when the client has taken all that was sent: true to go on. */
  async #taken(): Promise<boolean> {
    if (!this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return !this.#stopped;
  }
}

function readPoint(service: Service): Promise<ReadOutcome> {
  return new Promise((resolve) => service.read(resolve));
}
