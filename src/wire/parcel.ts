/**
 * Parcels as bytes: a header with the session and the numbers of its commands, then the commands. A batch is parcels one
 * behind the other; nobody but this file knows where one ends. `checkParcels` is the trust boundary: it walks everything, so
 * that what has once passed it can be logged and applied without another doubt.
 */

import { assert } from '../base/assert.js';
import { incarnation, type Sequence, sequence, storeId } from '../base/ids.js';
import type { Parcel, Session } from '../paxos/session.js';
import { readFloat64, readHex16, readUint32, writeFloat64, writeHex16, writeUint32 } from './bytes.js';
import { CommandCursor } from './command.js';
import { Interner } from './interner.js';
import { WireError } from './wire-error.js';

/** What a parcel's header says: commands `first … first + count - 1` of one session. */
export interface ParcelHeader extends Session {
  readonly first: Sequence;
  readonly count: number;
}

/** Store id 16, incarnation 8, first 8, count 4, bytes of commands 4. */
export const PARCEL_HEADER_BYTES = 40;

const stores = new Interner((bytes, start) => readHex16(bytes, start));

/** `commands` (at least one) as `encodeCommand` made them. */
export function encodeParcel(session: Session, first: Sequence, commands: readonly Uint8Array[]): Parcel {
  assert(commands.length > 0, 'a parcel holds a command');
  let size = 0;
  for (const command of commands) size += command.length;
  const bytes = new Uint8Array(PARCEL_HEADER_BYTES + size);
  writeHex16(bytes, 0, session.store);
  writeFloat64(bytes, 16, session.incarnation);
  writeFloat64(bytes, 24, first);
  writeUint32(bytes, 32, commands.length);
  writeUint32(bytes, 36, size);
  let at = PARCEL_HEADER_BYTES;
  for (const command of commands) {
    bytes.set(command, at);
    at += command.length;
  }
  return { store: session.store, incarnation: session.incarnation, first, count: commands.length, bytes };
}

/** The header of the parcel at `offset`. Throws WireError when there is none. */
export function readParcelHeader(bytes: Uint8Array, offset: number): ParcelHeader {
  if (bytes.length - offset < PARCEL_HEADER_BYTES) throw new WireError('a parcel is cut short', { offset });
  const life = readFloat64(bytes, offset + 16);
  const first = readFloat64(bytes, offset + 24);
  const count = readUint32(bytes, offset + 32);
  if (!Number.isSafeInteger(life) || life < 1) throw new WireError('a parcel has no incarnation', { offset });
  if (!Number.isSafeInteger(first) || first < 1) throw new WireError('a parcel has no first number', { offset });
  if (count === 0 || !Number.isSafeInteger(first + count)) throw new WireError('a parcel has no count', { offset });
  const store = storeId(stores.text(bytes, offset, offset + 16));
  return { store, incarnation: incarnation(life), first: sequence(first), count };
}

/**
 * Visits the parcels of a batch in order. The cursor stands before the parcel's first command and is valid during the visit
 * only; a visit may leave commands unread, which skips them.
 */
export function forEachParcel(batch: Uint8Array, visit: (header: ParcelHeader, commands: CommandCursor) => void): void {
  const cursor = new CommandCursor();
  for (let at = 0; at < batch.length; ) {
    const header = readParcelHeader(batch, at);
    const end = endOfParcel(batch, at);
    cursor.reset(batch, at + PARCEL_HEADER_BYTES, end, header.count);
    visit(header, cursor);
    at = end;
  }
}

/** Throws WireError unless `batch` is parcels to its very end, every command of them whole. */
export function checkParcels(batch: Uint8Array): void {
  forEachParcel(batch, (_header, commands) => commands.finish());
}

/** `bytes` as one parcel, checked to its last command. Throws WireError. */
export function readParcel(bytes: Uint8Array): Parcel {
  const header = readParcelHeader(bytes, 0);
  if (endOfParcel(bytes, 0) !== bytes.length) throw new WireError('bytes follow a parcel');
  const cursor = new CommandCursor();
  cursor.reset(bytes, PARCEL_HEADER_BYTES, bytes.length, header.count);
  cursor.finish();
  return { store: header.store, incarnation: header.incarnation, first: header.first, count: header.count, bytes };
}

function endOfParcel(bytes: Uint8Array, offset: number): number {
  const end = offset + PARCEL_HEADER_BYTES + readUint32(bytes, offset + 36);
  if (end > bytes.length) throw new WireError('a parcel is longer than what holds it', { offset });
  return end;
}
