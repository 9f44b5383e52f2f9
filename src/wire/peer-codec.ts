/**
 * Messages between replicas as frames and back. One frame is an array of messages; a message is an array that begins with its
 * tag. Decoding is in place: batches and parcels are views of the frame they came in. How each message is laid out stands in
 * pulse-messages.ts, data-messages.ts and snapshot-messages.ts.
 */

import { unreachable } from '../base/assert.js';
import type { PeerMessage } from '../paxos/message.js';
import * as data from './data-messages.js';
import { type Packed, packFrames, roomFor, unpack } from './msgpack.js';
import * as pulse from './pulse-messages.js';
import * as snapshot from './snapshot-messages.js';
import { WireError } from './wire-error.js';

/** A frame is closed where it grows beyond this, so that the other side need not wait for all before it begins. */
const FRAME_BYTES = 1024 * 1024;

/** The frames, length prefixes included, that carry `messages` in order; for any number of peers. */
export function encodeMessages(messages: readonly PeerMessage[]): Uint8Array {
  const frames: Packed[][] = [];
  let open: Packed[] = [];
  let room = 0;
  for (const message of messages) {
    const packed = packMessage(message);
    if (messages.length > 1) room += roomFor(packed);
    if (room > FRAME_BYTES && open.length > 0) {
      frames.push(open);
      open = [];
      room = roomFor(packed);
    }
    open.push(packed);
  }
  if (open.length > 0) frames.push(open);
  return packFrames(frames);
}

/** The messages of one frame's body, which the messages then share. Throws WireError. */
export function decodeMessages(body: Uint8Array): PeerMessage[] {
  const items = unpack(body);
  if (!Array.isArray(items)) throw new WireError('a frame is no array');
  return items.map(readMessage);
}

function packMessage(message: PeerMessage): Packed {
  switch (message.type) {
    case 'heartbeat':
      return pulse.packHeartbeat(message);
    case 'echo':
      return pulse.packEcho(message);
    case 'prepare':
      return pulse.packPrepare(message);
    case 'promise':
      return pulse.packPromise(message);
    case 'accept':
      return data.packAccept(message);
    case 'accepted':
      return data.packAccepted(message);
    case 'fetch':
      return data.packFetch(message);
    case 'values':
      return data.packValues(message);
    case 'forward':
      return data.packForward(message);
    case 'read-slot':
      return data.packReadSlot(message);
    case 'read-slot-answer':
      return data.packReadSlotAnswer(message);
    case 'recall':
      return snapshot.packRecall(message);
    case 'recalled':
      return snapshot.packRecalled(message);
    case 'snapshot-fetch':
      return snapshot.packSnapshotFetch(message);
    case 'snapshot-part':
      return snapshot.packSnapshotPart(message);
    default:
      return unreachable(message);
  }
}

function readMessage(item: unknown): PeerMessage {
  if (!Array.isArray(item)) throw new WireError('a message is no array');
  const tag: unknown = item[0];
  switch (tag) {
    case pulse.HEARTBEAT_TAG:
      return pulse.readHeartbeat(item);
    case pulse.ECHO_TAG:
      return pulse.readEcho(item);
    case pulse.PREPARE_TAG:
      return pulse.readPrepare(item);
    case pulse.PROMISE_TAG:
      return pulse.readPromise(item);
    case data.ACCEPT_TAG:
      return data.readAccept(item);
    case data.ACCEPTED_TAG:
      return data.readAccepted(item);
    case data.FETCH_TAG:
      return data.readFetch(item);
    case data.VALUES_TAG:
      return data.readValues(item);
    case data.FORWARD_TAG:
      return data.readForward(item);
    case data.READ_SLOT_TAG:
      return data.readReadSlot(item);
    case data.READ_SLOT_ANSWER_TAG:
      return data.readReadSlotAnswer(item);
    case snapshot.RECALL_TAG:
      return snapshot.readRecall(item);
    case snapshot.RECALLED_TAG:
      return snapshot.readRecalled(item);
    case snapshot.SNAPSHOT_FETCH_TAG:
      return snapshot.readSnapshotFetch(item);
    case snapshot.SNAPSHOT_PART_TAG:
      return snapshot.readSnapshotPart(item);
    default:
      throw new WireError('a message of an unknown kind', { tag: typeof tag === 'number' ? tag : typeof tag });
  }
}
