/**
 * Reads the fields of one positional array in order, each by a method that says what it must be. Every refusal names the
 * message and the field's place. Nothing here knows a message; pulse-messages.ts and data-messages.ts do.
 */

import {
  type Incarnation,
  incarnation,
  type Lsn,
  lsn,
  type ReplicaName,
  replicaName,
  type Slot,
  slot,
} from '../base/ids.js';
import { type Ballot, DECIDED, NO_BALLOT } from '../paxos/ballot.js';
import { WireError } from './wire-error.js';

/** Longest name of a replica, address, nonce or cluster id, in characters. */
const MAX_NAME = 255;

/** Far above any round that a cluster reaches, far below where adding 1 would stop working. */
const MAX_ROUND = 2 ** 48;

/** No blanks or control characters: names stand in logs and error texts. */
const NAME = /^[^\s\p{C}]+$/u;
const PLAIN_NAME = /^[!-~]+$/;
const STORE = /^[0-9a-f]{32}$/;
const DIGEST = /^(?:[0-9a-f]{16})?$/;
const CONTENT_DIGEST = /^(?:[0-9a-f]{64})?$/;

export class Fields {
  readonly #items: readonly unknown[];
  readonly #of: string;
  #next: number;

  /** `of` names the message in errors; `start` is the first field's place. */
  constructor(items: unknown, of: string, start = 0) {
    if (!Array.isArray(items)) throw new WireError(`${of} is no array`);
    this.#items = items;
    this.#of = of;
    this.#next = start;
  }

  /** Throws unless every field has been read. */
  done(): void {
    if (this.#next !== this.#items.length) throw new WireError(`${this.#of} has ${this.#items.length} fields`);
  }

  integer(min: number, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#items[this.#next++];
    if (typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)) return value;
    return this.#refuse(`an integer from ${min} to ${max}`);
  }

  /** Milliseconds, fractions allowed. */
  milliseconds(): number {
    const value = this.#items[this.#next++];
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
    return this.#refuse('milliseconds');
  }

  flag(): boolean {
    const value = this.#items[this.#next++];
    return typeof value === 'boolean' ? value : this.#refuse('true or false');
  }

  bytes(): Uint8Array {
    const value = this.#items[this.#next++];
    return value instanceof Uint8Array ? value : this.#refuse('bytes');
  }

  /** At most `max` items. */
  list(max: number): readonly unknown[] {
    const value = this.#items[this.#next++];
    return Array.isArray(value) && value.length <= max ? value : this.#refuse(`a list of at most ${max}`);
  }

  /** The same, or null. */
  listOrNull(max: number): readonly unknown[] | null {
    if (!this.#isNull()) return this.list(max);
    this.#next++;
    return null;
  }

  /** Any text of up to MAX_NAME characters without control characters, the empty one included. */
  text(): string {
    const value = this.#items[this.#next++];
    if (typeof value === 'string' && value.length <= MAX_NAME && !/\p{C}/u.test(value)) return value;
    return this.#refuse('a short text');
  }

  name(): ReplicaName {
    const value = this.#items[this.#next++];
    return isName(value) ? replicaName(value) : this.#refuse('a name');
  }

  nameOrNull(): ReplicaName | null {
    if (!this.#isNull()) return this.name();
    this.#next++;
    return null;
  }

  /** 32 hex digits; null where a seat is empty. */
  storeOrNull(): string | null {
    if (!this.#isNull()) return this.store();
    this.#next++;
    return null;
  }

  store(): string {
    return this.#matching(STORE, 'a store id');
  }

  /** 16 hex digits, or nothing. */
  digest(): string {
    return this.#matching(DIGEST, 'a digest');
  }

  /** 64 hex digits, or nothing. */
  contentDigest(): string {
    return this.#matching(CONTENT_DIGEST, 'a content digest');
  }

  slot(min: number): Slot {
    return slot(this.integer(min));
  }

  incarnation(): Incarnation {
    return incarnation(this.integer(1));
  }

  lsnOrNull(): Lsn | null {
    if (!this.#isNull()) return lsn(this.integer(0));
    this.#next++;
    return null;
  }

  incarnationOrNull(): Incarnation | null {
    if (!this.#isNull()) return this.incarnation();
    this.#next++;
    return null;
  }

  /** A ballot that a candidate can have. */
  ballot(): Ballot {
    return { round: this.integer(1, MAX_ROUND), replica: this.name() };
  }

  /** The same, or NO_BALLOT. */
  ballotOrNone(): Ballot {
    return this.#isEmptyBallot(NO_BALLOT) ? NO_BALLOT : this.ballot();
  }

  /** The same, or DECIDED. */
  ballotOrDecided(): Ballot {
    return this.#isEmptyBallot(DECIDED) ? DECIDED : this.ballot();
  }

  /** For what the message itself finds wrong with the field just read. */
  refuse(what: string): never {
    throw new WireError(`${this.#of}: ${what}`, { field: this.#next - 1 });
  }

  #isEmptyBallot(empty: Ballot): boolean {
    if (this.#items[this.#next] !== empty.round || this.#items[this.#next + 1] !== '') return false;
    this.#next += 2;
    return true;
  }

  #isNull(): boolean {
    return this.#items[this.#next] === null;
  }

  #matching(pattern: RegExp, what: string): string {
    const value = this.#items[this.#next++];
    return typeof value === 'string' && pattern.test(value) ? value : this.#refuse(what);
  }

  #refuse(expected: string): never {
    return this.refuse(`field ${this.#next - 1} must be ${expected}`);
  }
}

/** What a replica may be called. */
function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_NAME) return false;
  return PLAIN_NAME.test(value) || NAME.test(value);
}
