/**
 * What was done under a name of its client's, so that it is not done again: ONCE's ids, each with its command and what that
 * answered, in the order in which they came. It depends on the log alone, its time included, and is part of every snapshot.
 */

import { crc32 } from 'node:zlib';
import type { Reply } from '../wire/reply.js';
import { decodeReply, encodeReply } from './kept-reply.js';
import { differentCommand, replyNotKept } from './replies.js';

/** Under which such a command stands in the log. */
export const ONCE = 'ONCE';

/** How long an id is kept, in the log's time. */
const KEPT_MS = 600_000;

/** And how long at least, however many there are. */
const LEAST_KEPT_MS = 60_000;

const MOST_IDS = 1_000_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Of a reply that is kept; a longer one is not. */
export const KEPT_REPLY_BYTES = 1_024;

/** Ids that one batch forgets at most: some hundred microseconds' work. */
const FORGOTTEN_AT_ONCE = 1_000;

const CHUNK_IDS = 1_024;

/** By which such a command is known again. */
export interface OnceMark {
  /** latin1. */
  readonly id: string;
  /** Of the command (`fingerprintOf`). */
  readonly command: number;
}

export interface Kept extends OnceMark {
  /** Milliseconds since 1970 as the log had it. */
  readonly time: number;
  /** As kept-reply.ts has it; null for one that is not kept. */
  readonly reply: string | null;
}

/** Which command it is, out of its bytes: another one has another number, but for one case in billions. */
export function fingerprintOf(command: Uint8Array): number {
  return crc32(command) * 2 ** 20 + (command.length & 0xfffff);
}

export interface OnceLimits {
  readonly ids: number;
  readonly bytes: number;
}

/** The table at one moment, for as long as it takes. */
export interface OnceCut extends Iterable<Kept> {
  readonly ids: number;
  readonly bytes: number;
}

export class OnceTable {
  readonly #limits: OnceLimits;
  #byId = new Map<string, Kept>();
  /** The oldest first. A chunk only ever grows, so that cuts can share it. */
  #chunks: Kept[][] = [];
  /** In the first chunk, before the oldest. */
  #gone = 0;
  #ids = 0;
  /** Of ids and replies. */
  #bytes = 0;
  #time = 0;

  constructor(limits: OnceLimits = { ids: MOST_IDS, bytes: MOST_BYTES }) {
    this.#limits = limits;
  }

  /** The log has come to this time. */
  advance(time: number): void {
    this.#time = time;
    for (let n = 0; n < FORGOTTEN_AT_ONCE; n++) if (!this.#dropOldest(KEPT_MS)) return;
  }

  /** What the command is to be answered instead of being executed; null where nothing was done under this id, or too long ago. */
  answerTo(id: string, command: number): Reply | null {
    const kept = this.#byId.get(id);
    if (kept === undefined || kept.time + KEPT_MS <= this.#time) return null;
    if (kept.command !== command) return differentCommand();
    return kept.reply === null ? replyNotKept() : decodeReply(kept.reply);
  }

  /** False when it is full of ids that must not be forgotten yet. */
  makeRoom(id: string): boolean {
    const { ids, bytes } = this.#limits;
    while (this.#ids >= ids || this.#bytes + id.length + KEPT_REPLY_BYTES > bytes)
      if (!this.#dropOldest(LEAST_KEPT_MS)) return false;
    return true;
  }

  /** There is room. */
  keep(id: string, command: number, reply: Reply): void {
    const encoded = encodeReply(reply);
    const isShort = encoded !== null && encoded.length <= KEPT_REPLY_BYTES;
    this.add({ id, time: this.#time, command, reply: isShort ? encoded : null });
  }

  /** As it stands in a snapshot, in the same order. */
  add(kept: Kept): void {
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length === CHUNK_IDS) this.#chunks.push([kept]);
    else last.push(kept);
    this.#byId.set(kept.id, kept);
    this.#ids++;
    this.#bytes += bytesOf(kept);
  }

  /** What was added is how it was at this time of the log. */
  resume(time: number): void {
    this.#time = time;
  }

  /** As it is now. */
  cut(): OnceCut {
    const chunks = [...this.#chunks];
    const first = this.#gone;
    const ids = this.#ids;
    return { ids, bytes: this.#bytes, [Symbol.iterator]: () => walk(chunks, first, ids) };
  }

  /** Holds what `other` holds, which is of no more use. Cuts stay good. */
  become(other: OnceTable): void {
    this.#byId = other.#byId;
    this.#chunks = other.#chunks;
    this.#gone = other.#gone;
    this.#ids = other.#ids;
    this.#bytes = other.#bytes;
    this.#time = other.#time;
  }

  /** False when the oldest is not so old, or there is none. */
  #dropOldest(age: number): boolean {
    const oldest = this.#chunks[0]?.[this.#gone];
    if (oldest === undefined || oldest.time + age > this.#time) return false;
    // The same id may have been used again since.
    if (this.#byId.get(oldest.id) === oldest) this.#byId.delete(oldest.id);
    this.#ids--;
    this.#bytes -= bytesOf(oldest);
    if (++this.#gone === CHUNK_IDS) {
      this.#chunks.shift();
      this.#gone = 0;
    }
    return true;
  }
}

function* walk(chunks: readonly (readonly Kept[])[], first: number, ids: number): Generator<Kept> {
  let left = ids;
  let at = first;
  for (const chunk of chunks) {
    for (; at < chunk.length && left > 0; at++, left--) {
      const kept = chunk[at];
      if (kept !== undefined) yield kept;
    }
    at = 0;
  }
}

function bytesOf({ id, reply }: Kept): number {
  return id.length + (reply?.length ?? 0);
}
