/**
 * Answers peers that ask for decided slots which only the log still has: reads them and sends `Values`. One read per peer is
 * under way at a time; of what is asked meanwhile the last counts, since a peer asks again for what it still lacks.
 */

import { CodedError } from '../base/errors.js';
import type { ReplicaName, Slot } from '../base/ids.js';
import type { AcceptorState, RangeWanted } from '../paxos/effects.js';
import type { Held, Values } from '../paxos/message.js';
import { FETCH_BYTES } from '../paxos/timing.js';
import type { ReplicaLog } from '../store/log.js';
import type { Logger } from './logger.js';

export interface RangeReaderOptions {
  readonly log: Pick<ReplicaLog, 'read'>;
  readonly logger: Logger;
  state(): AcceptorState;
  send(to: ReplicaName, message: Values): void;
  /** For what is no operating failure: nobody may go on. */
  fatal(error: unknown): void;
}

/** `next`: what was asked for while a read was under way. */
interface Reading {
  next: RangeWanted | null;
}

export class RangeReader {
  readonly #options: RangeReaderOptions;
  readonly #readings = new Map<ReplicaName, Reading>();

  constructor(options: RangeReaderOptions) {
    this.#options = options;
  }

  want(range: RangeWanted): void {
    const reading = this.#readings.get(range.peer);
    if (reading !== undefined) {
      reading.next = range;
      return;
    }
    this.#readings.set(range.peer, { next: null });
    this.#serve(range).then(
      () => this.#done(range),
      (error: unknown) => this.#failed(range, error),
    );
  }

  async #serve({ peer, from, to }: RangeWanted): Promise<void> {
    this.#answer(peer, from, await this.#options.log.read(from, to, FETCH_BYTES));
  }

  #answer(peer: ReplicaName, from: Slot, held: readonly Held[]): void {
    const { decidedUpTo, firstSlot } = this.#options.state();
    this.#options.send(peer, { type: 'values', first: from, decidedUpTo, firstSlot, held });
  }

  #done({ peer }: RangeWanted): void {
    const next = this.#readings.get(peer)?.next ?? null;
    this.#readings.delete(peer);
    if (next !== null) this.want(next);
  }

  /** The peer gets nothing, and asks somebody else; what the log cannot read here is for a person to look at. */
  #failed(range: RangeWanted, error: unknown): void {
    if (!(error instanceof CodedError)) {
      this.#options.fatal(error);
      return;
    }
    const { peer, from, to } = range;
    this.#options.logger.error('cannot read the log for a peer', { peer, from, to, reason: error.message });
    this.#answer(peer, from, []);
    this.#done(range);
  }
}
