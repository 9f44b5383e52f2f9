/**
 * The hand through which commands change the table, and time does. It gives all changes of one command the same revision,
 * and takes a revision only if something changed; the change log is told of each. Commands see nothing else of the state
 * machine, so they cannot reach a clock or chance: the time they see is that of the log.
 */

import { must } from '../base/assert.js';
import { type Revision, revision } from '../base/ids.js';
import type { ChangeLog } from './change-log.js';
import type { LoggedWords } from './logged-words.js';
import { Pair } from './pair.js';
import { type Entry, standIn } from './record.js';
import type { Table } from './table.js';

/** In bytes, at apply, everywhere alike; a replica may have a lower limit for what its clients ask. */
export const LONGEST_VALUE = 16 * 1024 * 1024;

/**
 * Of a store with more keys the change log does not name each that is cleared: that would take milliseconds, and push out
 * the rest.
 */
const MOST_CLEARED = 1_000;

export class Writer {
  readonly #table: Table;
  readonly #changes: ChangeLog;
  readonly #pair = new Pair();
  #revision: Revision = revision(0);
  #time = 0;
  #changed = false;

  constructor(table: Table, changes: ChangeLog) {
    this.#table = table;
    this.#changes = changes;
  }

  /** Of the last command that changed something. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Milliseconds since 1970 as the log has it: the highest stamp so far. Deadlines count from it. */
  get time(): number {
    return this.#time;
  }

  /** The table holds another state, whose last change has this revision, at this time. */
  resume(at: Revision, time: number): void {
    this.#revision = at;
    this.#time = time;
  }

  /** A batch has this stamp. Stamps of different leaders need not rise; time does not run backwards. */
  advance(stamp: number): void {
    this.#time = Math.max(this.#time, stamp);
  }

  /** Removes the first key whose deadline has come, under a revision of its own, and returns it; undefined when there is none. */
  expireNext(): string | undefined {
    if (this.#table.nextDeadline > this.#time) return undefined;
    const key = must(this.#table.firstToGo, 'a key that is to go');
    this.#table.delete(key);
    this.#revision = this.#next();
    this.#pair.take(key);
    this.#changes.add('expire', this.#pair, this.#revision);
    return key;
  }

  get(key: string): Entry | undefined {
    return this.#table.get(key);
  }

  /** Without a deadline the key is there for ever, whatever it had before. */
  put(key: string, value: string, deadline = 0): void {
    this.#pair.take(key, value);
    this.#put(deadline);
  }

  /** The same of two words of a command. */
  putWords(words: LoggedWords, key: number, value: number): void {
    this.#pair.stand(words.source, words.start(key), words.stop(key), words.start(value), words.stop(value));
    this.#put(0);
  }

  /** Of a key that is there; 0 for none. That is a change of the key as any other, told as a put, but no new version of it. */
  setDeadline(key: string, deadline: number): void {
    const at = this.#next();
    standIn(this.#pair, this.#table.setDeadline(key, deadline, at));
    this.#changes.add('put', this.#pair, at);
    this.#changed = true;
  }

  /** False when there was no such key: that changes nothing. */
  delete(key: string): boolean {
    const existed = this.#table.delete(key);
    if (existed) {
      this.#tellDelete(key);
      this.#changed = true;
    }
    return existed;
  }

  /** Nothing is left. */
  clear(): void {
    if (this.#table.size === 0) return;
    const at = this.#next();
    if (this.#table.size > MOST_CLEARED) this.#changes.forget(at);
    else for (const [key] of this.#table.entriesFrom('')) this.#tellDelete(key);
    this.#table.clear();
    this.#changed = true;
  }

  /** The command is done: what it changed stands under one revision. */
  finish(): void {
    if (this.#changed) this.#revision = this.#next();
    this.#changed = false;
  }

  #put(deadline: number): void {
    const at = this.#next();
    this.#table.put(this.#pair, at, deadline);
    this.#changes.add('put', this.#pair, at);
    this.#changed = true;
  }

  #tellDelete(key: string): void {
    this.#pair.take(key);
    this.#changes.add('delete', this.#pair, this.#next());
  }

  #next(): Revision {
    return revision(this.#revision + 1);
  }
}
