/**
 * What was done under a name of its client's, so that it is not done again: ONCE's ids, each with its command and what that
 * answered, in the order in which they came. It depends on the log alone, its time included, and is part of every snapshot.
 *
 * A copy of a command may wait at its origin for longer than ids are kept, while its client asks for it elsewhere. So uses
 * of ids are counted, and each copy says the place of the first that may have been its own: the one that its origin knew
 * when it came, or else the next. Only while nothing from there on is forgotten is an id that is not known new. It says a
 * place and not a time, for in a store that nobody writes to the time of the log stands still.
 */

import { assert, must } from '../base/assert.js';
import type { Reply } from '../wire/reply.js';
import { decodeReply, encodeReply } from './kept-reply.js';
import type { OnceMark } from './once-mark.js';
import { differentCommand, replyNotKept } from './replies.js';

/**
 * How long an id is kept, in the log's time: what is promised, ten minutes, and as long as a copy that came within them may
 * be under way until it is executed. Nobody who asks again in time hears that nothing was done.
 */
const KEPT_MS = 660_000;

/** And how long at least, however many there are. */
const LEAST_KEPT_MS = 60_000;

const MOST_IDS = 1_000_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Of a reply that is kept; a longer one is not. */
export const KEPT_REPLY_BYTES = 1_024;

/** Ids that one batch forgets at most: some hundred microseconds' work. */
const FORGOTTEN_AT_ONCE = 1_000;

const CHUNK_IDS = 1_024;

export interface Kept extends OnceMark {
  /** Milliseconds since 1970 as the log had it. */
  readonly time: number;
  /** As kept-reply.ts has it; null for one that is not kept. */
  readonly reply: string | null;
}

export interface OnceLimits {
  readonly ids: number;
  readonly bytes: number;
}

/** The table at one moment, for as long as it takes. */
export interface OnceCut extends Iterable<Kept> {
  readonly ids: number;
  readonly bytes: number;
  /** How many uses were before the oldest of these. */
  readonly forgotten: number;
}

export class OnceTable {
  readonly #limits: OnceLimits;
  /** The place of the last use of each. */
  #byId = new Map<string, number>();
  /** The oldest first. A chunk only ever grows, so that cuts can share it. */
  #chunks: Kept[][] = [];
  /** In the first chunk, before the oldest. */
  #gone = 0;
  #ids = 0;
  #forgotten = 0;
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

  /** Of the first use that may be that of a copy which comes now. */
  placeOf(id: string): number {
    const place = this.#byId.get(id);
    return place === undefined || !this.knows(id) ? this.#next : place;
  }

  /** Whether a copy that comes now will be answered, or refused, and not executed. */
  knows(id: string): boolean {
    const place = this.#byId.get(id);
    return place !== undefined && !this.#isTooOld(this.#at(place));
  }

  /** What the command is to be answered instead of being executed; null where nothing was done under this id, or too long ago. */
  answerTo(id: string, command: number): Reply | null {
    const place = this.#byId.get(id);
    const kept = place === undefined ? undefined : this.#at(place);
    if (kept === undefined || this.#isTooOld(kept)) return null;
    if (kept.command !== command) return differentCommand();
    return kept.reply === null ? replyNotKept() : decodeReply(kept.reply);
  }

  /**
   * Whether a copy with this id, to which there is no answer, may have been executed and forgotten since it came; `place`
   * as it was then.
   */
  isLate(id: string, place: number): boolean {
    return this.#forgotten > place || (this.#byId.get(id) ?? -1) >= place;
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
    this.#byId.set(kept.id, this.#next);
    this.#ids++;
    this.#bytes += bytesOf(kept);
  }

  /** What is added from now on is how it was at this time of the log, when so many uses were forgotten. */
  resume(time: number, forgotten: number): void {
    assert(this.#ids === 0, 'a table begins empty');
    this.#time = time;
    this.#forgotten = forgotten;
  }

  /** As it is now. */
  cut(): OnceCut {
    const chunks = [...this.#chunks];
    const first = this.#gone;
    const ids = this.#ids;
    return { ids, bytes: this.#bytes, forgotten: this.#forgotten, [Symbol.iterator]: () => walk(chunks, first, ids) };
  }

  /** Holds what `other` holds, which is of no more use. Cuts stay good. */
  become(other: OnceTable): void {
    this.#byId = other.#byId;
    this.#chunks = other.#chunks;
    this.#gone = other.#gone;
    this.#ids = other.#ids;
    this.#forgotten = other.#forgotten;
    this.#bytes = other.#bytes;
    this.#time = other.#time;
  }

  get #next(): number {
    return this.#forgotten + this.#ids;
  }

  /** `place`: of one that is not forgotten. */
  #at(place: number): Kept {
    const index = this.#gone + place - this.#forgotten;
    return must(this.#chunks[Math.floor(index / CHUNK_IDS)]?.[index % CHUNK_IDS], 'the use of an id');
  }

  #isTooOld({ time }: Kept): boolean {
    return time + KEPT_MS <= this.#time;
  }

  /** False when the oldest is not so old, or there is none. */
  #dropOldest(age: number): boolean {
    const oldest = this.#chunks[0]?.[this.#gone];
    if (oldest === undefined || oldest.time + age > this.#time) return false;
    // The same id may have been used again since.
    if (this.#byId.get(oldest.id) === this.#forgotten) this.#byId.delete(oldest.id);
    this.#ids--;
    this.#forgotten++;
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
