/**
 * At least one message of every kind, every branch of its layout included, for tests that want "all messages"; and the few
 * makers they are built with. The fingerprint is taken over these: adding one changes it.
 */

import { incarnation, lsn, replicaName, sequence, slot, storeId } from '#src/base/ids.js';
import { type Ballot, DECIDED, NO_BALLOT } from '#src/paxos/ballot.js';
import type { Echo, Heartbeat, PeerMessage } from '#src/paxos/message.js';
import type { Session } from '#src/paxos/session.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { encodeCommand } from '#src/wire/command.js';
import { type Hello, PROTOCOL_VERSION } from '#src/wire/hello.js';
import { encodeParcel } from '#src/wire/parcel.js';

export const A = replicaName('127.0.0.1:8000');
export const B = replicaName('node-b');
export const STORE = storeId('0123456789abcdef0123456789abcdef');
export const LIFE = incarnation(1_700_000_000_000);
export const SESSION: Session = { store: STORE, incarnation: LIFE };

export const ballot = (round: number, replica = A): Ballot => ({ round, replica });

export const put = (key: string, value: string): Uint8Array => encodeCommand(['PUT', key, value]);

export const parcel = (first: number, ...commands: readonly Uint8Array[]) =>
  encodeParcel(SESSION, sequence(first), commands);

export const batch: Value = {
  type: 'batch',
  stamp: 1_700_000_000_000.5,
  bytes: Buffer.concat([parcel(1, put('a', '1'), put('b', '')).bytes, parcel(3, put('a', '\x00\xff')).bytes]),
};

export const configuration: Value = {
  type: 'configuration',
  seats: [
    { name: A, store: STORE },
    { name: replicaName('größe'), store: null },
  ],
  nonce: 'n-1',
};

export const heartbeat: Heartbeat = {
  type: 'heartbeat',
  number: 1,
  incarnation: LIFE,
  purpose: { type: 'none' },
  priority: 3,
  ineligible: null,
  supported: NO_BALLOT,
  applied: slot(0),
  durable: lsn(2 ** 40),
  wallMs: 1_700_000_000_000.25,
  founding: '',
  contacts: [],
  firstSlot: slot(1),
  checkpoint: null,
};

const echo: Echo = {
  type: 'echo',
  number: 9,
  incarnation: LIFE,
  echoer: LIFE,
  promised: NO_BALLOT,
  granted: NO_BALLOT,
  willing: false,
  freeInMs: 12.5,
  applied: slot(7),
};

export const MESSAGES: readonly PeerMessage[] = [
  heartbeat,
  { ...heartbeat, purpose: { type: 'stand' }, ineligible: 'draining', contacts: [A, B] },
  { ...heartbeat, purpose: { type: 'lead', ballot: ballot(7), established: true }, founding: '0123456789abcdef' },
  { ...heartbeat, purpose: { type: 'release', ballot: ballot(7), to: B }, ineligible: 'disk-full' },
  { ...heartbeat, purpose: { type: 'release', ballot: ballot(7), to: null }, supported: ballot(2 ** 48, B) },
  {
    ...heartbeat,
    firstSlot: slot(2 ** 40),
    checkpoint: { slot: slot(1_000), digest: 'fedcba9876543210', lineage: STORE },
  },
  { ...heartbeat, ineligible: 'repairing' },
  { ...heartbeat, ineligible: 'diverged' },
  echo,
  { ...echo, promised: ballot(70_000), granted: ballot(70_000), willing: true },
  { type: 'prepare', ballot: ballot(1) },
  { type: 'promise', ballot: ballot(2), decidedUpTo: slot(0), runs: [], truncated: true },
  {
    type: 'promise',
    ballot: ballot(2),
    decidedUpTo: slot(4),
    runs: [
      { from: slot(5), to: slot(5), ballot: ballot(1) },
      { from: slot(6), to: slot(900_000), ballot: DECIDED },
    ],
    truncated: false,
  },
  { type: 'accept', ballot: ballot(3), proposals: [], chosenUpTo: slot(2 ** 33) },
  {
    type: 'accept',
    ballot: ballot(3, B),
    proposals: [
      { slot: slot(1), value: configuration },
      { slot: slot(2), value: NOOP },
      { slot: slot(9), value: batch },
      { slot: slot(10), value: { type: 'batch', stamp: 0, bytes: new Uint8Array(0) } },
    ],
    chosenUpTo: slot(0),
  },
  { type: 'accepted', ballot: ballot(3), slots: [slot(1), slot(2), slot(2 ** 52)] },
  { type: 'fetch', from: slot(1), to: slot(2_048) },
  {
    type: 'values',
    first: slot(4),
    decidedUpTo: slot(5),
    firstSlot: slot(1),
    held: [
      { slot: slot(4), ballot: DECIDED, value: batch },
      { slot: slot(6), ballot: ballot(3), value: NOOP },
    ],
  },
  { type: 'values', first: slot(4), decidedUpTo: slot(0), firstSlot: slot(0), held: [] },
  { type: 'forward', ballot: ballot(3), hops: 1, parcels: [parcel(1, put('k', 'v')), parcel(2, put('k', 'w'))] },
  { type: 'read-slot', reader: A, incarnation: LIFE, id: 0, hops: 0 },
  { type: 'read-slot-answer', reader: A, incarnation: LIFE, id: 77, slot: slot(12) },
  { type: 'recall', incarnation: LIFE },
  { type: 'recalled', incarnation: LIFE, promised: NO_BALLOT, highest: slot(0), remembered: lsn(0) },
  { type: 'recalled', incarnation: LIFE, promised: ballot(9, B), highest: slot(77), remembered: lsn(2 ** 40) },
  { type: 'snapshot-fetch', slot: slot(0), offset: 0, above: slot(0), damaged: slot(0) },
  { type: 'snapshot-fetch', slot: slot(9_000), offset: 2 ** 40, above: slot(80), damaged: slot(70) },
  { type: 'snapshot-part', slot: slot(0), size: 0, digest: '', offset: 0, bytes: new Uint8Array(0) },
  {
    type: 'snapshot-part',
    slot: slot(12_000),
    size: 2 ** 40,
    digest: '0123456789abcdef'.repeat(4),
    offset: 2 ** 39,
    bytes: Buffer.from('some of it'),
  },
];

export const hello: Hello = {
  version: PROTOCOL_VERSION,
  lane: 'pulse',
  cluster: 'c0ffee',
  name: A,
  store: STORE,
  incarnation: LIFE,
  names: [A, B],
  heartbeatMs: 50,
  leaseMs: 300,
  founding: '',
  clientAddress: '127.0.0.1:9000',
  remembered: null,
  rememberedLsn: lsn(2 ** 40),
  to: B,
};
