// Makes decided values out of commands written as people type them, for tests of the state machine and of what feeds it.

import { incarnation, type ReplicaName, sequence, slot, storeId } from '#src/base/ids.js';
import type { Decided } from '#src/paxos/effects.js';
import type { Parcel, Session } from '#src/paxos/session.js';
import type { BatchValue } from '#src/paxos/value.js';
import { latin1Bytes } from '#src/wire/bytes.js';
import { encodeCommand } from '#src/wire/command.js';
import { encodeParcel } from '#src/wire/parcel.js';

/** A store id of one repeated hex digit. */
export const storeOf = (digit: string) => storeId(digit.repeat(32));

export const sessionOf = (digit: string, life = 1): Session => ({
  store: storeOf(digit),
  incarnation: incarnation(life),
});

/** `PUT a 1` as it travels. */
export function command(line: string): Uint8Array {
  return encodeCommand(line.split(' ').map(latin1Bytes));
}

export function parcel(session: Session, first: number, ...lines: string[]): Parcel {
  return encodeParcel(session, sequence(first), lines.map(command));
}

export function batch(stamp: number, ...parcels: Parcel[]): BatchValue {
  return { type: 'batch', stamp, bytes: Buffer.concat(parcels.map(({ bytes }) => bytes)) };
}

/** `values` decided from slot `from` on. */
export function decided(from: number, ...values: Decided['value'][]): Decided[] {
  return values.map((value, i) => ({ slot: slot(from + i), value }));
}

export const configuration = (...names: string[]): Decided['value'] => ({
  type: 'configuration',
  seats: names.map((name) => ({ name: name as ReplicaName, store: null })),
  nonce: 'n',
});
