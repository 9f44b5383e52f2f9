/**
 * How a group stands on disk. A group is a header, records and the promised replica's name, under one CRC, at a multiple of
 * 4 KiB in a segment file; the header is the acceptor's state, so that any one group tells what was promised. Integers are
 * big-endian, LSNs, slots and rounds eight bytes. Records are in log-records.ts. A change here is a new FORMAT_VERSION.
 *
 *      0  magic            16  first LSN         40  decidedUpTo     72  first segment that is needed (4 bytes)
 *      4  crc of 8 …       24  last LSN          48  firstSlot       76  repairs so far (2 bytes)
 *      8  length           32  durable mark      56  highestSlot     78  flags (2 bytes)
 *     12  format version                         64  promised round  80  records …
 *     14  length of the promised replica's name                          promised replica (UTF-8), up to length
 *
 * Flags: 1, the end of the log before this group was lost and is not repaired; 2, this group is the repair.
 */

import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.js';
import { CodedError } from '../base/errors.js';
import { type Lsn, lsn, replicaName, type Slot, type StoreId, slot } from '../base/ids.js';
import { type Ballot, NO_BALLOT } from '../paxos/ballot.js';
import type { AcceptorState } from '../paxos/effects.js';
import {
  readInteger,
  readUint16,
  readUint32,
  utf8,
  utf8Bytes,
  writeInteger,
  writeUint16,
  writeUint32,
} from '../wire/bytes.js';

/**
 * Of the bytes, and of what executing them does: a log that is replayed by other rules makes another state of it than it
 * made before.
 */
export const FORMAT_VERSION = 4;

/** Groups start at multiples of this: what a disk or a page cache writes as one piece, or a multiple of it. */
export const BLOCK = 4096;

/** Bytes of a group before its first record. */
export const HEADER_BYTES = 80;

/** A replica's name is a host and a port at most. */
export const LONGEST_NAME = 512;

/** Where a group is closed although more waits: one write stays short. A single longer record goes alone. */
export const GROUP_BYTES = 2 * 1024 * 1024;

const MAGIC = 0x53594e47;
const LOST = 1;
const REPAIR = 2;

/** What a group says about the log that it belongs to. */
export interface LogMarks {
  /** Earlier segments are not needed any more: that they are missing is no damage. */
  readonly firstSegment: number;
  /** How many repairs there were up to here: a group that counts more than were seen says that one is missing. */
  readonly repairs: number;
  /** Written behind a lost end, before the repair: what the group says of promises is not the whole truth. */
  readonly isLost: boolean;
  /** The group makes the log whole again: what is before it is not judged any more. */
  readonly isRepair: boolean;
}

export interface GroupHeader extends AcceptorState, LogMarks {
  /** Bytes of the group, without the zeros up to the next block. */
  readonly length: number;
  /** Where the records end. */
  readonly recordsEnd: number;
  /** LSN of the first record; the last LSN + 1 when there is none. */
  readonly firstLsn: Lsn;
  readonly lastLsn: Lsn;
  /** Every record up to this LSN was known durable when the group was written. */
  readonly durable: Lsn;
}

/** What stands at a block: a sound group, one that needs more bytes than were given, or nothing that can be used. */
export type Inspected =
  | { readonly type: 'group'; readonly header: GroupHeader }
  | { readonly type: 'short'; readonly length: number }
  | { readonly type: 'none'; readonly reason: string };

/** A segment file; they are numbered from 1. */
export interface Segment {
  readonly number: number;
  readonly size: number;
}

/** A range of a segment's bytes. */
export interface Extent {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
}

export function segmentName(segment: number): string {
  return `${String(segment).padStart(8, '0')}.wal`;
}

/** The number in a segment's name, undefined for other names. */
export function segmentNumber(name: string): number | undefined {
  return /^\d{8,12}\.wal$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

export function roundUp(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** Where the CRCs of a segment start, so that another store's or another segment's bytes never pass for this one's. */
export function segmentSeed(store: StoreId, segment: number): number {
  const number = new Uint8Array(8);
  writeInteger(number, 0, segment);
  return crc32(number, crc32(utf8Bytes(store)));
}

/** What `sealGroup` puts around the records. */
export interface Seal extends LogMarks {
  readonly seed: number;
  /** Where the group will stand in its segment. */
  readonly offset: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly durable: number;
}

/**
 * Completes the group whose records stand at HEADER_BYTES … recordsEnd of `bytes`: name, zeros up to the next block, header,
 * CRC. Returns how many bytes to write, a multiple of BLOCK. `bytes` has room for LONGEST_NAME and a block more.
 */
export function sealGroup(bytes: Uint8Array, recordsEnd: number, state: AcceptorState, seal: Seal): number {
  const name = nameBytes(state.promised.replica);
  const length = recordsEnd + name.length;
  const padded = roundUp(length);
  bytes.set(name, recordsEnd);
  bytes.fill(0, length, padded);
  writeUint32(bytes, 0, MAGIC);
  writeUint32(bytes, 8, length);
  writeUint16(bytes, 12, FORMAT_VERSION);
  writeUint16(bytes, 14, name.length);
  writeInteger(bytes, 16, seal.firstLsn);
  writeInteger(bytes, 24, seal.lastLsn);
  writeInteger(bytes, 32, seal.durable);
  writeInteger(bytes, 40, state.decidedUpTo);
  writeInteger(bytes, 48, state.firstSlot);
  writeInteger(bytes, 56, state.highestSlot);
  writeInteger(bytes, 64, state.promised.round);
  writeUint32(bytes, 72, seal.firstSegment);
  writeUint16(bytes, 76, seal.repairs);
  writeUint16(bytes, 78, (seal.isLost ? LOST : 0) + (seal.isRepair ? REPAIR : 0));
  writeUint32(bytes, 4, groupCrc(bytes.subarray(8, length), seal.seed, seal.offset));
  return padded;
}

/**
 * Looks at the block at `at` of `bytes`, which stands at `offset` of its segment with `room` bytes up to the segment's end.
 * Throws `newer-format` or `older-format` for a sound group of another version.
 */
export function inspectGroup(bytes: Uint8Array, at: number, seed: number, offset: number, room: number): Inspected {
  if (bytes.length - at < BLOCK) return room < BLOCK ? none('the file ends') : { type: 'short', length: BLOCK };
  if (readUint32(bytes, at) !== MAGIC) return none('there is no group');
  const length = readUint32(bytes, at + 8);
  if (length < HEADER_BYTES || length > room) return none(`a group of ${length} bytes cannot be`);
  if (bytes.length - at < length) return { type: 'short', length };
  if (readUint32(bytes, at + 4) !== groupCrc(bytes.subarray(at + 8, at + length), seed, offset)) {
    return none('the checksum of the group is wrong');
  }
  const version = readUint16(bytes, at + 12);
  if (version !== FORMAT_VERSION) throw otherFormat(version);
  return { type: 'group', header: readHeader(bytes, at, length) };
}

function otherFormat(version: number): CodedError {
  const code = version > FORMAT_VERSION ? 'newer-format' : 'older-format';
  return new CodedError(
    code,
    `the log has format ${version}, and this program reads and writes ${FORMAT_VERSION} only`,
  );
}

/** Whether a block begins as a group does. */
export function isGroupStart(block: Uint8Array): boolean {
  return readUint32(block, 0) === MAGIC;
}

function readHeader(bytes: Uint8Array, at: number, length: number): GroupHeader {
  const end = at + length;
  const recordsEnd = end - readUint16(bytes, at + 14);
  assert(recordsEnd >= at + HEADER_BYTES, 'a group with a right checksum has a header that cannot be');
  const round = readInteger(bytes, at + 64);
  const promised: Ballot = round === 0 ? NO_BALLOT : { round, replica: replicaName(utf8(bytes, recordsEnd, end)) };
  return {
    length,
    recordsEnd,
    firstLsn: lsn(readInteger(bytes, at + 16)),
    lastLsn: lsn(readInteger(bytes, at + 24)),
    durable: lsn(readInteger(bytes, at + 32)),
    promised,
    decidedUpTo: readSlot(bytes, at + 40),
    firstSlot: readSlot(bytes, at + 48),
    highestSlot: readSlot(bytes, at + 56),
    firstSegment: readUint32(bytes, at + 72),
    repairs: readUint16(bytes, at + 76),
    isLost: (readUint16(bytes, at + 78) & LOST) !== 0,
    isRepair: (readUint16(bytes, at + 78) & REPAIR) !== 0,
  };
}

function readSlot(bytes: Uint8Array, at: number): Slot {
  return slot(readInteger(bytes, at));
}

const offsetBytes = new Uint8Array(8);

function groupCrc(covered: Uint8Array, seed: number, offset: number): number {
  writeInteger(offsetBytes, 0, offset);
  return crc32(covered, crc32(offsetBytes, seed));
}

function none(reason: string): Inspected {
  return { type: 'none', reason };
}

/** The same few names come again and again. */
const names = new Map<string, Uint8Array>();

export function nameBytes(name: string): Uint8Array {
  const known = names.get(name);
  if (known !== undefined) return known;
  const made = utf8Bytes(name);
  assert(made.length <= LONGEST_NAME, `the name of a replica has ${made.length} bytes`);
  if (names.size < 1_000) names.set(name, made);
  return made;
}
