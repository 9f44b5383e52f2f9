/**
 * The record that opens every segment: what is known at that point and may stand nowhere else once earlier segments are gone.
 * After the head that all records share (log-records.ts, with the digest's length for the name's):
 *
 *      8  segment's size      16  number of faulty runs      24  founding digest, runs, then the configuration or nothing
 *
 * A run is first slot, last slot, round of the ballot, length of its name (2 bytes), name.
 */

import { CodedError } from '../base/errors.js';
import { replicaName, type Slot, slot } from '../base/ids.js';
import type { Run } from '../paxos/message.js';
import type { ConfigurationValue } from '../paxos/value.js';
import { copyOf, readInteger, readUint16, utf8, utf8Bytes, writeInteger, writeUint16 } from '../wire/bytes.js';
import { readValue, valueSize, writeValue } from '../wire/value-codec.js';
import { nameBytes } from './log-format.js';
import { STATE_KIND, writeHead } from './log-records.js';

const FIXED_BYTES = 24;
const RUN_BYTES = 26;

/** What a segment keeps of the earlier ones. */
export interface Carried {
  /** The newest decided configuration, null before there is one. */
  readonly configuration: ConfigurationValue | null;
  /** Digest of the founding slot, '' before it is decided. */
  readonly founding: string;
}

export const NOTHING_CARRIED: Carried = { configuration: null, founding: '' };

export interface StateRecord extends Carried {
  readonly segmentBytes: number;
  /** Of a repair: all slots that are faulty there. */
  readonly faulty: readonly Run[];
}

export function stateRecordSize({ configuration, founding, faulty }: StateRecord): number {
  const runs = faulty.reduce((sum, { ballot }) => sum + RUN_BYTES + nameBytes(ballot.replica).length, 0);
  return FIXED_BYTES + utf8Bytes(founding).length + runs + (configuration === null ? 0 : valueSize(configuration));
}

/** Writes a record of `size` bytes at `at` and returns the offset behind it. */
export function writeStateRecord(record: StateRecord, size: number, target: Uint8Array, at: number): number {
  const founding = utf8Bytes(record.founding);
  writeHead(target, at, STATE_KIND, founding.length, size);
  writeInteger(target, at + 8, record.segmentBytes);
  writeInteger(target, at + 16, record.faulty.length);
  target.set(founding, at + FIXED_BYTES);
  let end = at + FIXED_BYTES + founding.length;
  for (const run of record.faulty) end = writeRun(run, target, end);
  return record.configuration === null ? end : writeValue(record.configuration, target, end);
}

/** Reads the record at `at … end` of a group whose checksum was right. */
export function readStateRecord(bytes: Uint8Array, at: number, end: number): StateRecord {
  let following = at + FIXED_BYTES;
  const take = (count: number): number => {
    if (count > end - following) throw malformed(at);
    following += count;
    return following - count;
  };
  take(0);
  const digest = take(readUint16(bytes, at + 2));
  const founding = utf8(bytes, digest, following);
  const faulty: Run[] = [];
  for (let left = readInteger(bytes, at + 16); left > 0; left--) {
    const run = take(RUN_BYTES);
    const name = take(readUint16(bytes, run + 24));
    const ballot = { round: readInteger(bytes, run + 16), replica: replicaName(utf8(bytes, name, following)) };
    faulty.push({ from: readSlot(bytes, run), to: readSlot(bytes, run + 8), ballot });
  }
  const segmentBytes = readInteger(bytes, at + 8);
  if (following === end) return { segmentBytes, configuration: null, founding, faulty };
  // A copy: the window that the record was read through is used again.
  const value = readValue(copyOf(bytes, following, end), 0, end - following);
  if (value.type !== 'configuration') throw malformed(at);
  return { segmentBytes, configuration: value, founding, faulty };
}

function writeRun({ from, to, ballot }: Run, target: Uint8Array, at: number): number {
  const name = nameBytes(ballot.replica);
  writeInteger(target, at, from);
  writeInteger(target, at + 8, to);
  writeInteger(target, at + 16, ballot.round);
  writeUint16(target, at + 24, name.length);
  target.set(name, at + RUN_BYTES);
  return at + RUN_BYTES + name.length;
}

function readSlot(bytes: Uint8Array, at: number): Slot {
  return slot(readInteger(bytes, at));
}

function malformed(at: number): CodedError {
  return new CodedError('log-damaged', 'a state record cannot be read although its checksum is right', { at });
}
