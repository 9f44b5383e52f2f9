/**
 * The messages about what a log cannot give any more, as positional arrays, both ways: Recall and Recalled for a log that
 * lost its end, SnapshotFetch and SnapshotPart for slots that were trimmed. The order of fields is the wire format; a
 * change here is a change of PROTOCOL_VERSION. What a part's bytes are is checked by whoever has the whole snapshot.
 */

import { lsn } from '../base/ids.js';
import type { Recall, Recalled, SnapshotFetch, SnapshotPart } from '../paxos/message.js';
import { SNAPSHOT_PART_BYTES } from '../paxos/timing.js';
import { Fields } from './fields.js';
import type { Packed } from './msgpack.js';

export const RECALL_TAG = 12;
export const RECALLED_TAG = 13;
export const SNAPSHOT_FETCH_TAG = 14;
export const SNAPSHOT_PART_TAG = 15;

export function packRecall(message: Recall): Packed {
  return [RECALL_TAG, message.incarnation];
}

export function readRecall(items: readonly unknown[]): Recall {
  const fields = new Fields(items, 'recall', 1);
  const message: Recall = { type: 'recall', incarnation: fields.incarnation() };
  fields.done();
  return message;
}

export function packRecalled(message: Recalled): Packed {
  const { incarnation, promised, highest, remembered } = message;
  return [RECALLED_TAG, incarnation, promised.round, promised.replica, highest, remembered];
}

export function readRecalled(items: readonly unknown[]): Recalled {
  const fields = new Fields(items, 'recalled', 1);
  const message: Recalled = {
    type: 'recalled',
    incarnation: fields.incarnation(),
    promised: fields.ballotOrNone(),
    highest: fields.slot(0),
    remembered: lsn(fields.integer(0)),
  };
  fields.done();
  return message;
}

export function packSnapshotFetch(message: SnapshotFetch): Packed {
  return [SNAPSHOT_FETCH_TAG, message.slot, message.offset, message.above, message.damaged];
}

export function readSnapshotFetch(items: readonly unknown[]): SnapshotFetch {
  const fields = new Fields(items, 'snapshot-fetch', 1);
  const message: SnapshotFetch = {
    type: 'snapshot-fetch',
    slot: fields.slot(0),
    offset: fields.integer(0),
    above: fields.slot(0),
    damaged: fields.slot(0),
  };
  fields.done();
  return message;
}

export function packSnapshotPart(message: SnapshotPart): Packed {
  return [SNAPSHOT_PART_TAG, message.slot, message.size, message.digest, message.offset, message.bytes];
}

export function readSnapshotPart(items: readonly unknown[]): SnapshotPart {
  const fields = new Fields(items, 'snapshot-part', 1);
  const slot = fields.slot(0);
  const size = fields.integer(0);
  const digest = fields.contentDigest();
  if ((digest === '') !== (size === 0)) fields.refuse('a size without a digest, or a digest without a size');
  const offset = fields.integer(0, size);
  const bytes = fields.bytes();
  if (bytes.length > SNAPSHOT_PART_BYTES) fields.refuse(`${bytes.length} bytes in one part`);
  if (bytes.length > size - offset) fields.refuse(`${bytes.length} bytes at ${offset} of ${size}`);
  fields.done();
  return { type: 'snapshot-part', slot, size, digest, offset, bytes };
}
