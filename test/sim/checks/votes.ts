/**
 * What every store has promised and accepted durably, kept beside the replicas: noted when a replica's own log said that a record
 * is durable, never before. It must all come back after a restart; a slot may be decided only when a majority of stores have
 * accepted its value in one ballot; the value of a slot in one ballot never changes; and a ballot has one owner, one life long.
 */

import type { StoreId } from '#src/base/ids.js';
import { type Ballot, ballotText, compareBallots, isDecided, NO_BALLOT } from '#src/paxos/ballot.js';
import type { LogRecord, Recovered, Repair } from '#src/paxos/effects.js';
import type { Accepted, Prepare, PromiseMessage, Run } from '#src/paxos/message.js';
import type { ConfigurationValue, Value } from '#src/paxos/value.js';
import { digestOf, showValue } from './values.js';
import { Violation } from './violation.js';

/** Who accepted one value of one slot in one ballot. */
interface Vote {
  readonly ballot: Ballot;
  readonly digest: number;
  /** A bit for every store that has it durably. */
  durable: number;
}

interface StoreState {
  readonly bit: number;
  promised: Ballot;
  /** The highest LSN that its log called durable. */
  lsn: number;
  /** Its log came back without an end that it had: `unnoticed` until somebody says so, then `lost` until it is repaired. */
  end: 'whole' | 'unnoticed' | 'lost';
  /** What it still held when the end was lost. */
  held: ReadonlyMap<number, Ballot>;
  /** The highest ballot durably accepted, by slot. */
  readonly accepted: Map<number, Vote>;
  /** Slots durably known as decided: their votes may be gone. */
  readonly decided: Set<number>;
}

/** One life of a replica: what its log has not said to be durable yet. */
export interface LifeState {
  readonly store: StoreId;
  readonly who: string;
  pending: Pending[];
}

interface Pending {
  readonly record: LogRecord;
  /** Null for what is no vote. */
  readonly vote: Vote | null;
}

export class Votes {
  readonly #stores = new Map<StoreId, StoreState>();
  readonly #slots = new Map<number, Vote[]>();
  readonly #owners = new Map<string, LifeState>();
  /** Who votes under which name, null for an empty seat; nothing until the founding is decided. */
  #seats: ConfigurationValue['seats'] = [];
  readonly #majority: number;
  /** The last slot that is decided. */
  #decided = 0;
  /** What slot 1 was decided as. */
  #founding: number | null = null;
  /** Stores that vote: all until the founding is decided. */
  #counted = -1;

  constructor(replicas: number) {
    this.#majority = Math.floor(replicas / 2) + 1;
  }

  /** A replica takes its first step. */
  begins(store: StoreId, who: string): LifeState {
    return { store, who, pending: [] };
  }

  /** What its log gave back, before anything new became durable. */
  cameBack(store: StoreId, who: string, recovered: Recovered, isDamaged = false): void {
    const state = this.#state(store);
    if (!isDamaged && (recovered.lost || recovered.faulty.length > 0))
      throw new Violation('a sound disk has no faults', `${who} came back with ${faultsOf(recovered)}`);
    // What was written behind a lost end, by whoever has not noticed, does not bring it back.
    const isShort = recovered.lastLsn < state.lsn || state.end === 'unnoticed';
    if (isDamaged && (recovered.lost || isShort)) {
      state.end = recovered.lost ? 'lost' : 'unnoticed';
      state.held = new Map(recovered.held.map(({ slot, ballot }) => [slot as number, ballot]));
      return;
    }
    state.end = 'whole';
    this.#checkWhole(state, who, recovered);
    this.#takeOver(store, state, who, recovered);
  }

  /** True while the log of this store lacks what it had, and nobody has noticed. */
  lacksUnnoticed(store: StoreId): boolean {
    return this.#state(store).end === 'unnoticed';
  }

  /** Somebody noticed that the end of this store's log is gone. */
  noticed(store: StoreId): void {
    this.#state(store).end = 'lost';
  }

  /** It is durable what the store goes on from: it must not have taken back a vote that may have counted. */
  repaired(store: StoreId, who: string, { promised, highestSlot, nextLsn, faulty }: Repair, decided: number): void {
    const state = this.#state(store);
    const wrong = (what: string): Violation => new Violation('a repair takes no vote back', `${who} ${what}`);
    if (compareBallots(promised, state.promised) < 0)
      throw wrong(`promised ${ballotText(state.promised)} durably, and goes on from ${ballotText(promised)}`);
    for (const [slot, vote] of state.accepted) {
      if (slot <= decided) continue;
      if (slot > highestSlot) {
        // Nobody else accepted it either, so it cannot have been chosen.
        state.accepted.delete(slot);
        vote.durable &= ~state.bit;
      } else if (
        !covers(faulty, slot, vote.ballot) &&
        compareBallots(state.held.get(slot) ?? NO_BALLOT, vote.ballot) < 0
      )
        throw wrong(`accepted slot ${slot} in ${ballotText(vote.ballot)} durably, and goes on without it`);
    }
    state.promised = promised;
    // Records that nobody remembers need not have been.
    state.lsn = nextLsn - 1;
    state.end = 'whole';
  }

  #checkWhole(state: StoreState, who: string, recovered: Recovered): void {
    if (compareBallots(recovered.promised, state.promised) < 0) {
      throw new Violation(
        'promises survive',
        `${who} promised ${ballotText(state.promised)} durably, and came back with ${ballotText(recovered.promised)}`,
      );
    }
    const held = new Map(recovered.held.map((entry) => [entry.slot as number, entry]));
    for (const [slot, vote] of state.accepted) {
      if (slot <= recovered.decidedUpTo) {
        state.accepted.delete(slot);
        continue;
      }
      const entry = held.get(slot);
      const order = entry === undefined ? -1 : compareBallots(entry.ballot, vote.ballot);
      if (order < 0 && !state.decided.has(slot) && !covers(recovered.faulty, slot, vote.ballot)) {
        throw new Violation(
          'votes survive',
          `${who} accepted slot ${slot} in ${ballotText(vote.ballot)} durably, and came back without it`,
        );
      }
      if (order === 0 && entry !== undefined && digestOf(entry.value) !== vote.digest) {
        throw new Violation(
          'votes survive',
          `${who} came back with another value for slot ${slot} in ${ballotText(vote.ballot)}`,
        );
      }
    }
  }

  /** What a log gives back is durable from then on, also where the process died before it heard so. */
  #takeOver(store: StoreId, state: StoreState, who: string, { promised, held, decidedUpTo }: Recovered): void {
    state.promised = promised;
    if (decidedUpTo >= 1) state.decided.add(1);
    const life = this.begins(store, who);
    for (const { slot, ballot, value } of held) {
      if (isDecided(ballot)) state.decided.add(slot);
      else this.#accept(state, slot, ballot, this.#vote(life, slot, ballot, value));
    }
  }

  appended(life: LifeState, record: LogRecord): void {
    const vote = record.type === 'accepted' ? this.#vote(life, record.slot, record.ballot, record.value) : null;
    life.pending.push({ record, vote });
  }

  /** The replica's log says that everything up to `lsn` is durable. */
  persisted(life: LifeState, lsn: number): void {
    const state = this.#state(life.store);
    state.lsn = Math.max(state.lsn, lsn);
    let done = 0;
    for (const { record, vote } of life.pending) {
      if (record.lsn > lsn) break;
      done++;
      if (record.type === 'decided') {
        state.decided.add(record.slot);
        continue;
      }
      if (compareBallots(record.ballot, state.promised) > 0) state.promised = record.ballot;
      if (record.type === 'promised') this.#own(life, record.ballot);
      else if (vote !== null) this.#accept(state, record.slot, record.ballot, vote);
    }
    life.pending = life.pending.slice(done);
  }

  /**
   * Somebody has received a vote of one of these stores, or its Prepare: its promise has to be durable there, and so has what it
   * accepted. What is decided needs no vote any more: an
   * acceptor that knows it as such answers the same, and logs nothing.
   */
  received(stores: readonly StoreId[], who: string, message: PromiseMessage | Accepted | Prepare): void {
    const voters = stores.map((store) => this.#state(store));
    if (!voters.some(({ promised }) => compareBallots(promised, message.ballot) >= 0)) {
      throw new Violation(
        'no vote before it is durable',
        `${who} sent a ${message.type} in ${ballotText(message.ballot)} that it might forget`,
      );
    }
    if (message.type === 'promise') this.#checkReport(voters.at(-1), who, message);
    if (message.type !== 'accepted') return;
    for (const slot of message.slots) {
      const vote = this.#slots.get(slot)?.find(({ ballot }) => compareBallots(ballot, message.ballot) === 0);
      if (slot <= this.#decided || (vote !== undefined && voters.some(({ bit }) => (vote.durable & bit) !== 0)))
        continue;
      throw new Violation(
        'no vote before it is durable',
        `${who} said that it accepted slot ${slot} in ${ballotText(message.ballot)}, and might forget it`,
      );
    }
  }

  /** A promise tells of everything that was accepted in lower ballots, whether its value can still be read or not. */
  #checkReport(
    state: StoreState | undefined,
    who: string,
    { ballot, decidedUpTo, runs, truncated }: PromiseMessage,
  ): void {
    if (state === undefined || state.end !== 'whole' || truncated) return;
    for (const [slot, vote] of state.accepted) {
      if (slot <= decidedUpTo || compareBallots(vote.ballot, ballot) >= 0 || covers(runs, slot, vote.ballot)) continue;
      throw new Violation(
        'a promise tells all',
        `${who} promised ${ballotText(ballot)} and did not tell that it accepted slot ${slot} in ${ballotText(vote.ballot)}`,
      );
    }
  }

  /** Whatever becomes of its process, this store will not let slot 1 be anything else. */
  knowsFounding(store: StoreId): boolean {
    const state = this.#state(store);
    return state.decided.has(1) || (this.#founding !== null && state.accepted.get(1)?.digest === this.#founding);
  }

  /** A slot was decided for the first time anywhere. */
  decided(slot: number, value: Value, who: string): void {
    const digest = digestOf(value);
    const votes = this.#slots.get(slot) ?? [];
    const most = Math.max(
      0,
      ...votes.filter((vote) => vote.digest === digest).map(({ durable }) => bits(durable & this.#counted)),
    );
    if (most < this.#majority) {
      throw new Violation(
        'decided by a majority',
        `${who} decided slot ${slot} as ${showValue(value)}, which only ${most} stores have accepted in one ballot`,
      );
    }
    this.#decided = slot;
    if (slot === 1) this.#founding = digest;
    if (value.type === 'configuration') this.#count(value);
  }

  /** False when it is decided that nobody votes under this name. */
  mayCount(name: string): boolean {
    return this.#seats.find((seat) => seat.name === name)?.store !== null;
  }

  /** The store that votes under this name, null when none does. */
  seatOf(name: string): StoreId | null {
    return this.#seats.find((seat) => seat.name === name)?.store ?? null;
  }

  #count({ seats }: ConfigurationValue): void {
    this.#seats = seats;
    this.#counted = 0;
    for (const { store } of seats) if (store !== null) this.#counted |= this.#state(store).bit;
  }

  /** A replica that promised its own ballot durably may ask others for theirs. */
  #own(life: LifeState, ballot: Ballot): void {
    if (ballot.replica !== life.who) return;
    const key = ballotText(ballot);
    const owner = this.#owners.get(key);
    if (owner !== undefined && owner !== life)
      throw new Violation('no ballot twice', `${life.who} stood in ${key} in two lives`);
    this.#owners.set(key, life);
  }

  #accept(state: StoreState, slot: number, ballot: Ballot, vote: Vote): void {
    vote.durable |= state.bit;
    const before = state.accepted.get(slot);
    if (before === undefined || compareBallots(before.ballot, ballot) < 0) state.accepted.set(slot, vote);
  }

  #vote(life: LifeState, slot: number, ballot: Ballot, value: Value): Vote {
    const digest = digestOf(value);
    const votes = this.#slots.get(slot);
    const known = votes?.find((vote) => compareBallots(vote.ballot, ballot) === 0);
    if (known !== undefined) {
      if (known.digest === digest) return known;
      throw new Violation(
        'one value per slot and ballot',
        `${life.who} accepted another value for slot ${slot} in ${ballotText(ballot)} than others did`,
      );
    }
    const vote = { ballot, digest, durable: 0 };
    if (votes === undefined) this.#slots.set(slot, [vote]);
    else votes.push(vote);
    return vote;
  }

  #state(store: StoreId): StoreState {
    let state = this.#stores.get(store);
    if (state === undefined) {
      if (this.#stores.size > 30) throw new Error('too many stores to count in one number');
      state = {
        bit: 1 << this.#stores.size,
        promised: NO_BALLOT,
        lsn: 0,
        end: 'whole',
        held: new Map(),
        accepted: new Map(),
        decided: new Set(),
      };
      this.#stores.set(store, state);
    }
    return state;
  }
}

function covers(faulty: readonly Run[], slot: number, ballot: Ballot): boolean {
  return faulty.some((run) => run.from <= slot && slot <= run.to && compareBallots(run.ballot, ballot) >= 0);
}

function faultsOf({ lost, faulty }: Recovered): string {
  const runs = faulty.map(({ from, to, ballot }) => `slots ${from} to ${to} faulty in ${ballotText(ballot)}`);
  return [...(lost ? ['a lost end'] : []), ...runs].join(', ');
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
