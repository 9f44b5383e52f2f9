/**
 * The messages of the data link as positional arrays, both ways: Accept, Accepted, Fetch, Values, Forward, ReadSlot and its
 * answer. The order of fields is the wire format; a change here is a change of PROTOCOL_VERSION. Values and parcels are
 * checked to their last command: what has passed here goes into the log.
 */

import { unreachable } from '../base/assert.js';
import { storeId } from '../base/ids.js';
import type {
  Accept,
  Accepted,
  Fetch,
  Forward,
  Held,
  Proposal,
  ReadSlot,
  ReadSlotAnswer,
  Values,
} from '../paxos/message.js';
import { NOOP, type Seat, type Value } from '../paxos/value.js';
import { Fields } from './fields.js';
import type { Packed } from './msgpack.js';
import { checkParcels, readParcel } from './parcel.js';
import { MAX_REPLICAS } from './pulse-messages.js';

export const ACCEPT_TAG = 5;
export const ACCEPTED_TAG = 6;
export const FETCH_TAG = 7;
export const VALUES_TAG = 8;
export const FORWARD_TAG = 9;
export const READ_SLOT_TAG = 10;
export const READ_SLOT_ANSWER_TAG = 11;

/** Slots in one message: many times any window or fetch. */
const MAX_SLOTS = 64 * 1024;

/** Parcels in one Forward: more than an origin's queue can hold. */
const MAX_PARCELS = 256 * 1024;

const NOOP_KIND = 0;
const BATCH_KIND = 1;
const CONFIGURATION_KIND = 2;

export function packAccept(message: Accept): Packed {
  const proposals = message.proposals.map((proposal) => [proposal.slot, ...packValue(proposal.value)]);
  return [ACCEPT_TAG, message.ballot.round, message.ballot.replica, proposals, message.chosenUpTo];
}

export function readAccept(items: readonly unknown[]): Accept {
  const fields = new Fields(items, 'accept', 1);
  const ballot = fields.ballot();
  const proposals: Proposal[] = [];
  let last = 0;
  for (const item of fields.list(MAX_SLOTS)) {
    const proposal = readProposal(item, last);
    proposals.push(proposal);
    last = proposal.slot;
  }
  const message: Accept = { type: 'accept', ballot, proposals, chosenUpTo: fields.slot(0) };
  fields.done();
  return message;
}

export function packAccepted(message: Accepted): Packed {
  return [ACCEPTED_TAG, message.ballot.round, message.ballot.replica, message.slots];
}

export function readAccepted(items: readonly unknown[]): Accepted {
  const fields = new Fields(items, 'accepted', 1);
  const ballot = fields.ballot();
  const list = fields.list(MAX_SLOTS);
  const slots = new Fields(list, 'slots');
  const message: Accepted = { type: 'accepted', ballot, slots: list.map(() => slots.slot(1)) };
  fields.done();
  return message;
}

export function packFetch(message: Fetch): Packed {
  return [FETCH_TAG, message.from, message.to];
}

export function readFetch(items: readonly unknown[]): Fetch {
  const fields = new Fields(items, 'fetch', 1);
  const from = fields.slot(1);
  const message: Fetch = { type: 'fetch', from, to: fields.slot(from) };
  fields.done();
  return message;
}

export function packValues(message: Values): Packed {
  const held = message.held.map((one) => [one.slot, one.ballot.round, one.ballot.replica, ...packValue(one.value)]);
  return [VALUES_TAG, message.first, message.decidedUpTo, message.firstSlot, held];
}

export function readValues(items: readonly unknown[]): Values {
  const fields = new Fields(items, 'values', 1);
  const first = fields.slot(1);
  const decidedUpTo = fields.slot(0);
  const firstSlot = fields.slot(0);
  const held: Held[] = [];
  let last: number = first - 1;
  for (const item of fields.list(MAX_SLOTS)) {
    const one = readHeld(item, last);
    held.push(one);
    last = one.slot;
  }
  fields.done();
  return { type: 'values', first, decidedUpTo, firstSlot, held };
}

export function packForward(message: Forward): Packed {
  const parcels = message.parcels.map((parcel) => parcel.bytes);
  return [FORWARD_TAG, message.ballot.round, message.ballot.replica, message.hops, parcels];
}

export function readForward(items: readonly unknown[]): Forward {
  const fields = new Fields(items, 'forward', 1);
  const ballot = fields.ballot();
  const hops = fields.integer(0, 1);
  const list = fields.list(MAX_PARCELS);
  const parcelBytes = new Fields(list, 'parcels');
  const parcels = list.map(() => readParcel(parcelBytes.bytes()));
  fields.done();
  return { type: 'forward', ballot, hops, parcels };
}

export function packReadSlot(message: ReadSlot): Packed {
  return [READ_SLOT_TAG, message.reader, message.incarnation, message.id, message.hops];
}

export function readReadSlot(items: readonly unknown[]): ReadSlot {
  const fields = new Fields(items, 'read-slot', 1);
  const message: ReadSlot = {
    type: 'read-slot',
    reader: fields.name(),
    incarnation: fields.incarnation(),
    id: fields.integer(0),
    hops: fields.integer(0, 1),
  };
  fields.done();
  return message;
}

export function packReadSlotAnswer(message: ReadSlotAnswer): Packed {
  return [READ_SLOT_ANSWER_TAG, message.reader, message.incarnation, message.id, message.slot];
}

export function readReadSlotAnswer(items: readonly unknown[]): ReadSlotAnswer {
  const fields = new Fields(items, 'read-slot-answer', 1);
  const message: ReadSlotAnswer = {
    type: 'read-slot-answer',
    reader: fields.name(),
    incarnation: fields.incarnation(),
    id: fields.integer(0),
    slot: fields.slot(0),
  };
  fields.done();
  return message;
}

function readProposal(item: unknown, last: number): Proposal {
  const fields = new Fields(item, 'proposal');
  const proposal: Proposal = { slot: fields.slot(last + 1), value: readValueFields(fields) };
  fields.done();
  return proposal;
}

function readHeld(item: unknown, last: number): Held {
  const fields = new Fields(item, 'held');
  const held: Held = {
    slot: fields.slot(last + 1),
    ballot: fields.ballotOrDecided(),
    value: readValueFields(fields),
  };
  fields.done();
  return held;
}

/** A value's fields, to stand at the end of whatever holds it. */
function packValue(value: Value): readonly Packed[] {
  switch (value.type) {
    case 'noop':
      return [NOOP_KIND];
    case 'batch':
      return [BATCH_KIND, value.stamp, value.bytes];
    case 'configuration':
      return [CONFIGURATION_KIND, value.nonce, value.seats.map((seat) => [seat.name, seat.store])];
    default:
      return unreachable(value);
  }
}

function readValueFields(fields: Fields): Value {
  switch (fields.integer(NOOP_KIND, CONFIGURATION_KIND)) {
    case NOOP_KIND:
      return NOOP;
    case BATCH_KIND: {
      const stamp = fields.milliseconds();
      const bytes = fields.bytes();
      checkParcels(bytes);
      return { type: 'batch', stamp, bytes };
    }
    default: {
      const nonce = fields.text();
      return { type: 'configuration', nonce, seats: fields.list(MAX_REPLICAS).map(readSeat) };
    }
  }
}

function readSeat(item: unknown): Seat {
  const fields = new Fields(item, 'seat');
  const name = fields.name();
  const store = fields.storeOrNull();
  fields.done();
  return { name, store: store === null ? null : storeId(store) };
}
