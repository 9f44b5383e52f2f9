/** What all client connections share; the client port provides it. */

import type { Clock } from '../../base/clock.js';
import type { Reader } from '../../kv/command.js';
import type { Meter } from '../../kv/meter.js';
import type { Logger } from '../logger.js';
import type { Service } from '../service.js';
import type { Limits } from '../settings.js';
import type { ChangeNews } from './change-news.js';
import type { ClientMemory } from './client-memory.js';
import type { ClientSession } from './client-session.js';
import type { FollowHub } from './follow-hub.js';
import type { Surroundings } from './request.js';

/** What is asked now and then whether it moves. */
export interface Watched {
  /** Closes it if it does not; false when there is nothing to watch any more. */
  sweep(): boolean;
}

/** One of them, as the others' port sees it. */
export interface Client extends Watched {
  readonly session: ClientSession;
  /** Sends what was gathered in this turn. */
  endOfTurn(): void;
  /** Takes no further request, answers those under way, then closes. */
  quit(): void;
}

export interface ClientContext {
  readonly service: Service;
  /** What clients' reads see. */
  readonly reader: Reader;
  /** Is told what they look at, one after the other. */
  readonly meter: Meter;
  readonly limits: Limits;
  /** What requests are held against. */
  readonly surroundings: Surroundings;
  readonly requestTimeoutMs: number;
  readonly memory: ClientMemory;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly news: ChangeNews;
  readonly hub: FollowHub;
  /** Backups under way on all connections. */
  backups: number;
  /** Work that may still be done in this turn, in words of requests; whoever finds none left waits for the next turn. */
  work: number;
  /** Of all clients of this replica, in the order in which they came. */
  sessions(): readonly ClientSession[];
  /** Calls the connection's `endOfTurn` at the end of this turn, once. */
  later(connection: Client): void;
  /** Calls the connection's `sweep` now and then, as long as that returns true. */
  watch(connection: Watched): void;
  /** It was sent all that it was due, and the end. */
  answered(connection: Client): void;
  closed(connection: Client): void;
}
