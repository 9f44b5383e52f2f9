// What a follower must be told: a plain list of all that changed, and a reader of its lines that accepts every change once and in
// order, and whole states where it is told to begin anew.

import { readable, readableKey } from '#src/wire/reply.js';

type ChangeName = 'PUT' | 'DELETE' | 'EXPIRE';

interface Change {
  readonly revision: number;
  readonly name: ChangeName;
  readonly key: string;
  /** '' unless it is a put. */
  readonly value: string;
}

export class ChangeRecord {
  readonly #changes: Change[] = [];

  /** Changes of one revision are told one after the other. */
  add(revision: number, name: ChangeName, key: string, value: string): void {
    this.#changes.push({ revision, name, key, value });
  }

  at(index: number): Change | undefined {
    return this.#changes[index];
  }

  /** Where the changes above that revision begin. */
  firstAbove(revision: number): number {
    let low = 0;
    for (let high = this.#changes.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The keys as they were, each with its value. */
  stateAt(revision: number, prefix: string): [string, string][] {
    const state = new Map<string, string>();
    for (const { name, key, value } of this.#changes.slice(0, this.firstAbove(revision))) {
      if (!key.startsWith(prefix)) continue;
      if (name === 'PUT') state.set(key, value);
      else state.delete(key);
    }
    return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Reads what one client gets; throws at the first line that it must not get there. */
export class FollowReader {
  readonly #record: ChangeRecord;
  readonly #prefix: string;
  #rest = '';
  /** Of the change that is to be told next, or of one before it that has another prefix; null where that is not known yet. */
  #next: number | null;
  #complete: number;
  /** While a whole state is told: of which revision, and the lines still due. */
  #state: { readonly revision: number; readonly due: string[] } | null = null;
  resyncs = 0;
  /** Of the whole state that was told last, or is being told. */
  resyncedAt = 0;
  /** The last words, and the revision they tell to go on from. */
  end: { readonly line: string; readonly from: number } | null = null;

  /** `from`: null where its client did not say. */
  constructor(record: ChangeRecord, prefix: string, from: number | null) {
    this.#record = record;
    this.#prefix = prefix;
    this.#next = from === null ? null : record.firstAbove(from);
    this.#complete = from ?? 0;
  }

  /**
   * Everything up to this revision was told, as far as a client can know: where lines stop, a revision may not have come
   * whole.
   */
  get complete(): number {
    return this.#complete;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** On another connection the client asks for what changed above `complete`. */
  again(): void {
    this.#rest = '';
    this.#state = null;
    this.end = null;
    this.#next = this.#record.firstAbove(this.#complete);
  }

  /** Of what has changed up to that revision, whether all was told. */
  hasAll(upTo: number): boolean {
    if (this.#state !== null || this.#next === null) return false;
    const due = this.#due();
    return due === undefined || due.revision > upTo;
  }

  #due(): Change | undefined {
    if (this.#next === null) return undefined;
    for (; ; this.#next++) {
      const change = this.#record.at(this.#next);
      if (change === undefined) return undefined;
      if (change.revision > this.#complete && change.key.startsWith(this.#prefix)) return change;
    }
  }

  #line(line: string): void {
    if (this.end !== null) throw new Error(`'${line}' follows the last line`);
    const [head = '', at = ''] = line.split(' ', 2);
    if (head === 'ERROR') this.#ended(line);
    else if (head === 'RESYNC') this.#begin(Number(at));
    else if (this.#state !== null) this.#ofState(line);
    else if (head === 'REVISION') this.#reached(Number(at));
    else this.#change(line);
  }

  #begin(revision: number): void {
    this.resyncs++;
    this.resyncedAt = revision;
    const pairs = this.#record.stateAt(revision, this.#prefix);
    this.#state = { revision, due: pairs.map(([key, value]) => `${readableKey(key)} ${readable(value)}`) };
    this.#complete = 0;
  }

  #ofState(line: string): void {
    if (this.#state === null) return;
    const { revision, due } = this.#state;
    const next = due.shift() ?? 'LIVE';
    if (line !== next) throw new Error(`'${line}' was told of the state at ${revision}, not '${next}'`);
    if (line !== 'LIVE') return;
    this.#state = null;
    this.#next = this.#record.firstAbove(revision);
    this.#complete = revision;
  }

  #reached(revision: number): void {
    if (this.#next === null) this.#next = this.#record.firstAbove(revision);
    this.#mustHave(revision);
    this.#complete = Math.max(this.#complete, revision);
  }

  #change(line: string): void {
    const due = this.#due();
    const expected = due === undefined ? 'nothing' : lineOf(due);
    if (line !== expected) throw new Error(`'${line}' was told, not '${expected}'`);
    if (due === undefined || this.#next === null) return;
    this.#complete = Math.max(this.#complete, due.revision - 1);
    this.#next++;
  }

  #ended(line: string): void {
    const from = Number(/FROM (\d+)/.exec(line)?.[1] ?? 0);
    this.end = { line, from };
    if (this.#state === null && from > 0) this.#mustHave(from);
  }

  #mustHave(revision: number): void {
    const due = this.#due();
    if (due !== undefined && due.revision <= revision)
      throw new Error(`'${lineOf(due)}' was not told, and it is said that all is up to ${revision}`);
  }
}

function lineOf({ revision, name, key, value }: Change): string {
  const named = `${revision} ${name} ${readableKey(key)}`;
  return name === 'PUT' ? `${named} ${readable(value)}` : named;
}
