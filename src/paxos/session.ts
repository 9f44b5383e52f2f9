/**
 * Sessions and parcels: how a command is executed exactly once however often it travels. A session is the pair (store id,
 * incarnation) of the replica a client is connected to, the *origin*; the origin numbers its commands without gaps and hands
 * them on in parcels. A parcel's bounds never change once it is made, so that it is admitted, applied or skipped as a whole.
 */

import type { Incarnation, Sequence, StoreId } from '../base/ids.js';

export interface Session {
  readonly store: StoreId;
  readonly incarnation: Incarnation;
}

/** Commands `first … first + count - 1` of one session, in order. */
export interface Parcel extends Session {
  readonly first: Sequence;
  readonly count: number;
  /** The whole parcel as it stands in a batch, header included; the core joins these and never looks inside. */
  readonly bytes: Uint8Array;
}

/** What the state machine has executed of a store's newest session. */
export interface SessionMark {
  readonly incarnation: Incarnation;
  readonly last: Sequence;
}

/** The state machine's session table as of the last decided slot that was applied; the core reads it, apply writes it. */
export interface SessionTable {
  lastOf(store: StoreId): SessionMark | undefined;
}
