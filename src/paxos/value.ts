/**
 * What a slot of the replicated log holds. The core moves values about and compares nothing in them but a batch's stamp; what
 * a batch's bytes mean is the business of the state machine.
 */

import type { ReplicaName, StoreId } from '../base/ids.js';

/**
 * A place in the configuration: a name, and the store that votes under it (null: the seat is empty, it counts in the size
 * only).
 */
export interface Seat {
  readonly name: ReplicaName;
  readonly store: StoreId | null;
}

/** Commands of one or more origins: parcels (see session.ts) one behind the other, encoded once, where the slot is proposed. */
export interface BatchValue {
  readonly type: 'batch';
  /** Milliseconds since 1970 by the leader's running time; apply takes max(last time, stamp). */
  readonly stamp: number;
  readonly bytes: Uint8Array;
}

/** Fills a gap, or is a new leader's barrier. */
export interface NoopValue {
  readonly type: 'noop';
}

/** The whole configuration, never a delta. Slot 1 always holds one: the founding configuration. */
export interface ConfigurationValue {
  readonly type: 'configuration';
  readonly seats: readonly Seat[];
  /** Drawn from the proposer's store id and incarnation, so that two foundings with equal seats still differ. */
  readonly nonce: string;
}

export type Value = BatchValue | NoopValue | ConfigurationValue;

export const NOOP: NoopValue = { type: 'noop' };

/** What the value takes on the wire and in memory, roughly. */
export function bytesOf(value: Value): number {
  return value.type === 'batch' ? value.bytes.length : 64;
}
