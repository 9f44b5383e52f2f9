/**
 * The hand through which a command changes the table. It gives all changes of one command the same revision, and takes a
 * revision only if something changed. Commands see nothing else of the state machine, so they cannot reach a clock or chance.
 */

import { type Revision, revision } from '../base/ids.js';
import type { Entry } from './record.js';
import type { Table } from './table.js';

/** In bytes, at apply, everywhere alike; a replica may have a lower limit for what its clients ask. */
export const LONGEST_VALUE = 16 * 1024 * 1024;

export class Writer {
  readonly #table: Table;
  #revision: Revision = revision(0);
  #changed = false;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Of the last command that changed something. */
  get revision(): Revision {
    return this.#revision;
  }

  /** The table holds another state, whose last change has this revision. */
  resume(at: Revision): void {
    this.#revision = at;
  }

  get(key: string): Entry | undefined {
    return this.#table.get(key);
  }

  put(key: string, value: string): void {
    this.#table.put(key, value, this.#next());
    this.#changed = true;
  }

  /** False when there was no such key: that changes nothing. */
  delete(key: string): boolean {
    const existed = this.#table.delete(key);
    if (existed) this.#changed = true;
    return existed;
  }

  /** Nothing is left. */
  clear(): void {
    if (this.#table.size === 0) return;
    this.#table.clear();
    this.#changed = true;
  }

  /** The command is done: what it changed stands under one revision. */
  finish(): void {
    if (this.#changed) this.#revision = this.#next();
    this.#changed = false;
  }

  #next(): Revision {
    return revision(this.#revision + 1);
  }
}
