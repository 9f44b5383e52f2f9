/**
 * Stands between the log, which is opened first, and the driver, which is built on it: what the log says in between is kept.
 */

import { must } from '../base/assert.js';
import type { CodedError } from '../base/errors.js';
import type { Lsn } from '../base/ids.js';
import type { LogEvents } from '../store/log-writer.js';

export class LogRelay implements LogEvents {
  #listener: LogEvents | null = null;
  #failure: CodedError | null = null;
  #space: { readonly ok: boolean; readonly reason: string } | null = null;

  /** From here on `listener` is told everything, and first what was missed. */
  connect(listener: LogEvents): void {
    this.#listener = listener;
    if (this.#space !== null) listener.space(this.#space.ok, this.#space.reason);
    if (this.#failure !== null) listener.failed(this.#failure);
  }

  persisted(lsn: Lsn): void {
    must(this.#listener, 'a driver: nothing is appended without one').persisted(lsn);
  }

  failed(error: CodedError): void {
    this.#failure = error;
    this.#listener?.failed(error);
  }

  space(ok: boolean, reason: string): void {
    this.#space = { ok, reason };
    this.#listener?.space(ok, reason);
  }
}
