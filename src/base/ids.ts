/**
 * Branded identifiers shared by every room. A brand costs nothing at run time and keeps a slot from being passed where a
 * log sequence number is meant. Only the constructors below make them; arithmetic goes through the small helpers.
 */

declare const brand: unique symbol;

type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A position in the replicated log, counted from 1; 0 means "before the first". */
export type Slot = Branded<number, 'Slot'>;

/** The name of a replica as the cluster's list gives it (by default its `host:port`). A replica is a name, not an address. */
export type ReplicaName = Branded<string, 'ReplicaName'>;

/** 32 lower-case hex digits drawn at the first start of a data directory; a wiped directory gets another. */
export type StoreId = Branded<string, 'StoreId'>;

/** Log sequence number: position of one record in one replica's own log, counted from 1 without gaps. */
export type Lsn = Branded<number, 'Lsn'>;

/** The store-wide counter of commands that changed state, counted from 1; 0 means "nothing changed yet". */
export type Revision = Branded<number, 'Revision'>;

/** The life of a process on a store: larger at every start of the same store. A safe integer (starts at wall ms). */
export type Incarnation = Branded<number, 'Incarnation'>;

/** Number of a command within one (store, incarnation), counted from 1 without gaps. */
export type Sequence = Branded<number, 'Sequence'>;

export const slot = (n: number): Slot => n as Slot;
export const replicaName = (text: string): ReplicaName => text as ReplicaName;
export const lsn = (n: number): Lsn => n as Lsn;
export const revision = (n: number): Revision => n as Revision;
export const incarnation = (n: number): Incarnation => n as Incarnation;
export const sequence = (n: number): Sequence => n as Sequence;

const KNOWN_STORES = 1_000;
const stores = new Map<string, StoreId>();

/** The same string for the same digits, wherever they came from: ids are compared in every step, and equal ones at once then. */
export function storeId(hex: string): StoreId {
  const known = stores.get(hex);
  if (known !== undefined) return known;
  if (stores.size === KNOWN_STORES) stores.clear();
  stores.set(hex, hex as StoreId);
  return hex as StoreId;
}
