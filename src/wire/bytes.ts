/**
 * Numbers and text in and out of byte arrays, as every format of this room writes them: big-endian, IEEE 754, latin1 for
 * clients' bytes, UTF-8 for names. Reading does not check bounds: callers know their end. Numbers go through one scratch
 * buffer because a DataView per value is an allocation per value.
 */

import { WireError } from './wire-error.js';

/** Buffer's native slice and write work on any Uint8Array; the type declarations leave them out. */
const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, at: number, most: number): number;
};

const UPPER = 0x1_0000_0000;

/** A call into native code costs as much as copying this many characters here. */
const SHORT_TEXT = 6;
const NATIVE_WRITE = 48;
/** Many bytes at once go faster there, once it has been called with objects made for the call. */
const NATIVE_COPY = 256;

const scratch = new Uint8Array(8);
const view = new DataView(scratch.buffer);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One character for each byte: order of strings is order of bytes. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_TEXT) return latin1Slice.call(bytes, start, end);
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** A copy in memory of its own. `slice` makes one of a Uint8Array only: that of a Buffer is a view. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** The bytes of a latin1 string; a character above U+00FF loses its upper half. */
export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Writes a latin1 string; `target` has room for it. */
export function writeLatin1(target: Buffer, at: number, text: string): void {
  if (text.length > NATIVE_WRITE) latin1Write.call(target, text, at, text.length);
  else for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
}

/** Copies `start … end` of a view to `at` of another, which has room for them. */
export function copyTo(target: DataView, at: number, source: DataView, start: number, end: number): void {
  if (end - start > NATIVE_COPY) {
    viewed(target, at, end - start).set(viewed(source, start, end - start));
    return;
  }
  let from = start;
  let to = at;
  // Measured: a value of a hundred bytes takes a quarter of what making a subarray of it takes.
  for (; from + 16 <= end; from += 16, to += 16) {
    target.setInt32(to, source.getInt32(from));
    target.setInt32(to + 4, source.getInt32(from + 4));
    target.setInt32(to + 8, source.getInt32(from + 8));
    target.setInt32(to + 12, source.getInt32(from + 12));
  }
  for (; from + 4 <= end; from += 4, to += 4) target.setInt32(to, source.getInt32(from));
  for (; from < end; from++, to++) target.setUint8(to, source.getUint8(from));
}

function viewed({ buffer, byteOffset }: DataView, at: number, size: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + at, size);
}

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Throws WireError when the bytes are not UTF-8. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw new WireError('text is not valid UTF-8', { offset: start }, cause);
  }
}

export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function writeUint16(target: Uint8Array, at: number, n: number): number {
  target[at] = n >>> 8;
  target[at + 1] = n;
  return at + 2;
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

export function writeUint32(target: Uint8Array, at: number, n: number): number {
  target[at] = n >>> 24;
  target[at + 1] = n >>> 16;
  target[at + 2] = n >>> 8;
  target[at + 3] = n;
  return at + 4;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((byteAt(bytes, at) << 24) |
      (byteAt(bytes, at + 1) << 16) |
      (byteAt(bytes, at + 2) << 8) |
      byteAt(bytes, at + 3)) >>>
    0
  );
}

/** Eight bytes for an integer up to 2^53 - 1. */
export function writeInteger(target: Uint8Array, at: number, n: number): number {
  writeUint32(target, at, Math.floor(n / UPPER));
  return writeUint32(target, at + 4, n >>> 0);
}

/** As `writeInteger`, in a view: faster where there is one. */
export function setInteger(target: DataView, at: number, n: number): void {
  target.setUint32(at, n < UPPER ? 0 : Math.floor(n / UPPER));
  target.setUint32(at + 4, n >>> 0);
}

export function readInteger(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * UPPER + readUint32(bytes, at + 4);
}

export function writeFloat64(target: Uint8Array, at: number, n: number): number {
  view.setFloat64(0, n);
  for (let i = 0; i < 8; i++) target[at + i] = byteAt(scratch, i);
  return at + 8;
}

export function readFloat64(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratch[i] = byteAt(bytes, at + i);
  return view.getFloat64(0);
}

/** Writes 32 lower-case hex digits as 16 bytes. */
export function writeHex16(target: Uint8Array, at: number, hex: string): number {
  for (let i = 0; i < 16; i++) target[at + i] = (digit(hex, 2 * i) << 4) | digit(hex, 2 * i + 1);
  return at + 16;
}

/** Reads 16 bytes as 32 lower-case hex digits. */
export function readHex16(bytes: Uint8Array, at: number): string {
  let hex = '';
  for (let i = at; i < at + 16; i++) hex += byteAt(bytes, i).toString(16).padStart(2, '0');
  return hex;
}

function digit(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
