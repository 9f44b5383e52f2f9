/**
 * Reads the text that describe.ts writes, for scripts that send messages by hand. What a line leaves out comes from defaults, so
 * that a script says only what it is about; what it cannot mean is an error, never a guess.
 */

import {
  incarnation,
  lsn,
  type ReplicaName,
  replicaName,
  type Slot,
  type StoreId,
  sequence,
  slot,
  storeId,
} from '#src/base/ids.js';
import { type Ballot, DECIDED, NO_BALLOT } from '#src/paxos/ballot.js';
import type { Echo, Heartbeat, Held, Ineligible, PeerMessage, Purpose, Run, Testimony } from '#src/paxos/message.js';
import type { Parcel } from '#src/paxos/session.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { encodeCommand } from '#src/wire/command.js';
import { encodeParcel } from '#src/wire/parcel.js';

/** What a heartbeat and an echo say where the text says nothing. */
export interface Defaults {
  readonly heartbeat: Heartbeat;
  readonly echo: Echo;
}

/** The store of a name in scripts: its letters, as far as they are hex digits, behind zeros. */
export function storeOf(text: string): StoreId {
  return storeId(text.padStart(32, '0'));
}

export function readBallot(text: string): Ballot {
  if (text === 'none' || text === 'nothing') return NO_BALLOT;
  if (text === 'decided') return DECIDED;
  const [, round, name = ''] = match(text, /^(\d+)\.(\S+)$/, 'ballot');
  return { round: Number(round), replica: replicaName(name) };
}

/**
 * `noop`, `batch(23 B at 1720000000000)`, `configuration(a=00000a b=-)`; and `put(00000b.1/4-6 at 1720000000000)`, a batch of one
 * parcel that a state machine can execute.
 */
export function readValue(text: string): Value {
  if (text === 'noop') return NOOP;
  const put = /^put\((\S+) at ([\d.]+)\)$/.exec(text);
  if (put !== null) return { type: 'batch', stamp: Number(put[2]), bytes: readParcel(put[1] ?? '').bytes };
  const batch = /^batch\((\d+) B at (-?[\d.]+)\)$/.exec(text);
  if (batch !== null) {
    return { type: 'batch', stamp: Number(batch[2]), bytes: new Uint8Array(Number(batch[1])).fill(120) };
  }
  const [, seats = ''] = match(text, /^configuration\((.*)\)$/, 'value');
  return { type: 'configuration', nonce: '', seats: seats.split(' ').map(readSeat) };
}

export function readHeld(text: string): Held {
  const [, at, ballot = '', value = ''] = match(text, /^(\d+)@([^=]+)=(.*)$/, 'held value');
  return { slot: slot(Number(at)), ballot: readBallot(ballot), value: readValue(value) };
}

/** `00000b.1/4-6`: a parcel of as many small PUTs. */
function readParcel(text: string): Parcel {
  const [, store = '', life, span = ''] = match(text, /^([0-9a-f]+)\.(\d+)\/(\S+)$/, 'parcel');
  const [from, to] = readSpan(span);
  const commands = Array.from({ length: to - from + 1 }, (_, i) => encodeCommand(['PUT', store, `${from + i}`]));
  return encodeParcel({ store: storeOf(store), incarnation: incarnation(Number(life)) }, sequence(from), commands);
}

export function readMessage(text: string, defaults: Defaults): PeerMessage {
  const type = text.split(/[ ,]/, 1)[0] ?? '';
  const rest = text.slice(type.length).trim();
  switch (type) {
    case 'heartbeat':
      return readHeartbeat(rest, defaults.heartbeat);
    case 'echo':
      return readEcho(rest, defaults.echo);
    case 'prepare':
      return { type, ballot: readBallot(rest) };
    case 'promise':
      return readPromise(rest);
    case 'accept':
      return readAccept(rest);
    case 'accepted': {
      const [ballot = '', ...spans] = rest.split(' ');
      return { type, ballot: readBallot(ballot), slots: spans.flatMap(readSlots) };
    }
    case 'fetch': {
      const [from, to] = readSpan(rest);
      return { type, from: slot(from), to: slot(to) };
    }
    case 'values':
      return readValues(rest);
    case 'forward': {
      const [, ballot = '', parcels = '', relayed] = match(rest, /^(\S+) (.*?)( \(relayed\))?$/, type);
      return {
        type,
        ballot: readBallot(ballot),
        hops: hops(relayed),
        parcels: parcels.split(' ').map(readParcel),
      };
    }
    case 'recall':
      return { type, incarnation: incarnation(Number(rest.replace('life ', ''))) };
    case 'recalled':
      return readRecalled(rest);
    case 'snapshot-fetch': {
      const [, at, offset, above, damaged] = match(
        rest,
        /^(\d+) from (\d+), above (\d+)(?:, (\d+) was damaged)?$/,
        type,
      );
      return {
        type,
        slot: slot(Number(at)),
        offset: Number(offset),
        above: slot(Number(above)),
        damaged: slot(Number(damaged ?? 0)),
      };
    }
    case 'read-slot':
    case 'read-slot-answer':
      return readReading(type, rest);
    default:
      throw new Error(`no message: ${text}`);
  }
}

function readHeartbeat(text: string, defaults: Heartbeat): Heartbeat {
  const [head = '', ...clauses] = text.split(', ');
  const [, number, purpose = ''] = match(head, /^(?:(\d+) )?(.+)$/, 'heartbeat');
  let heartbeat: Heartbeat = {
    ...defaults,
    number: number === undefined ? defaults.number : Number(number),
    purpose: readPurpose(purpose),
  };
  for (const clause of clauses) {
    const [word = '', rest = ''] = split(clause);
    switch (word) {
      case 'supports':
        heartbeat = { ...heartbeat, supported: readBallot(rest) };
        break;
      case 'ineligible':
        heartbeat = { ...heartbeat, ineligible: rest as Ineligible };
        break;
      case 'priority':
        heartbeat = { ...heartbeat, priority: Number(rest) };
        break;
      case 'applied':
        heartbeat = { ...heartbeat, applied: slot(Number(rest)) };
        break;
      case 'durable':
        heartbeat = { ...heartbeat, durable: lsn(Number(rest)) };
        break;
      case 'contacts':
        heartbeat = { ...heartbeat, contacts: rest.split(' ').map((name) => replicaName(name)) };
        break;
      case 'wall':
        heartbeat = { ...heartbeat, wallMs: heartbeat.wallMs + Number(rest) };
        break;
      case 'log':
        heartbeat = { ...heartbeat, firstSlot: slot(Number(rest.replace('from ', ''))) };
        break;
      case 'checkpoint': {
        heartbeat = { ...heartbeat, checkpoint: readTestimony(rest) };
        break;
      }
      case 'founding':
        heartbeat = { ...heartbeat, founding: rest };
        break;
      default:
        throw new Error(`a heartbeat says nothing like: ${clause}`);
    }
  }
  return heartbeat;
}

/** `1000=c0ffee of b`. */
function readTestimony(text: string): Testimony {
  const [, at, digest = '', lineage = ''] = match(text, /^(\d+)=(\w+) of (\w+)$/, 'checkpoint');
  return { slot: slot(Number(at)), digest, lineage: storeOf(lineage) };
}

function readPurpose(text: string): Purpose {
  const [word, ballot = '', ...rest] = text.split(' ');
  if (word === 'none' || word === 'stand') return { type: word };
  if (word === 'lead') return { type: word, ballot: readBallot(ballot), established: rest.includes('established') };
  if (word !== 'release') throw new Error(`no purpose: ${text}`);
  const to = rest[1] ?? 'nobody';
  return { type: word, ballot: readBallot(ballot), to: to === 'nobody' ? null : replicaName(to) };
}

function readEcho(text: string, defaults: Echo): Echo {
  let echo = defaults;
  for (const clause of text.split(', ')) {
    const [word = '', rest = ''] = split(clause.replace(/^\d+ /, ''));
    const number = /^\d+/.exec(clause)?.[0];
    if (number !== undefined) echo = { ...echo, number: Number(number) };
    if (word === 'grants') echo = { ...echo, granted: readBallot(rest) };
    else if (word === 'willing' || word === 'unwilling') echo = { ...echo, willing: word === 'willing' };
    else if (word === 'free') echo = { ...echo, freeInMs: Number.parseFloat(rest.slice(3)) };
    else if (word === 'promised') echo = { ...echo, promised: readBallot(rest) };
    else if (word === 'applied') echo = { ...echo, applied: slot(Number(rest)) };
    else if (word !== '') throw new Error(`an echo says nothing like: ${clause}`);
  }
  return echo;
}

function readPromise(text: string): PeerMessage {
  const pattern = /^(\S+), decided (\d+)(?:, holds (.*?))?(, and more)?$/;
  const [, ballot = '', decided, runs = '', more] = match(text, pattern, 'promise');
  return {
    type: 'promise',
    ballot: readBallot(ballot),
    decidedUpTo: slot(Number(decided)),
    runs: runs === '' ? [] : runs.split(' ').map(readRun),
    truncated: more !== undefined,
  };
}

/** `5-7@2.b`. */
export function readRun(text: string): Run {
  const [, span = '', ballot = ''] = match(text, /^([\d-]+)@(\S+)$/, 'run');
  const [from, to] = readSpan(span);
  return { from: slot(from), to: slot(to), ballot: readBallot(ballot) };
}

function readAccept(text: string): PeerMessage {
  const [, ballot = '', proposals = '', chosen] = match(text, /^(\S+?)((?: \d+=.*)?), chosen (\d+)$/, 'accept');
  return {
    type: 'accept',
    ballot: readBallot(ballot),
    chosenUpTo: slot(Number(chosen)),
    proposals: pieces(proposals).map((piece) => {
      const [, at, value = ''] = match(piece, /^(\d+)=(.*)$/, 'proposal');
      return { slot: slot(Number(at)), value: readValue(value) };
    }),
  };
}

function readValues(text: string): PeerMessage {
  const pattern = /^from (\d+)(.*?), decided (\d+)(?:, log from (\d+))?$/;
  const [, first, held = '', decided, firstSlot] = match(text, pattern, 'values');
  return {
    type: 'values',
    first: slot(Number(first)),
    decidedUpTo: slot(Number(decided)),
    firstSlot: slot(Number(firstSlot ?? 1)),
    held: pieces(held).map(readHeld),
  };
}

function readRecalled(text: string): PeerMessage {
  const pattern = /^life (\d+): promised (\S+), highest (\d+), lsn (\d+)$/;
  const [, life, promised = '', highest, remembered] = match(text, pattern, 'recalled');
  return {
    type: 'recalled',
    incarnation: incarnation(Number(life)),
    promised: readBallot(promised),
    highest: slot(Number(highest)),
    remembered: lsn(Number(remembered)),
  };
}

function readReading(type: 'read-slot' | 'read-slot-answer', text: string): PeerMessage {
  const pattern = /^(\d+) of (\S+) life (\d+)(?:, slot (\d+))?( \(relayed\))?$/;
  const [, id, reader = '', life, at, relayed] = match(text, pattern, type);
  const common = { reader: replicaName(reader), incarnation: incarnation(Number(life)), id: Number(id) };
  if (type === 'read-slot') return { type, ...common, hops: hops(relayed) };
  return { type, ...common, slot: slot(Number(at)) };
}

/** Entries that begin with a slot: ` 5=noop 6=batch(3 B at 1)`. */
function pieces(text: string): string[] {
  return text.split(/ (?=\d+[=@])/).filter((piece) => piece.trim() !== '');
}

function readSeat(text: string): { readonly name: ReplicaName; readonly store: StoreId | null } {
  const [, name = '', store = ''] = match(text, /^([^=]+)=(\S+)$/, 'seat');
  return { name: replicaName(name), store: store === '-' ? null : storeOf(store) };
}

function readSpan(text: string): readonly [from: number, to: number] {
  const [, from, to] = match(text, /^(\d+)(?:-(\d+))?$/, 'span');
  return [Number(from), Number(to ?? from)];
}

function readSlots(text: string): Slot[] {
  const [from, to] = readSpan(text);
  return Array.from({ length: to - from + 1 }, (_, i) => slot(from + i));
}

function split(clause: string): readonly [string, string] {
  const at = clause.indexOf(' ');
  return at < 0 ? [clause, ''] : [clause.slice(0, at), clause.slice(at + 1)];
}

function hops(relayed: string | undefined): number {
  return relayed === undefined ? 0 : 1;
}

/** The groups of a pattern; those that took no part are undefined. */
function match(text: string, pattern: RegExp, what: string): readonly [string, ...string[]] {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`no ${what}: ${text}`);
  return found as unknown as readonly [string, ...string[]];
}
