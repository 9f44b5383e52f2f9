/** What carries out a command that is not about the data, and what it has at hand. */

import type { Clock } from '../../base/clock.js';
import type { Revision } from '../../base/ids.js';
import type { Reply } from '../../wire/reply.js';
import type { Service } from '../service.js';
import type { Limits } from '../settings.js';
import type { ClientSession } from './client-session.js';
import type { Argv } from './request.js';

/** What a command may do to its own connection. */
export interface OwnConnection {
  readonly session: ClientSession;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Reads no further request. */
  quit(): void;
  /** Sends a snapshot, or why there is none. */
  backup(): void;
  /** Sends what changes in keys that begin so, above `from`, or from now on where that is null; or why not. */
  follow(prefix: string, from: Revision | null): void;
  /** All clients of this replica. */
  clients(): readonly ClientSession[];
}

/** Null: the connection answers by itself. */
export type Handler = (words: Argv, service: Service, own: OwnConnection) => Reply | null;
