/**
 * The one true log, put together from what replicas decide, and what it makes of the store: a state machine of its own, written
 * anew and as plainly as can be, against which every replica is held at equal slots. It knows which writes were executed, by
 * the token each one carries, so that none is executed twice and none is acknowledged without being there.
 */

import type { Words } from '#src/kv/command.js';
import type { StateMachine } from '#src/kv/state-machine.js';
import type { Value } from '#src/paxos/value.js';
import { forEachParcel } from '#src/wire/parcel.js';
import { ChangeRecord } from '../../node/clients/follow-record.js';
import { digestOf, showValue } from './values.js';
import { Violation } from './violation.js';

interface Entry {
  readonly digest: number;
  readonly revision: number;
  /** Of the whole table after this slot. */
  readonly contents: number;
}

/** Keys that one batch takes, whatever is in it; one with more commands takes as many. */
const LEAST_AT_ONCE = 200;

/** What a state has that was made wrong on purpose, and no other. */
export const WRONG_KEY = 'wrong';

/** How long an id of ONCE is kept. */
const KEPT_MS = 660_000;

export interface ChronicleEvents {
  executed(token: string): void;
  /** The ONCE with this token was forgotten, and is executed again. */
  repeats(token: string): void;
  happened(what: string): void;
  /** The value of the write with this token went by itself. */
  expired(token: string): void;
  duplicateSkipped(): void;
}

export class Chronicle {
  /** By slot; index 0 is before the first. */
  readonly #entries: Entry[] = [{ digest: 0, revision: 0, contents: 0 }];
  /** What changed at which revision: what those who follow must be told. */
  readonly changes = new ChangeRecord();
  readonly #table = new Map<string, string>();
  /** Of the keys that are to go. */
  readonly #deadlines = new Map<string, number>();
  /** By which each key was last changed. */
  readonly #revisions = new Map<string, number>();
  /** Times at which ids of ONCE were used. */
  readonly #onces = new Map<string, number>();
  /** Of all of them, in order. */
  readonly #onceTimes: number[] = [];
  #time = 0;
  readonly #sessions = new Map<string, { readonly incarnation: number; readonly last: number }>();
  /** Slot at which the write with that token was executed. */
  readonly #executed = new Map<string, number>();
  /** Tokens of writes of which a client was told that they were not executed. */
  readonly #refused = new Set<string>();
  readonly #events: ChronicleEvents;
  readonly #digests = new Map<number, string>();
  #revision = 0;
  #contents = 0;
  #acknowledgedUpTo = 0;

  constructor(events: ChronicleEvents) {
    this.#events = events;
  }

  get last(): number {
    return this.#entries.length - 1;
  }

  get revision(): number {
    return this.#revision;
  }

  get keys(): Iterable<string> {
    return this.#table.keys();
  }

  /** A replica decided the slot. True when it was the first to do so. */
  decided(slot: number, value: Value, who: string): boolean {
    const digest = digestOf(value);
    const known = this.#entries[slot];
    if (known !== undefined) {
      if (known.digest !== digest)
        throw new Violation(
          'one value per slot',
          `slot ${slot} is ${showValue(value)} at ${who}, and was something else before`,
        );
      return false;
    }
    if (slot !== this.last + 1)
      throw new Violation('no gaps', `${who} decided slot ${slot}, nobody slot ${this.last + 1}`);
    if (value.type === 'batch') {
      this.#time = Math.max(this.#time, value.stamp);
      this.#expire(value.bytes);
      this.#execute(slot, value.bytes);
    }
    this.#entries.push({ digest, revision: this.#revision, contents: this.#contents });
    return true;
  }

  /** A client was told that its write was executed. */
  acknowledged(token: string): void {
    const slot = this.#executed.get(token);
    if (slot === undefined)
      throw new Violation('acknowledged writes are decided', `the write ${token} was acknowledged, and no slot has it`);
    this.#acknowledgedUpTo = Math.max(this.#acknowledgedUpTo, slot);
  }

  /** The last slot with a write that a client was told of. */
  get acknowledgedUpTo(): number {
    return this.#acknowledgedUpTo;
  }

  /** The slot with a write; 0 where none has it. */
  slotOf(token: string): number {
    return this.#executed.get(token) ?? 0;
  }

  /** A client was told that its write was not executed, for certain. */
  refused(token: string): void {
    const slot = this.#executed.get(token);
    if (slot !== undefined)
      throw new Violation('refused writes are not executed', `the write ${token} was refused, and is in slot ${slot}`);
    this.#refused.add(token);
  }

  /** False when the state machine has executed something else than this log. */
  agrees(machine: StateMachine): boolean {
    return this.#entries[machine.applied]?.revision === machine.revision && machine.get(WRONG_KEY) === undefined;
  }

  /** Replicas that executed the same have the same digest. */
  digest({ checkpoint }: StateMachine, who: string): void {
    if (checkpoint === null) return;
    const known = this.#digests.get(checkpoint.slot);
    if (known === undefined) this.#digests.set(checkpoint.slot, checkpoint.digest);
    else if (known !== checkpoint.digest)
      throw new Violation('equal digests', `${who} has another digest than others after slot ${checkpoint.slot}`);
  }

  /** A replica's state machine is where this log says it should be. */
  compare(machine: StateMachine, who: string): void {
    const entry = this.#entries[machine.applied];
    if (entry === undefined)
      throw new Violation('equal states', `${who} applied slot ${machine.applied}, which nobody decided`);
    if (entry.revision === machine.revision) return;
    throw new Violation(
      'equal states',
      `${who} is at revision ${machine.revision} after slot ${machine.applied}, not at ${entry.revision}`,
    );
  }

  /** As `compare`, with every key. */
  compareContents(machine: StateMachine, who: string, keys: Iterable<string>): void {
    this.compare(machine, who);
    let contents = 0;
    let found = 0;
    for (const key of keys) {
      const entry = machine.get(key);
      if (entry === undefined) continue;
      found++;
      contents ^= pairDigest(key, entry.value, entry.deadline);
    }
    if (found !== machine.keys)
      throw new Violation('equal states', `${who} has ${machine.keys} keys, ${found} of which were ever written`);
    if (contents === (this.#entries[machine.applied]?.contents ?? 0)) return;
    throw new Violation('equal states', `${who} holds other values than the log gives after slot ${machine.applied}`);
  }

  /** By the log's time alone, before anything else that a batch does. */
  #expire(batch: Uint8Array): void {
    if (this.#deadlines.size === 0) return;
    let commands = 0;
    forEachParcel(batch, ({ count }) => {
      commands += count;
    });
    const due = [...this.#deadlines].filter(([, deadline]) => deadline <= this.#time);
    due.sort(([a, one], [b, other]) => one - other || (a < b ? -1 : 1));
    for (const [key] of due.slice(0, Math.max(LEAST_AT_ONCE, commands))) {
      this.#events.expired(tokenOf(this.#table.get(key) ?? ''));
      this.#set(key, undefined, 0, 'EXPIRE');
      this.#revision++;
    }
  }

  #execute(slot: number, bytes: Uint8Array): void {
    forEachParcel(bytes, (header, commands) => {
      const mark = this.#sessions.get(header.store);
      const isNewer = mark === undefined || header.incarnation > mark.incarnation;
      const expected = isNewer ? 1 : mark.last + 1;
      if ((!isNewer && header.incarnation < mark.incarnation) || header.first !== expected) {
        this.#events.duplicateSkipped();
        return;
      }
      while (commands.next()) this.#command(slot, commands.name(), commands);
      this.#sessions.set(header.store, { incarnation: header.incarnation, last: header.first + header.count - 1 });
    });
  }

  #command(slot: number, name: string, words: Words): void {
    if (name === 'EXEC') this.#transaction(slot, words);
    else if (name === 'ONCE') this.#once(slot, words);
    else if (name === 'PUT') {
      const value = words.text(2);
      this.#note(tokenOf(value), slot);
      this.#set(words.text(1), value);
      this.#revision++;
    } else if (name === 'SET') {
      // `SET key value PX ms`, `SET key value KEEPTTL`.
      const value = words.text(2);
      this.#note(tokenOf(value), slot);
      const until = words.words === 4 ? this.#deadlines.get(words.text(1)) : this.#time + Number(words.text(4));
      this.#set(words.text(1), value, until);
      this.#revision++;
    } else if (name === 'DELETE') {
      // Clients name two keys: the one they mean, and their token.
      this.#note(words.text(2), slot);
      let removed = 0;
      for (let i = 1; i < words.words; i++) if (this.#set(words.text(i), undefined)) removed++;
      if (removed > 0) this.#revision++;
    } else throw new Error(`the chronicle does not know the command ${name}`);
  }

  /** `EXEC watched (key revision)* (words command)*`; the key of its last DELETE is its token. */
  #transaction(slot: number, words: Words): void {
    let at = 2 + 2 * Number(words.text(1));
    for (let i = 2; i < at; i += 2) {
      if ((this.#revisions.get(words.text(i)) ?? 0) === Number(words.text(i + 1))) continue;
      this.#events.happened('a watched key had changed');
      return;
    }
    let token = '';
    let isChange = false;
    for (; at < words.words; at += 1 + Number(words.text(at))) {
      const name = words.text(at + 1);
      const key = words.text(at + 2);
      if (name === 'DELETE') {
        isChange = this.#set(key, undefined) || isChange;
        token = key;
      } else if (name === 'PUT') {
        this.#set(key, words.text(at + 3));
        isChange = true;
      }
    }
    this.#note(token, slot);
    if (isChange) this.#revision++;
    this.#events.happened('a transaction was executed');
  }

  /** `ONCE id place command`; the id is the token. */
  #once(slot: number, words: Words): void {
    const id = words.text(1);
    const usedAt = this.#onces.get(id);
    if (usedAt !== undefined && usedAt + KEPT_MS > this.#time) {
      this.#events.happened('a ONCE came again');
      return;
    }
    // A use of an id that may have been its own is forgotten by now.
    if ((this.#onceTimes[Number(words.text(2))] ?? Number.POSITIVE_INFINITY) + KEPT_MS <= this.#time) {
      this.#events.happened('a ONCE came too late');
      return;
    }
    if (usedAt !== undefined) {
      this.#executed.delete(id);
      this.#events.repeats(id);
    }
    this.#onces.set(id, this.#time);
    this.#onceTimes.push(this.#time);
    this.#command(slot, words.text(3), { words: words.words - 3, text: (index) => words.text(3 + index) });
  }

  #note(token: string, slot: number): void {
    const before = this.#executed.get(token);
    if (before !== undefined)
      throw new Violation('executed once', `the write ${token} is executed in slot ${slot}, and was in ${before}`);
    if (this.#refused.has(token))
      throw new Violation(
        'refused writes are not executed',
        `the write ${token} was refused, and is executed in slot ${slot}`,
      );
    this.#executed.set(token, slot);
    this.#events.executed(token);
  }

  #set(key: string, value: string | undefined, deadline = 0, gone: 'DELETE' | 'EXPIRE' = 'DELETE'): boolean {
    const before = this.#table.get(key);
    const how = value === undefined ? gone : 'PUT';
    if (before !== undefined || value !== undefined) this.changes.add(this.#revision + 1, how, key, value ?? '');
    if (before !== undefined) this.#contents ^= pairDigest(key, before, this.#deadlines.get(key) ?? 0);
    this.#deadlines.delete(key);
    if (value === undefined) {
      this.#table.delete(key);
      this.#revisions.delete(key);
    } else {
      this.#contents ^= pairDigest(key, value, deadline);
      this.#table.set(key, value);
      this.#revisions.set(key, this.#revision + 1);
      if (deadline !== 0) this.#deadlines.set(key, deadline);
    }
    return before !== undefined;
  }
}

/** Every value begins with the token of its write, up to a blank. */
function tokenOf(value: string): string {
  const end = value.indexOf(' ');
  return end < 0 ? value : value.slice(0, end);
}

function pairDigest(key: string, value: string, deadline: number): number {
  let hash = Math.imul(0x811c9dc5 ^ deadline, 0x01000193) ^ (deadline / 2 ** 32);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 0x5bd1e995, 0x01000193) ^ value.length;
  const token = tokenOf(value);
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return hash;
}
