/**
 * Inputs, messages and effects as text, one line each, stable from run to run: for transcripts, the debug log and the stories of
 * simulated runs. It shows what matters to a reader of protocols and leaves out what only a codec needs (wall clocks, bytes).
 * Nothing in the core depends on these lines.
 */

import { unreachable } from '../base/assert.js';
import type { Lsn, ReplicaName, Slot, StoreId } from '../base/ids.js';
import { ballotText } from './ballot.js';
import type { Effects, IdentityChange, Input, LogRecord, Repair, RoleChange, Send } from './effects.js';
import type {
  Checkpoint,
  Echo,
  Heartbeat,
  Held,
  PeerMessage,
  PromiseMessage,
  Purpose,
  Run,
  SnapshotFetch,
  Values,
} from './message.js';
import type { Parcel } from './session.js';
import type { Value } from './value.js';

/** Enough of a store id to tell a handful of them apart. */
const STORE_DIGITS = 6;

/** One line: `b: prepare 3.b`, `propose 00000a.1/4-6`, `persisted 7`. */
export function describeInput(input: Input): string {
  switch (input.type) {
    case 'message':
      return `${input.from}: ${describeMessage(input.message)}`;
    case 'wake':
    case 'flush':
      return input.type;
    case 'propose':
      return `propose ${parcelText(input.parcel)}`;
    case 'read':
      return `read ${input.id}`;
    case 'persisted':
      return `persisted ${input.lsn}`;
    case 'link-up': {
      const life = input.remembered === null ? '' : `, remembers life ${input.remembered}`;
      const durable = input.rememberedLsn === null ? '' : `, remembers lsn ${input.rememberedLsn}`;
      return `link up ${input.peer} (store ${storeText(input.store)}, life ${input.incarnation}${life}${durable})`;
    }
    case 'link-down':
      return `link down ${input.peer}`;
    case 'health':
      return `health ${input.reason ?? 'good'}`;
    case 'drain':
      return `drain ${input.on ? 'on' : 'off'}`;
    case 'identity-kept':
      return `kept ${identityText(input.identity)}`;
    case 'trimmed':
      return `trimmed, log from ${input.firstSlot}`;
    case 'installed':
      return `installed ${input.slot} of ${storeText(input.lineage)} ${valueText(input.configuration)}`;
    case 'rebuilt':
      return `rebuilt from ${input.slot} of ${storeText(input.lineage)}`;
    case 'checkpoint':
      return `checkpoint ${checkpointText(input.checkpoint)}`;
    case 'loss-noted':
    case 'repaired':
      return input.type;
    default:
      return unreachable(input);
  }
}

/**
 * One line for each effect, in the order in which a driver performs them. Sends begin with an arrow, behind the name of their
 * sender where it is given.
 */
export function describeEffects(effects: Effects, self?: ReplicaName): string[] {
  const { records, identity, decided, read, sends, ranges, snapshot, loss, repair, divergence } = effects;
  const { roles, refusals, ignored } = effects;
  return [
    ...records.map(recordText),
    ...identity.map((change) => `keep ${identityText(change)}`),
    ...decided.map(({ slot, value }) => `decide ${slot}=${valueText(value)}`),
    ...(read === null ? [] : [`grant reads up to ${read.upTo} at slot ${read.slot}`]),
    ...sends.map((send) => sendText(send, self)),
    ...ranges.map(({ peer, from, to }) => `read the log ${spanText(from, to)} for ${peer}`),
    ...(snapshot === null ? [] : [`pull a snapshot of ${snapshot}`]),
    ...(loss ? ['note that the end of the log is gone'] : []),
    ...(repair === null ? [] : [repairText(repair)]),
    ...(divergence === null ? [] : [`trust nothing above slot ${divergence.agreedUpTo}`]),
    ...roles.map(roleText),
    ...refusals.map(({ peer, reason }) => `refuse ${peer}: ${reason}`),
    ...ignored.map((reason) => `ignore ${reason}`),
  ];
}

/** One line, beginning with the message's type. */
export function describeMessage(message: PeerMessage): string {
  switch (message.type) {
    case 'heartbeat':
      return heartbeatText(message);
    case 'echo':
      return echoText(message);
    case 'prepare':
      return `prepare ${ballotText(message.ballot)}`;
    case 'promise':
      return promiseText(message);
    case 'accept': {
      const proposals = message.proposals.map(({ slot, value }) => ` ${slot}=${valueText(value)}`);
      return `accept ${ballotText(message.ballot)}${proposals.join('')}, chosen ${message.chosenUpTo}`;
    }
    case 'accepted':
      return `accepted ${ballotText(message.ballot)} ${slotsText(message.slots)}`;
    case 'fetch':
      return `fetch ${spanText(message.from, message.to)}`;
    case 'values':
      return valuesText(message);
    case 'recall':
      return `recall life ${message.incarnation}`;
    case 'recalled': {
      const { incarnation, promised, highest, remembered } = message;
      return `recalled life ${incarnation}: promised ${ballotText(promised)}, highest ${highest}, lsn ${remembered}`;
    }
    case 'snapshot-fetch':
      return snapshotFetchText(message);
    case 'snapshot-part': {
      const { slot, size, offset, bytes } = message;
      return `snapshot-part ${slot} ${offset}+${bytes.length} of ${size}`;
    }
    case 'forward':
      return `forward ${ballotText(message.ballot)} ${message.parcels.map(parcelText).join(' ')}${hopText(message.hops)}`;
    case 'read-slot':
      return `read-slot ${message.id} of ${message.reader} life ${message.incarnation}${hopText(message.hops)}`;
    case 'read-slot-answer':
      return `read-slot-answer ${message.id} of ${message.reader} life ${message.incarnation}, slot ${message.slot}`;
    default:
      return unreachable(message);
  }
}

/** `leads 3.a`, `stops 3.a: handed over`. */
function roleText(change: RoleChange): string {
  const of = 'ballot' in change && change.ballot !== null ? ` ${ballotText(change.ballot)}` : '';
  switch (change.type) {
    case 'stood':
      return change.ballot === null ? `stands: ${change.why}` : `prepares${of}: ${change.why}`;
    case 'led':
      return `leads${of}`;
    case 'established':
      return `is established in${of}`;
    case 'draining':
      return `holds back writes for ${change.to ?? 'nobody'}: ${change.why}`;
    case 'resumed':
      return `resumes: ${change.why}`;
    case 'stopped':
      return `stops${of}: ${change.why}`;
    case 'followed':
      return `follows${of}`;
    case 'became-learner':
      return `becomes a learner: ${change.counted === null ? 'nobody' : storeText(change.counted)} has its seat`;
    case 'founded':
      return `is founded ${change.digest}`;
    case 'lost-contact':
      return `loses contact with ${change.peer}`;
    case 'lost-log':
      return `has lost the end of its log: ${change.why}`;
    case 'lost-together':
      return `has lost the end of its log like ${change.peer}`;
    case 'repaired-log':
      return 'has repaired its log';
    case 'diverged':
      return `has diverged: ${checkpointText(change.checkpoint)}, a majority has ${change.majority}`;
    case 'agreed':
      return `agrees with a majority at ${change.slot}`;
    case 'digests-differ':
      return `digests differ at ${change.slot}: ${change.digests}`;
    case 'gained-contact':
      return `gains contact with ${change.peer}`;
    default:
      return unreachable(change);
  }
}

function checkpointText({ slot, digest }: Checkpoint): string {
  return `${slot}=${digest}`;
}

function repairText({ promised, highestSlot, nextLsn, faulty }: Repair): string {
  const runs = faulty.map(runText);
  const slots = runs.length === 0 ? '' : `, faulty ${runs.join(' ')}`;
  return `repair the log: promised ${ballotText(promised)}, highest ${highestSlot}, next lsn ${nextLsn}${slots}`;
}

function runText({ from, to, ballot }: Run): string {
  return `${spanText(from, to)}@${ballotText(ballot)}`;
}

/** `a → b,c prepare 3.a (after lsn 7)` */
function sendText({ to, message, after }: Send, self: ReplicaName | undefined): string {
  const arrow = self === undefined ? '→' : `${self} →`;
  return `${arrow} ${to.join(',')} ${describeMessage(message)}${afterText(after)}`;
}

function recordText(record: LogRecord): string {
  switch (record.type) {
    case 'promised':
      return `log ${record.lsn}: promised ${ballotText(record.ballot)}`;
    case 'accepted':
      return `log ${record.lsn}: accepted ${record.slot}@${ballotText(record.ballot)}=${valueText(record.value)}`;
    case 'decided':
      return `log ${record.lsn}: decided ${record.slot}=${valueText(record.value)}`;
    default:
      return unreachable(record);
  }
}

function identityText(change: IdentityChange): string {
  if (change.type === 'incarnation') return `incarnation ${change.incarnation}`;
  return `heard ${change.name}=${storeText(change.store)}`;
}

function heartbeatText(heartbeat: Heartbeat): string {
  const { number, purpose, ineligible, supported, applied, durable, priority, contacts, firstSlot } = heartbeat;
  const parts = [`heartbeat ${number} ${purposeText(purpose)}`];
  if (supported.round > 0) parts.push(`supports ${ballotText(supported)}`);
  if (ineligible !== null) parts.push(`ineligible ${ineligible}`);
  parts.push(`priority ${priority}`, `applied ${applied}`, `durable ${durable}`);
  if (contacts.length > 0) parts.push(`contacts ${contacts.join(' ')}`);
  if (firstSlot > 1) parts.push(`log from ${firstSlot}`);
  if (heartbeat.checkpoint !== null) {
    const { lineage } = heartbeat.checkpoint;
    parts.push(`checkpoint ${checkpointText(heartbeat.checkpoint)} of ${storeText(lineage)}`);
  }
  return parts.join(', ');
}

function purposeText(purpose: Purpose): string {
  switch (purpose.type) {
    case 'none':
    case 'stand':
      return purpose.type;
    case 'lead':
      return `lead ${ballotText(purpose.ballot)}${purpose.established ? ' established' : ''}`;
    case 'release':
      return `release ${ballotText(purpose.ballot)} to ${purpose.to ?? 'nobody'}`;
    default:
      return unreachable(purpose);
  }
}

function echoText({ number, granted, willing, freeInMs, promised, applied }: Echo): string {
  const parts = [`echo ${number} ${granted.round > 0 ? `grants ${ballotText(granted)}` : 'grants nothing'}`];
  parts.push(willing ? 'willing' : 'unwilling');
  if (freeInMs > 0) parts.push(`free in ${freeInMs} ms`);
  parts.push(`promised ${ballotText(promised)}`, `applied ${applied}`);
  return parts.join(', ');
}

function promiseText({ ballot, decidedUpTo, runs, truncated }: PromiseMessage): string {
  const parts = [`promise ${ballotText(ballot)}`, `decided ${decidedUpTo}`];
  if (runs.length > 0) {
    parts.push(`holds ${runs.map(runText).join(' ')}`);
  }
  if (truncated) parts.push('and more');
  return parts.join(', ');
}

function valuesText({ first, decidedUpTo, firstSlot, held }: Values): string {
  const values = held.map((entry) => ` ${heldText(entry)}`);
  return `values from ${first}${values.join('')}, decided ${decidedUpTo}, log from ${firstSlot}`;
}

function snapshotFetchText({ slot, offset, above, damaged }: SnapshotFetch): string {
  return `snapshot-fetch ${slot} from ${offset}, above ${above}${damaged > 0 ? `, ${damaged} was damaged` : ''}`;
}

function heldText({ slot, ballot, value }: Held): string {
  return `${slot}@${ballotText(ballot)}=${valueText(value)}`;
}

function valueText(value: Value): string {
  switch (value.type) {
    case 'noop':
      return 'noop';
    case 'batch':
      return `batch(${value.bytes.length} B at ${value.stamp})`;
    case 'configuration': {
      const seats = value.seats.map(({ name, store }) => `${name}=${store === null ? '-' : storeText(store)}`);
      return `configuration(${seats.join(' ')})`;
    }
    default:
      return unreachable(value);
  }
}

function parcelText({ store, incarnation, first, count }: Parcel): string {
  return `${storeText(store)}.${incarnation}/${spanText(first, first + count - 1)}`;
}

function storeText(store: StoreId): string {
  return store.slice(-STORE_DIGITS);
}

function spanText(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** Ascending slots, runs of them drawn together: `5-7 9`. */
function slotsText(slots: readonly Slot[]): string {
  const spans: { from: number; to: number }[] = [];
  for (const at of slots) {
    const last = spans.at(-1);
    if (last !== undefined && last.to + 1 === at) last.to = at;
    else spans.push({ from: at, to: at });
  }
  return spans.map(({ from, to }) => spanText(from, to)).join(' ');
}

function hopText(hops: number): string {
  return hops === 0 ? '' : ' (relayed)';
}

function afterText(after: Lsn): string {
  return after === 0 ? '' : ` (after lsn ${after})`;
}
