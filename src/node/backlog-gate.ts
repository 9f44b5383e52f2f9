/**
 * Keeps a replica whose disk does not take what it accepts from holding all of it in memory: beyond a limit, messages that would
 * make new records with values are dropped before they reach the core, as if the network had lost them. They are sent again, or
 * fetched, when the disk goes on. Everything else still passes, so that the replica stays a part of the cluster.
 */

import type { PeerMessage } from '../paxos/message.js';
import type { ReplicaLog } from '../store/log.js';
import type { Logger } from './logger.js';

/** Far more than waits while a disk works, however slowly: a leader has 16 MiB under way. */
export const BACKLOG_BYTES = 64 * 1024 * 1024;

export class BacklogGate {
  readonly #log: Pick<ReplicaLog, 'backlog'>;
  readonly #logger: Logger;
  #isClosed = false;

  constructor(log: Pick<ReplicaLog, 'backlog'>, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  /** False when the message has to be dropped. The log hears of both ends of such a time once. */
  admits({ type }: PeerMessage): boolean {
    if (type !== 'accept' && type !== 'values') return true;
    const { backlog } = this.#log;
    const isOver = backlog > BACKLOG_BYTES;
    if (isOver !== this.#isClosed) this.#tell(isOver, backlog);
    if (isOver && this.#logger.debugging) this.#logger.debug('ignored', { reason: `${type}: the log has a backlog` });
    return !isOver;
  }

  #tell(isOver: boolean, backlog: number): void {
    this.#isClosed = isOver;
    if (isOver) this.#logger.warn('the disk does not take what the others send: it is not taken in', { backlog });
    else this.#logger.info('what the others send is taken in again', { backlog });
  }
}
