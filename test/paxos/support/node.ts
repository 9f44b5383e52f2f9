/**
 * One replica of the core under test with the least that it needs around it: a log that becomes durable after a while, the real
 * state machine, an origin that numbers commands. It survives crashes as a real one would: what was durable comes back, the rest
 * does not.
 */

import {
  type Incarnation,
  incarnation,
  type Lsn,
  lsn,
  type ReplicaName,
  type Slot,
  type StoreId,
  sequence,
  slot,
} from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { type Ballot, compareBallots, DECIDED, maxBallot, NO_BALLOT } from '#src/paxos/ballot.js';
import type {
  AcceptorState,
  Decided,
  Effects,
  Input,
  LogRecord,
  Now,
  Recovered,
  Replayed,
} from '#src/paxos/effects.js';
import { foundingDigest } from '#src/paxos/membership.js';
import type { Held, Run } from '#src/paxos/message.js';
import type { ReplicaOptions } from '#src/paxos/parts.js';
import { Replica } from '#src/paxos/replica.js';
import type { Session } from '#src/paxos/session.js';
import { FETCH_BYTES } from '#src/paxos/timing.js';
import { bytesOf } from '#src/paxos/value.js';
import { encodeCommand } from '#src/wire/command.js';
import { encodeParcel } from '#src/wire/parcel.js';

/** One group of the log, as one turn appended it. */
interface Group {
  readonly records: readonly LogRecord[];
  readonly state: AcceptorState;
  readonly durableAt: number;
}

export type NodeOptions = Pick<ReplicaOptions, 'name' | 'priority' | 'names' | 'timing' | 'reads'>;

const NOTHING: AcceptorState = {
  promised: NO_BALLOT,
  decidedUpTo: slot(0),
  firstSlot: slot(1),
  highestSlot: slot(0),
};

export class Node {
  readonly name: ReplicaName;
  readonly options: NodeOptions;
  store: StoreId;
  lives = 0;
  machine = new StateMachine();
  replica: Replica | null = null;
  /** What is durable or on its way to be, in order. */
  groups: Group[] = [];
  /** What its log finds damaged when it is opened next. */
  faulty: readonly Run[] = [];
  lost = false;
  heard = new Map<ReplicaName, StoreId>();
  remembered: Incarnation = incarnation(0);
  next = sequence(1);
  /** Values decided here, by slot; index 0 is unused. */
  decided: (Decided | undefined)[] = [undefined];
  gathered: LogRecord[] = [];
  /** How long its disk takes, least and most; the world's if it has none of its own. */
  diskMs: readonly [number, number] | null = null;
  #wallOffset: number;

  constructor(options: NodeOptions, store: StoreId, wallOffset: number) {
    this.name = options.name;
    this.options = options;
    this.store = store;
    this.#wallOffset = wallOffset;
  }

  /** What an empty log recovers. */
  static nothing(): Recovered {
    return recover([]);
  }

  get session(): Session {
    return { store: this.store, incarnation: incarnation(this.lives) };
  }

  now(mono: number): Now {
    return { mono, wall: 1_720_000_000_000 + this.#wallOffset + mono };
  }

  /** When the machine has something to do by time alone. */
  get nextDeadline(): number {
    return this.machine.nextDeadline;
  }

  /** What its log gives a peer that asks for these slots: as much as belongs into one answer. */
  range(from: Slot, to: Slot): Held[] {
    const held: Held[] = [];
    let bytes = 0;
    for (const decided of this.decided.slice(from, to + 1)) {
      if (decided === undefined || bytes >= FETCH_BYTES) break;
      held.push({ ...decided, ballot: DECIDED });
      bytes += bytesOf(decided.value);
    }
    return held;
  }

  /** The machine's wall clock is set. */
  moveWall(byMs: number): void {
    this.#wallOffset += byMs;
  }

  /** Digest of slot 1 as decided here, '' before it is. */
  get founding(): string {
    const value = this.decided[1]?.value;
    return value?.type === 'configuration' ? foundingDigest(value) : '';
  }

  /** Begins a life from what is durable. */
  start(mono: number, restartWaitMs = this.groups.length === 0 ? 0 : this.options.timing.leaseMs): void {
    this.lives += 1;
    const recovered = { ...recover(this.groups), faulty: this.faulty, lost: this.lost };
    this.machine = new StateMachine();
    const replayed = this.#replay(recovered);
    this.next = sequence(1);
    this.gathered = [];
    const { name, priority, names, timing, reads } = this.options;
    const options: ReplicaOptions = {
      name,
      priority,
      names,
      timing,
      reads,
      store: this.store,
      incarnation: incarnation(this.lives),
      restartWaitMs,
      heard: this.heard,
      recovered,
      replayed,
      lineage: this.store,
      sessions: { lastOf: (store) => this.machine.lastOf(store) },
      agenda: this,
    };
    this.replica = new Replica(options, this.now(mono));
  }

  /** Power is gone: what is not durable now is lost, and so is the process. */
  crash(mono: number): void {
    this.groups = this.groups.filter(({ durableAt }) => durableAt <= mono);
    this.replica = null;
  }

  /** The disk is replaced: nothing comes back, under a new store id. */
  wipe(store: StoreId): void {
    this.store = store;
    this.groups = [];
    this.heard = new Map();
    this.decided = [undefined];
  }

  step(input: Input, mono: number): Effects {
    if (this.replica === null) throw new Error(`${this.name} is down`);
    const effects = this.replica.step(input, this.now(mono));
    this.gathered.push(...effects.records);
    for (const decided of effects.decided) this.decided[decided.slot] = decided;
    return effects;
  }

  /** Ends a turn: what was gathered is one group. The LSN that becomes durable, null when nothing was appended. */
  append(durableAt: number): Lsn | null {
    const last = this.gathered.at(-1);
    if (last === undefined || this.replica === null) return null;
    const after = Math.max(durableAt, this.groups.at(-1)?.durableAt ?? 0);
    this.groups.push({ records: this.gathered, state: this.replica.acceptorState(), durableAt: after });
    this.gathered = [];
    return last.lsn;
  }

  /** Numbers one command and proposes it; its number. */
  put(key: string, value: string, mono: number): { readonly number: number; readonly effects: Effects } {
    const number = this.next;
    this.next = sequence(number + 1);
    const parcel = encodeParcel(this.session, number, [encodeCommand(['PUT', key, value])]);
    return { number, effects: this.step({ type: 'propose', parcel }, mono) };
  }

  #replay(recovered: Recovered): Replayed {
    const held = heldBySlot(this.groups);
    this.decided = [undefined];
    let configuration: Replayed['configuration'] = null;
    let founding = '';
    let lastStamp = 0;
    for (let at = slot(1); at <= recovered.decidedUpTo; at = slot(at + 1)) {
      const value = held.get(at)?.value;
      if (value === undefined) throw new Error(`${this.name} lost decided slot ${at}`);
      this.decided[at] = { slot: at, value };
      if (value.type === 'configuration') {
        configuration = value;
        if (at === 1) founding = foundingDigest(value);
      }
      if (value.type === 'batch') lastStamp = Math.max(lastStamp, value.stamp);
      this.machine.apply({ slot: at, value }, null, () => undefined);
    }
    return { configuration, founding, lastStamp };
  }
}

function heldBySlot(groups: readonly Group[]): Map<Slot, Held> {
  const held = new Map<Slot, Held>();
  for (const { records } of groups) {
    for (const record of records) {
      if (record.type === 'promised') continue;
      const ballot: Ballot = record.type === 'decided' ? DECIDED : record.ballot;
      const before = held.get(record.slot);
      if (before !== undefined && compareBallots(before.ballot, ballot) >= 0) continue;
      held.set(record.slot, { slot: record.slot, ballot, value: record.value });
    }
  }
  return held;
}

function recover(groups: readonly Group[]): Recovered {
  const state = groups.at(-1)?.state ?? NOTHING;
  let promised = state.promised;
  let last = lsn(0);
  for (const { records } of groups) {
    for (const record of records) {
      last = record.lsn;
      if (record.type !== 'decided') promised = maxBallot(promised, record.ballot);
    }
  }
  const held = [...heldBySlot(groups).values()]
    .filter((entry) => entry.slot > state.decidedUpTo)
    .sort((a, b) => a.slot - b.slot);
  return { ...state, promised, lastLsn: last, held, faulty: [], lost: false };
}
