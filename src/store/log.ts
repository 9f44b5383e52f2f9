/**
 * The acceptor's log as the rest of the house sees it: opened over a directory, appended to by one driver, read for peers that
 * lag, replayed once at start. Format, recovery and segments are in the files beside this one.
 */

import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import type { Lsn, Slot, StoreId } from '../base/ids.js';
import type { AcceptorState, Decided, LogRecord, Recovered } from '../paxos/effects.js';
import type { Held } from '../paxos/message.js';
import type { Files } from './files.js';

/** What the log tells its owner; never before `openLog` has resolved. */
export interface LogEvents {
  /** Every record up to this LSN is durable. Rises. */
  persisted(lsn: Lsn): void;
  /** A write failed. Told once; nothing is acknowledged afterwards, and the process must end. */
  failed(error: CodedError): void;
  /** False: room for the next segment cannot be made, new writes must be refused; true: it can again. Told on change. */
  space(ok: boolean, reason: string): void;
}

/** Bytes of the first segment and of the largest; each is twice the one before. Multiples of 4096. */
export interface SegmentSizes {
  readonly first: number;
  readonly largest: number;
}

/** What the log needs to know of the directory's identity. */
export interface LogOwner {
  readonly store: StoreId;
  /** True until `settle` has been called: only then may the directory hold no log. */
  readonly fresh: boolean;
  /** Durably notes that the log has been made, so that a log that is gone later is noticed. */
  settle(): Promise<void>;
}

export interface LogOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The data directory; the log is in its `log`. */
  readonly directory: string;
  readonly identity: LogOwner;
  readonly events: LogEvents;
  readonly sizes?: SegmentSizes;
}

export interface ReplicaLog {
  /**
   * Appends records (LSNs continue the last one) with the acceptor's state after them. They are written as one group with
   * whatever else gathers until the write under way is done. Without records it only updates the state that the next group,
   * mark included, carries. Both arguments belong to the log from here on.
   */
  append(records: readonly LogRecord[], state: AcceptorState): void;
  /** Every record up to this LSN is durable. */
  readonly durable: Lsn;
  /**
   * Values of slots `from … to`, which the caller knows to be decided, without gaps from `from` on, as many as `maxBytes`
   * allow but at least one if the log has it. Rejects with `log-damaged` when the disk gives back other bytes than it got.
   */
  read(from: Slot, to: Slot, maxBytes: number): Promise<readonly Held[]>;
  /** Finishes what was appended, marks it, and closes. */
  close(): Promise<void>;
}

export interface OpenedLog {
  readonly log: ReplicaLog;
  readonly recovered: Recovered;
  /** What recovery did, one line each, for the operator; empty after a clean stop. */
  readonly notes: readonly string[];
  /** Hands over slots firstSlot … decidedUpTo in order. A batch's bytes are valid during the call only. */
  replay(visit: (decided: Decided) => void): Promise<void>;
}

/** Opens, recovers or makes the log of a data directory. Rejects with a CodedError where it must not be used. */
export function openLog(_options: LogOptions): Promise<OpenedLog> {
  return Promise.reject(new CodedError('unsupported', 'the log is being built'));
}
