/**
 * The first frame on every link between replicas, in both directions: who speaks, for which cluster, under which rules. Two
 * replicas that disagree here must not exchange another byte; `disagreement` says why in one line with both sides.
 */

import type { Incarnation, Lsn, ReplicaName, StoreId } from '../base/ids.js';
import { incarnation, replicaName, storeId } from '../base/ids.js';
import { Fields } from './fields.js';
import { type Packed, packFrames, unpack } from './msgpack.js';
import { MAX_REPLICAS, readNames } from './pulse-messages.js';

/** Changes with every change of a message's layout, and of what a batch does to the state. */
export const PROTOCOL_VERSION = 6;

/** Longest frame that can be a Hello: a full list of long names. Nobody unknown gets more buffered. */
export const HELLO_FRAME_BYTES = 256 * 1024;

/** Tells a replica from whatever else may have connected. */
const MAGIC = 'synod';

export interface Hello {
  readonly version: number;
  readonly lane: 'pulse' | 'data';
  /** Id of the cluster, as text. */
  readonly cluster: string;
  /** Who speaks. */
  readonly name: ReplicaName;
  readonly store: StoreId;
  readonly incarnation: Incarnation;
  /** The cluster's list, in its order. */
  readonly names: readonly ReplicaName[];
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** Digest of the founding slot, '' while it is not decided there. */
  readonly founding: string;
  /** `host:port` for clients. */
  readonly clientAddress: string;
  /** The highest incarnation that the speaker remembers of the listener's store. */
  readonly remembered: Incarnation | null;
  /** The highest LSN that the speaker remembers to have been durable in the log of the listener's store. */
  readonly rememberedLsn: Lsn | null;
  /** Whom the speaker means to talk to. */
  readonly to: ReplicaName;
}

/** The Hello as a whole frame, length prefix included. */
export function encodeHello(hello: Hello): Uint8Array {
  const fields: Packed = [
    MAGIC,
    hello.version,
    hello.name,
    hello.lane,
    hello.cluster,
    hello.store,
    hello.incarnation,
    hello.names,
    hello.heartbeatMs,
    hello.leaseMs,
    hello.founding,
    hello.clientAddress,
    hello.remembered,
    hello.rememberedLsn,
    hello.to,
  ];
  return packFrames([fields]);
}

/**
 * The Hello in a frame's body. Of one in another version only `version` and `name` mean anything, which is what
 * `disagreement` needs. Throws WireError.
 */
export function decodeHello(body: Uint8Array): Hello {
  const fields: Fields = new Fields(unpack(body), 'hello');
  if (fields.text() !== MAGIC) fields.refuse('not a replica of this program');
  const version = fields.integer(1);
  const name = fields.name();
  if (version !== PROTOCOL_VERSION) return unreadable(version, name);
  const lane = fields.text();
  if (lane !== 'pulse' && lane !== 'data') fields.refuse('no such lane');
  const hello: Hello = {
    version,
    name,
    lane,
    cluster: fields.text(),
    store: storeId(fields.store()),
    incarnation: fields.incarnation(),
    names: readNames(fields.list(MAX_REPLICAS)),
    heartbeatMs: fields.integer(1),
    leaseMs: fields.integer(1),
    founding: fields.digest(),
    clientAddress: fields.text(),
    remembered: fields.incarnationOrNull(),
    rememberedLsn: fields.lsnOrNull(),
    to: fields.name(),
  };
  fields.done();
  return hello;
}

/** Why these two must not talk, in one line with both sides; null when they may. */
export function disagreement(mine: Hello, theirs: Hello): string | null {
  const at = theirs.name;
  const differs = (what: string, here: string | number, there: string | number): string =>
    `${what} differs: ${here} here, ${there} at ${at}`;
  if (theirs.version !== mine.version) return differs('protocol version', mine.version, theirs.version);
  if (theirs.name === mine.name)
    return `two replicas are called ${mine.name}: stores ${mine.store} here, ${theirs.store} there`;
  // The names first: the cluster's id is made of them, and says less.
  if (sorted(theirs.names) !== sorted(mine.names)) {
    return differs('list of replicas', mine.names.join(' '), theirs.names.join(' '));
  }
  if (theirs.to !== mine.name) return differs('name of this replica', mine.name, theirs.to);
  if (theirs.cluster !== mine.cluster) return differs('cluster', mine.cluster, theirs.cluster);
  if (theirs.heartbeatMs !== mine.heartbeatMs) return differs('heartbeat-ms', mine.heartbeatMs, theirs.heartbeatMs);
  if (theirs.leaseMs !== mine.leaseMs) return differs('lease-ms', mine.leaseMs, theirs.leaseMs);
  // One side may not know it yet; then there is nothing to compare.
  if (theirs.founding !== mine.founding && theirs.founding !== '' && mine.founding !== '') {
    return differs('founding', mine.founding, theirs.founding);
  }
  return null;
}

function sorted(names: readonly ReplicaName[]): string {
  return [...names].sort().join(' ');
}

function unreadable(version: number, name: ReplicaName): Hello {
  return {
    version,
    name,
    lane: 'pulse',
    cluster: '',
    store: storeId(''),
    incarnation: incarnation(0),
    names: [],
    heartbeatMs: 0,
    leaseMs: 0,
    founding: '',
    clientAddress: '',
    remembered: null,
    rememberedLsn: null,
    to: replicaName(''),
  };
}
