/**
 * A value (what a slot holds) as bytes: one kind byte, then what the kind needs. The log stores values in this form, and the
 * digest of the founding slot is taken over it, so it may change only together with the log's format version. Where a value
 * ends is the caller's business: a batch fills the range it is given. What a batch's bytes mean is checked in parcel.ts.
 */

import { unreachable } from '../base/assert.js';
import { type ReplicaName, replicaName, type StoreId, storeId } from '../base/ids.js';
import type { ConfigurationValue, Seat, Value } from '../paxos/value.js';
import { NOOP } from '../paxos/value.js';
import {
  byteAt,
  readFloat64,
  readHex16,
  readUint16,
  utf8,
  utf8Bytes,
  writeFloat64,
  writeHex16,
  writeUint16,
} from './bytes.js';
import { WireError } from './wire-error.js';

const NOOP_KIND = 0;
const BATCH_KIND = 1;
const CONFIGURATION_KIND = 2;

/** Kind byte and stamp. */
const BATCH_HEADER = 9;

/** Bytes that `writeValue` will write. */
export function valueSize(value: Value): number {
  switch (value.type) {
    case 'noop':
      return 1;
    case 'batch':
      return BATCH_HEADER + value.bytes.length;
    case 'configuration':
      return configurationSize(value);
    default:
      return unreachable(value);
  }
}

/** Writes `value` at `offset` and returns the offset behind it; `target` has room for `valueSize(value)`. */
export function writeValue(value: Value, target: Uint8Array, offset: number): number {
  switch (value.type) {
    case 'noop':
      target[offset] = NOOP_KIND;
      return offset + 1;
    case 'batch':
      target[offset] = BATCH_KIND;
      writeFloat64(target, offset + 1, value.stamp);
      target.set(value.bytes, offset + BATCH_HEADER);
      return offset + BATCH_HEADER + value.bytes.length;
    case 'configuration':
      return writeConfiguration(value, target, offset);
    default:
      return unreachable(value);
  }
}

/** The value that fills `start … end`; a batch's bytes are a view of `bytes`. Throws WireError when it is none. */
export function readValue(bytes: Uint8Array, start: number, end: number): Value {
  if (start >= end || end > bytes.length) throw new WireError('a value is missing', { offset: start });
  const kind = byteAt(bytes, start);
  switch (kind) {
    case NOOP_KIND:
      if (end !== start + 1) throw new WireError('a no-op has contents', { offset: start });
      return NOOP;
    case BATCH_KIND: {
      if (end < start + BATCH_HEADER) throw new WireError('a batch is cut short', { offset: start });
      const stamp = readFloat64(bytes, start + 1);
      if (!isStamp(stamp)) throw new WireError('a batch has no proper stamp', { offset: start });
      return { type: 'batch', stamp, bytes: bytes.subarray(start + BATCH_HEADER, end) };
    }
    case CONFIGURATION_KIND:
      return readConfiguration(bytes, start, end);
    default:
      throw new WireError(`unknown kind of value ${kind}`, { offset: start });
  }
}

/** Milliseconds since 1970, fractions allowed: what a batch's stamp may be. */
function isStamp(n: number): boolean {
  return n >= 0 && n <= Number.MAX_SAFE_INTEGER;
}

function configurationSize(value: ConfigurationValue): number {
  let size = 1 + 2 + 2 + utf8Bytes(value.nonce).length;
  for (const seat of value.seats) size += 2 + utf8Bytes(seat.name).length + 1 + (seat.store === null ? 0 : 16);
  return size;
}

function writeConfiguration(value: ConfigurationValue, target: Uint8Array, offset: number): number {
  target[offset] = CONFIGURATION_KIND;
  let at = writeUint16(target, offset + 1, value.seats.length);
  at = writeText(target, at, value.nonce);
  for (const seat of value.seats) {
    at = writeText(target, at, seat.name);
    target[at] = seat.store === null ? 0 : 1;
    at = seat.store === null ? at + 1 : writeHex16(target, at + 1, seat.store);
  }
  return at;
}

function readConfiguration(bytes: Uint8Array, start: number, end: number): ConfigurationValue {
  let at = start + 1;
  const take = (count: number): number => {
    if (end - at < count) throw new WireError('a configuration is cut short', { offset: start });
    at += count;
    return at - count;
  };
  const text = (): string => {
    const length = readUint16(bytes, take(2));
    const from = take(length);
    return utf8(bytes, from, at);
  };
  const count = readUint16(bytes, take(2));
  const nonce = text();
  const seats: Seat[] = [];
  for (let i = 0; i < count; i++) {
    const name: ReplicaName = replicaName(text());
    const taken = byteAt(bytes, take(1));
    if (taken > 1) throw new WireError('a seat is neither taken nor empty', { offset: start });
    const store: StoreId | null = taken === 0 ? null : storeId(readHex16(bytes, take(16)));
    seats.push({ name, store });
  }
  if (at !== end) throw new WireError('bytes follow a configuration', { offset: at });
  return { type: 'configuration', seats, nonce };
}

function writeText(target: Uint8Array, at: number, text: string): number {
  const encoded = utf8Bytes(text);
  writeUint16(target, at, encoded.length);
  target.set(encoded, at + 2);
  return at + 2 + encoded.length;
}
