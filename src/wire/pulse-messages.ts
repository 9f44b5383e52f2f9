/**
 * The messages of the pulse link as positional arrays, both ways: Heartbeat, Echo, Prepare, Promise. The order of fields is
 * the wire format; a change here is a change of PROTOCOL_VERSION. Reading checks every field and what must hold between them.
 */

import { unreachable } from '../base/assert.js';
import { lsn, type ReplicaName, storeId } from '../base/ids.js';
import type {
  Echo,
  Heartbeat,
  Ineligible,
  Prepare,
  PromiseMessage,
  Purpose,
  Run,
  Testimony,
} from '../paxos/message.js';
import { PROMISE_RUNS } from '../paxos/timing.js';
import { Fields } from './fields.js';
import type { Packed } from './msgpack.js';

export const HEARTBEAT_TAG = 1;
export const ECHO_TAG = 2;
export const PREPARE_TAG = 3;
export const PROMISE_TAG = 4;

/** More replicas than anybody runs. */
export const MAX_REPLICAS = 255;

const NONE = 0;
const STAND = 1;
const LEAD = 2;
const RELEASE = 3;

/** By place; only ever appended to. */
const INELIGIBLE: readonly (Ineligible | null)[] = [
  null,
  'not-connected-to-a-majority',
  'priority-0',
  'not-counted',
  'restart-wait',
  'recovering',
  'disk-slow',
  'loop-slow',
  'slots-stuck',
  'draining',
  'disk-full',
  'repairing',
  'diverged',
];

export function packHeartbeat(message: Heartbeat): Packed {
  return [
    HEARTBEAT_TAG,
    message.number,
    message.incarnation,
    packPurpose(message.purpose),
    message.priority,
    INELIGIBLE.indexOf(message.ineligible),
    message.supported.round,
    message.supported.replica,
    message.applied,
    message.durable,
    message.wallMs,
    message.founding,
    message.contacts,
    message.firstSlot,
    packTestimony(message.checkpoint),
  ];
}

export function readHeartbeat(items: readonly unknown[]): Heartbeat {
  const fields = new Fields(items, 'heartbeat', 1);
  const message: Heartbeat = {
    type: 'heartbeat',
    number: fields.integer(1),
    incarnation: fields.incarnation(),
    purpose: readPurpose(fields.list(4)),
    priority: fields.integer(0),
    ineligible: INELIGIBLE[fields.integer(0, INELIGIBLE.length - 1)] ?? null,
    supported: fields.ballotOrNone(),
    applied: fields.slot(0),
    durable: lsn(fields.integer(0)),
    wallMs: fields.milliseconds(),
    founding: fields.digest(),
    contacts: readNames(fields.list(MAX_REPLICAS)),
    firstSlot: fields.slot(1),
    checkpoint: readTestimony(fields),
  };
  fields.done();
  return message;
}

function packTestimony(told: Testimony | null): Packed {
  return told === null ? null : [told.slot, told.digest, told.lineage];
}

function readTestimony(of: Fields): Testimony | null {
  const list = of.listOrNull(3);
  if (list === null) return null;
  const fields = new Fields(list, 'checkpoint');
  const checkpoint: Testimony = { slot: fields.slot(1), digest: fields.digest(), lineage: storeId(fields.store()) };
  if (checkpoint.digest === '') fields.refuse('a checkpoint without a digest');
  fields.done();
  return checkpoint;
}

export function packEcho(message: Echo): Packed {
  return [
    ECHO_TAG,
    message.number,
    message.incarnation,
    message.echoer,
    message.promised.round,
    message.promised.replica,
    message.granted.round,
    message.granted.replica,
    message.willing,
    message.freeInMs,
    message.applied,
  ];
}

export function readEcho(items: readonly unknown[]): Echo {
  const fields = new Fields(items, 'echo', 1);
  const message: Echo = {
    type: 'echo',
    number: fields.integer(1),
    incarnation: fields.incarnation(),
    echoer: fields.incarnation(),
    promised: fields.ballotOrNone(),
    granted: fields.ballotOrNone(),
    willing: fields.flag(),
    freeInMs: fields.milliseconds(),
    applied: fields.slot(0),
  };
  fields.done();
  return message;
}

export function packPrepare(message: Prepare): Packed {
  return [PREPARE_TAG, message.ballot.round, message.ballot.replica];
}

export function readPrepare(items: readonly unknown[]): Prepare {
  const fields = new Fields(items, 'prepare', 1);
  const message: Prepare = { type: 'prepare', ballot: fields.ballot() };
  fields.done();
  return message;
}

export function packPromise(message: PromiseMessage): Packed {
  const runs = message.runs.map((run) => [run.from, run.to, run.ballot.round, run.ballot.replica]);
  return [PROMISE_TAG, message.ballot.round, message.ballot.replica, message.decidedUpTo, runs, message.truncated];
}

export function readPromise(items: readonly unknown[]): PromiseMessage {
  const fields = new Fields(items, 'promise', 1);
  const ballot = fields.ballot();
  const decidedUpTo = fields.slot(0);
  const runs: Run[] = [];
  let last: number = decidedUpTo;
  for (const item of fields.list(PROMISE_RUNS)) {
    const run = readRun(item, last);
    runs.push(run);
    last = run.to;
  }
  const message: PromiseMessage = { type: 'promise', ballot, decidedUpTo, runs, truncated: fields.flag() };
  fields.done();
  return message;
}

/** A run that begins above slot `last`. */
function readRun(item: unknown, last: number): Run {
  const fields = new Fields(item, 'run');
  const from = fields.slot(last + 1);
  const to = fields.slot(from);
  const run: Run = { from, to, ballot: fields.ballotOrDecided() };
  fields.done();
  return run;
}

function packPurpose(purpose: Purpose): Packed {
  switch (purpose.type) {
    case 'none':
      return [NONE];
    case 'stand':
      return [STAND];
    case 'lead':
      return [LEAD, purpose.ballot.round, purpose.ballot.replica, purpose.established];
    case 'release':
      return [RELEASE, purpose.ballot.round, purpose.ballot.replica, purpose.to];
    default:
      return unreachable(purpose);
  }
}

function readPurpose(items: readonly unknown[]): Purpose {
  const fields = new Fields(items, 'purpose');
  const purpose = readPurposeFields(fields);
  fields.done();
  return purpose;
}

function readPurposeFields(fields: Fields): Purpose {
  switch (fields.integer(NONE, RELEASE)) {
    case NONE:
      return { type: 'none' };
    case STAND:
      return { type: 'stand' };
    case LEAD:
      return { type: 'lead', ballot: fields.ballot(), established: fields.flag() };
    default:
      return { type: 'release', ballot: fields.ballot(), to: fields.nameOrNull() };
  }
}

export function readNames(items: readonly unknown[]): ReplicaName[] {
  const fields = new Fields(items, 'names');
  return items.map(() => fields.name());
}
