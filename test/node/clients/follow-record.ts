// What a follower must be told: a plain list of all that changed, and a reader of its lines that accepts every change once and in
// order, and whole states where it is told to begin anew.

import { readable, readableKey } from '#src/wire/reply.js';

/** Value null: the key is gone. */
interface Change {
  readonly revision: number;
  readonly key: string;
  readonly value: string | null;
}

export class ChangeRecord {
  readonly #changes: Change[] = [];

  get last(): number {
    return this.#changes.at(-1)?.revision ?? 0;
  }

  /** Changes of one revision are told one after the other. */
  add(revision: number, key: string, value: string | null): void {
    this.#changes.push({ revision, key, value });
  }

  above(revision: number, prefix: string): Change[] {
    return this.#changes.filter((change) => change.revision > revision && change.key.startsWith(prefix));
  }

  /** The keys as they were, each with its value. */
  stateAt(revision: number, prefix: string): Map<string, string> {
    const state = new Map<string, string>();
    for (const change of this.#changes) {
      if (change.revision > revision || !change.key.startsWith(prefix)) continue;
      if (change.value === null) state.delete(change.key);
      else state.set(change.key, change.value);
    }
    return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Reads what one client gets; throws at the first line that it must not get there. */
export class FollowReader {
  readonly #record: ChangeRecord;
  readonly #prefix: string;
  #rest = '';
  /** Everything up to here was told. Null where the client said nothing of it. */
  #position: number | null;
  /** Of the present revision, so many were told. */
  #told = 0;
  /** While a whole state is told: of which revision, and the lines still due. */
  #state: { readonly revision: number; readonly due: string[] } | null = null;
  resyncs = 0;
  /** The last words, and the revision they tell to go on from. */
  end: { readonly line: string; readonly from: number } | null = null;

  constructor(record: ChangeRecord, prefix: string, from: number | null) {
    this.#record = record;
    this.#prefix = prefix;
    this.#position = from;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Of what has changed up to that revision, whether all was told. */
  hasAll(upTo: number): boolean {
    return this.#state === null && this.#position !== null && this.#due(upTo).length === 0;
  }

  #due(upTo: number): Change[] {
    const due = this.#record.above(this.#position ?? 0, this.#prefix).slice(this.#told);
    return due.filter(({ revision }) => revision <= upTo);
  }

  #line(line: string): void {
    if (this.end !== null) throw new Error(`'${line}' follows the last line`);
    const [head = '', at = ''] = line.split(' ');
    if (head === 'ERROR') this.#ended(line);
    else if (head === 'RESYNC') this.#begin(Number(at));
    else if (this.#state !== null) this.#ofState(line);
    else if (head === 'REVISION') this.#reached(Number(at));
    else this.#change(line);
  }

  #begin(revision: number): void {
    this.resyncs++;
    const pairs = [...this.#record.stateAt(revision, this.#prefix)];
    this.#state = { revision, due: pairs.map(([key, value]) => `${readableKey(key)} ${readable(value)}`) };
  }

  #ofState(line: string): void {
    if (this.#state === null) return;
    const { revision, due } = this.#state;
    const next = due.shift() ?? 'LIVE';
    if (line !== next) throw new Error(`'${line}' was told of the state at ${revision}, not '${next}'`);
    if (line !== 'LIVE') return;
    this.#state = null;
    this.#position = revision;
    this.#told = 0;
  }

  #reached(revision: number): void {
    if (this.#position !== null) this.#mustHave(revision);
    this.#position = Math.max(this.#position ?? 0, revision);
    this.#told = 0;
  }

  #change(line: string): void {
    const [next] = this.#due(Number.POSITIVE_INFINITY);
    const expected = next === undefined ? 'nothing' : lineOf(next);
    if (line !== expected) throw new Error(`'${line}' was told, not '${expected}'`);
    this.#told++;
  }

  #ended(line: string): void {
    const from = Number(/FROM (\d+)/.exec(line)?.[1]);
    this.end = { line, from };
    if (this.#state === null && from > 0) this.#mustHave(from);
  }

  #mustHave(revision: number): void {
    const [missing] = this.#due(revision);
    if (missing !== undefined)
      throw new Error(`'${lineOf(missing)}' was not told, and it is said that all is up to ${revision}`);
  }
}

function lineOf({ revision, key, value }: Change): string {
  const named = `${revision} ${value === null ? 'DELETE' : 'PUT'} ${readableKey(key)}`;
  return value === null ? named : `${named} ${readable(value)}`;
}
