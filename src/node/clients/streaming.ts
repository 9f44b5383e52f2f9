/**
 * What a connection sends for long in place of replies: a backup, or what changes. One at a time, and no request is taken
 * while it lasts. What the lines and bytes are is the streams' own business.
 */

import { CodedError } from '../../base/errors.js';
import type { Revision } from '../../base/ids.js';
import type { Syntax } from '../../wire/client-request.js';
import type { Reply } from '../../wire/reply.js';
import type { Connection } from '../ports.js';
import { BackupStream } from './backup-stream.js';
import type { ClientContext } from './client-context.js';
import { backupInResp, followInResp, tooManyBackups } from './errors.js';
import { Follow } from './follow.js';
import type { Output } from './output.js';

/** Each keeps a snapshot on the disk that may have been replaced long ago. */
const BACKUPS_AT_ONCE = 2;

/** The connection, as its streams see it. */
export interface StreamingHost {
  readonly connection: Connection;
  readonly output: Output;
  /** Behind what was sent. */
  reply(reply: Reply): void;
  /** Requests are taken again. */
  goOn(): void;
  /** No more of them are. */
  quit(): void;
}

export class Streaming {
  readonly #context: ClientContext;
  readonly #host: StreamingHost;
  #stream: BackupStream | Follow | null = null;

  constructor(context: ClientContext, host: StreamingHost) {
    this.#context = context;
    this.#host = host;
  }

  get isOn(): boolean {
    return this.#stream !== null;
  }

  /** `stale`: what this replica has will do. */
  backup(stale: boolean, syntax: Syntax): void {
    const { service, requestTimeoutMs, backups } = this.#context;
    const { connection, output, reply } = this.#host;
    if (syntax === 'resp' || backups >= BACKUPS_AT_ONCE) {
      reply(syntax === 'resp' ? backupInResp() : tooManyBackups(BACKUPS_AT_ONCE));
      return;
    }
    const backup = new BackupStream({
      service,
      requestTimeoutMs,
      stale,
      output: { buffered: () => connection.buffered, send: (bytes) => output.sendRaw(bytes), refuse: reply },
    });
    this.#stream = backup;
    void this.#run(backup);
  }

  follow(prefix: string, from: Revision | null, stale: boolean, syntax: Syntax): void {
    const { service, hub, memory, requestTimeoutMs } = this.#context;
    const { connection, output, reply, goOn, quit } = this.#host;
    if (syntax === 'resp') {
      reply(followInResp());
      return;
    }
    const endBy =
      (then: () => void) =>
      (last: Reply): void => {
        this.#stream = null;
        reply(last);
        then();
      };
    const lines = {
      buffered: () => connection.buffered,
      send: (text: string) => output.sendLines(text),
      refuse: endBy(goOn),
      finish: endBy(quit),
    };
    const follow = new Follow({ service, hub, memory, requestTimeoutMs, stale, prefix, from, output: lines });
    this.#stream = follow;
    follow.begin();
  }

  /** The client may have taken something. */
  look(): void {
    this.#stream?.look();
  }

  /** The client has gone. */
  stop(): void {
    this.#stream?.stop();
  }

  /** The connection is to end: those who follow are told where to go on, a backup is broken off. */
  quit(): void {
    if (this.#stream instanceof Follow) this.#stream.quit();
    else if (this.#stream !== null) this.#host.connection.destroy();
  }

  async #run(backup: BackupStream): Promise<void> {
    this.#context.backups++;
    try {
      await backup.run();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const { connection } = this.#host;
      this.#context.logger.warn('a backup broke off', { remote: connection.remote, reason: error.message });
      // The client has been told how many bytes to expect: only the end of the connection can say that they do not come.
      connection.destroy();
    } finally {
      this.#context.backups--;
      this.#stream = null;
    }
    this.#host.goOn();
  }
}
