/**
 * MessagePack between replicas: the one configured instance of msgpackr, and the trust boundary in front of it. Replicas send
 * each other positional arrays of few types; everything else that MessagePack or msgpackr knows (maps, records, extensions,
 * 64-bit integers) is refused before msgpackr sees it, because some of it builds objects, classes and even code on request.
 */

import { Packr, RESERVE_START_SPACE } from 'msgpackr/pack';
import { assert } from '../base/assert.js';
import { byteAt, readUint16, readUint32, writeUint32 } from './bytes.js';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from './frame.js';
import { WireError } from './wire-error.js';

/** All that a frame may be made of. Numbers beyond 32 bits travel as float64; binary data is a view when read. */
export type Packed = null | boolean | number | string | Uint8Array | readonly Packed[];

/** Deeper than any message nests. */
const MAX_DEPTH = 8;

/** Most values in one frame: a few tens of MB of objects, however cleverly the frame is made. */
const MAX_ITEMS = 1024 * 1024;

/** Frames of up to this size share memory; larger ones get their own, of the right size, so that nothing is copied twice. */
const SHARED_BYTES = 8 * 1024;
const SHARED_BUFFER_BYTES = 64 * 1024;

/** msgpackr starts nowhere nearer than this to the end of a buffer. */
const SPARE_BYTES = 4096;

const packr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: false, structuredClone: false });
packr.useBuffer(Buffer.allocUnsafeSlow(SHARED_BUFFER_BYTES));

/** The last frame in shared memory: behind it there is room for more. */
let lastShared: Uint8Array = new Uint8Array(0);

/** Each value as a frame, one behind the other in one piece of memory. */
export function packFrames(values: readonly Packed[]): Uint8Array {
  let room = 0;
  for (const value of values) room += FRAME_HEADER_BYTES + roomFor(value);
  const only = values.length === 1 ? values[0] : undefined;
  if (only !== undefined && room <= SHARED_BYTES) {
    lastShared = packFrame(only);
    return lastShared;
  }
  const target = Buffer.allocUnsafeSlow(room + SPARE_BYTES);
  let at = 0;
  for (const value of values) {
    packr.useBuffer(target.subarray(at));
    const packed = packFrame(value);
    assert(packed.buffer === target.buffer && packed.byteOffset === target.byteOffset + at, 'a frame has its room');
    at += packed.length;
  }
  packr.useBuffer(sharedRest());
  return target.subarray(0, at);
}

function sharedRest(): Buffer {
  const { buffer, byteOffset, length } = lastShared;
  const rest = Buffer.from(buffer, byteOffset + length);
  return rest.length >= SHARED_BUFFER_BYTES / 2 ? rest : Buffer.allocUnsafeSlow(SHARED_BUFFER_BYTES);
}

/** The value that fills `body`; binary data in it is a view of `body`. Throws WireError unless it is made of `Packed`. */
export function unpack(body: Uint8Array): unknown {
  const scan = new Scan(body);
  if (scan.value(0, 0) !== body.length) throw new WireError('bytes follow the message');
  try {
    return packr.unpack(body);
  } catch (cause) {
    throw new WireError('not MessagePack', {}, cause);
  }
}

function packFrame(value: Packed): Uint8Array {
  const packed = packr.pack(value, RESERVE_START_SPACE | FRAME_HEADER_BYTES);
  const length = packed.length - FRAME_HEADER_BYTES;
  assert(length <= MAX_FRAME_BYTES, 'a frame is one that the other side will take');
  writeUint32(packed, 0, length);
  return packed;
}

/** At least the bytes that `value` takes; also what msgpackr wants to see free before it starts on a string. */
export function roomFor(value: Packed): number {
  if (typeof value === 'number') return 9;
  if (typeof value === 'string') return 5 + 3 * value.length;
  if (value === null || typeof value === 'boolean') return 1;
  if (ArrayBuffer.isView(value)) return 5 + value.length;
  let room = 5;
  for (const item of value) room += roomFor(item);
  return room;
}

/** Walks a frame without building anything, and refuses what must not reach msgpackr. */
class Scan {
  readonly #bytes: Uint8Array;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where the value at `at` ends. */
  value(at: number, depth: number): number {
    const token = byteAt(this.#bytes, this.#within(at + 1) - 1);
    if (++this.#items > MAX_ITEMS) throw new WireError('too many values in a frame');
    if (token < 0x80 || token >= 0xe0) return at + 1;
    if (token < 0x90) return this.#refuse(token, at);
    if (token < 0xa0) return this.#array(token - 0x90, at + 1, depth);
    if (token < 0xc0) return this.#within(at + 1 + token - 0xa0);
    return this.#long(token, at, depth);
  }

  #long(token: number, at: number, depth: number): number {
    const bytes = this.#bytes;
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return at + 1;
      case 0xcc: // uint 8
      case 0xd0: // int 8
        return this.#within(at + 2);
      case 0xcd: // uint 16
      case 0xd1: // int 16
        return this.#within(at + 3);
      case 0xce: // uint 32
      case 0xd2: // int 32
        return this.#within(at + 5);
      case 0xcb: // float 64
        return this.#within(at + 9);
      case 0xc4: // bin 8
      case 0xd9: // str 8
        return this.#within(this.#within(at + 2) + byteAt(bytes, at + 1));
      case 0xc5: // bin 16
      case 0xda: // str 16
        return this.#within(this.#within(at + 3) + readUint16(bytes, at + 1));
      case 0xc6: // bin 32
        return this.#within(this.#within(at + 5) + readUint32(bytes, at + 1));
      case 0xdc: // array 16
        return this.#array(readUint16(bytes, this.#within(at + 3) - 2), at + 3, depth);
      case 0xdd: // array 32
        return this.#array(readUint32(bytes, this.#within(at + 5) - 4), at + 5, depth);
      default:
        return this.#refuse(token, at);
    }
  }

  #array(length: number, start: number, depth: number): number {
    if (depth === MAX_DEPTH) throw new WireError('a frame nests too deep', { offset: start });
    // A length beyond what the frame holds ends at the frame's end: every value takes a byte, and nothing is built here.
    let at = start;
    for (let i = 0; i < length; i++) at = this.value(at, depth + 1);
    return at;
  }

  #within(end: number): number {
    if (end > this.#bytes.length) throw new WireError('a frame is cut short', { offset: end });
    return end;
  }

  #refuse(token: number, at: number): never {
    throw new WireError(`a frame holds what replicas do not send (0x${token.toString(16)})`, { offset: at });
  }
}
