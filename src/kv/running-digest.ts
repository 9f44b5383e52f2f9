/**
 * A digest of everything a state machine has executed: replicas that executed the same log with the same results have the same
 * digest at the same slot. It finds faults of memory and of programs, not forgers: 64 bits, mixed in two lanes that start
 * differently. It goes on behind a snapshot, which carries it.
 */

import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.js';
import type { Slot } from '../base/ids.js';
import type { Value } from '../paxos/value.js';
import type { Reply } from '../wire/reply.js';
import { valueSize, writeValue } from '../wire/value-codec.js';

/** Replicas compare their digests at multiples of this. */
export const CHECKPOINT_SLOTS = 1_000;

/** The digest as it was when `slot` had been executed. */
export interface Checkpoint {
  readonly slot: Slot;
  /** 16 hex digits. */
  readonly digest: string;
}

const UPPER = 0x1_0000_0000;
const DIGEST = /^[0-9a-f]{16}$/;

const KINDS: Readonly<Record<Reply['type'], number>> = {
  status: 1,
  value: 2,
  none: 3,
  integer: 4,
  error: 5,
  list: 6,
  pairs: 7,
  text: 8,
  map: 9,
  'no-list': 10,
};

export class RunningDigest {
  #one = 0;
  #two = 0;

  /** 16 hex digits. */
  get text(): string {
    return hex(this.#one) + hex(this.#two);
  }

  /** Goes on from this digest. */
  resume(text: string): void {
    assert(DIGEST.test(text), 'a digest has 16 hex digits');
    this.#one = Number.parseInt(text.slice(0, 8), 16) | 0;
    this.#two = Number.parseInt(text.slice(8), 16) | 0;
  }

  /** What one command came to. */
  reply(reply: Reply): void {
    this.#mix(KINDS[reply.type]);
    if (reply.type === 'integer') this.#mix(lower32(reply.value));
  }

  /** A key has expired. */
  expiry(key: string): void {
    this.#mix(crc32(key));
  }

  /** A slot is executed; `revision` is what the store has come to. */
  slot(slot: Slot, value: Value, revision: number): void {
    this.#mixInteger(slot);
    this.#mix(crcOf(value));
    this.#mixInteger(revision);
  }

  #mixInteger(n: number): void {
    this.#mix(n | 0);
    this.#mix((n / UPPER) | 0);
  }

  #mix(n: number): void {
    const one = Math.imul(this.#one ^ n, 0x9e3779b1);
    this.#one = one ^ (one >>> 15);
    const two = Math.imul(((this.#two << 13) | (this.#two >>> 19)) + n, 0x85ebca77);
    this.#two = two ^ (two >>> 16) ^ this.#one;
  }
}

function crcOf(value: Value): number {
  if (value.type === 'batch') return crc32(value.bytes);
  const bytes = new Uint8Array(valueSize(value));
  writeValue(value, bytes, 0);
  return crc32(bytes);
}

function lower32(n: number | bigint): number {
  return typeof n === 'number' ? n | 0 : Number(BigInt.asIntN(32, n));
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0');
}
