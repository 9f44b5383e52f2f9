/**
 * The records of a group as bytes, written one behind the other and read back by a cursor that allocates nothing. A record's
 * LSN is its place in the group; only the `state` record, which opens every segment, has none (state-record.ts). Values are
 * written as the wire writes them. A change here is a new FORMAT_VERSION (log-format.ts).
 *
 *     0  kind      4  length of the record      8  slot (accepted, decided), round (promised)
 *     1  zero                                  16  round (accepted)
 *     2  length of the ballot's name           then the ballot's name, then the value
 */

import { assert, unreachable } from '../base/assert.js';
import { CodedError } from '../base/errors.js';
import { replicaName } from '../base/ids.js';
import type { Ballot } from '../paxos/ballot.js';
import type { LogRecord } from '../paxos/effects.js';
import {
  byteAt,
  readInteger,
  readUint16,
  readUint32,
  utf8,
  writeInteger,
  writeUint16,
  writeUint32,
} from '../wire/bytes.js';
import { valueSize, writeValue } from '../wire/value-codec.js';
import { nameBytes } from './log-format.js';

export const STATE_KIND = 1;
export const PROMISED_KIND = 2;
export const ACCEPTED_KIND = 3;
export const DECIDED_KIND = 4;

/** Kind, name length and length; then one or two integers. */
const SHORT_HEAD = 16;
const ACCEPTED_HEAD = 24;

/** Bytes that `writeRecord` will write. */
export function recordSize(record: LogRecord): number {
  switch (record.type) {
    case 'promised':
      return SHORT_HEAD + nameBytes(record.ballot.replica).length;
    case 'accepted':
      return ACCEPTED_HEAD + nameBytes(record.ballot.replica).length + valueSize(record.value);
    case 'decided':
      return SHORT_HEAD + valueSize(record.value);
    default:
      return unreachable(record);
  }
}

/** Writes a record of `size` bytes at `at` and returns the offset behind it. */
export function writeRecord(record: LogRecord, size: number, target: Uint8Array, at: number): number {
  switch (record.type) {
    case 'promised': {
      const name = nameBytes(record.ballot.replica);
      writeHead(target, at, PROMISED_KIND, name.length, size);
      writeInteger(target, at + 8, record.ballot.round);
      target.set(name, at + SHORT_HEAD);
      return at + size;
    }
    case 'accepted': {
      const name = nameBytes(record.ballot.replica);
      writeHead(target, at, ACCEPTED_KIND, name.length, size);
      writeInteger(target, at + 8, record.slot);
      writeInteger(target, at + 16, record.ballot.round);
      target.set(name, at + ACCEPTED_HEAD);
      return writeValue(record.value, target, at + ACCEPTED_HEAD + name.length);
    }
    case 'decided':
      writeHead(target, at, DECIDED_KIND, 0, size);
      writeInteger(target, at + 8, record.slot);
      return writeValue(record.value, target, at + SHORT_HEAD);
    default:
      return unreachable(record);
  }
}

export function writeHead(target: Uint8Array, at: number, kind: number, nameLength: number, size: number): void {
  target[at] = kind;
  target[at + 1] = 0;
  writeUint16(target, at + 2, nameLength);
  writeUint32(target, at + 4, size);
}

/** Walks the records of a group whose CRC was right. The fields say what the record is that `next` has moved to. */
export class RecordCursor {
  /** Where the record starts. */
  at = 0;
  kind = 0;
  /** Accepted and decided records. */
  slot = 0;
  /** Accepted and promised records. */
  round = 0;
  /** Where the value of an accepted or decided record stands; `valueEnd` is where any record ends. */
  valueStart = 0;
  valueEnd = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private following = 0;
  private end = 0;
  private nameStart = 0;

  /** Begins at `start`; `end` is where the group's records end. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.following = start;
    this.end = end;
  }

  /** Moves to the next record; false when there is none. */
  next(): boolean {
    if (this.following === this.end) return false;
    const at = this.following;
    const size = this.end - at < SHORT_HEAD ? 0 : readUint32(this.bytes, at + 4);
    if (size < SHORT_HEAD || size > this.end - at) throw malformed(at);
    this.at = at;
    this.following = at + size;
    this.kind = byteAt(this.bytes, at);
    this.readBody(at, size, readUint16(this.bytes, at + 2));
    return true;
  }

  /** The ballot of an accepted or promised record. */
  ballot(): Ballot {
    const end = this.nameStart + readUint16(this.bytes, this.at + 2);
    return { round: this.round, replica: replicaName(utf8(this.bytes, this.nameStart, end)) };
  }

  /** Whether the record's ballot is this one; spares the making of the same ballot over and over. */
  isOf(ballot: Ballot): boolean {
    if (this.round !== ballot.round) return false;
    const name = nameBytes(ballot.replica);
    if (readUint16(this.bytes, this.at + 2) !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.bytes[this.nameStart + i] !== name[i]) return false;
    return true;
  }

  private readBody(at: number, size: number, nameLength: number): void {
    const first = readInteger(this.bytes, at + 8);
    switch (this.kind) {
      case STATE_KIND:
        this.valueEnd = at + size;
        return;
      case PROMISED_KIND:
        this.round = first;
        this.nameStart = at + SHORT_HEAD;
        break;
      case ACCEPTED_KIND:
        if (size < ACCEPTED_HEAD) throw malformed(at);
        this.slot = first;
        this.round = readInteger(this.bytes, at + 16);
        this.nameStart = at + ACCEPTED_HEAD;
        break;
      case DECIDED_KIND:
        this.slot = first;
        this.nameStart = at + SHORT_HEAD;
        break;
      default:
        throw malformed(at);
    }
    this.valueStart = this.nameStart + nameLength;
    this.valueEnd = at + size;
    if (this.valueStart > this.valueEnd) throw malformed(at);
    assert(this.slot >= 0, 'a slot is an unsigned integer');
  }
}

/** The CRC was right, so this is a fault of the program that wrote it, or a format that this one should not read. */
function malformed(at: number): CodedError {
  return new CodedError('log-damaged', 'a record cannot be read although its checksum is right', { at });
}
