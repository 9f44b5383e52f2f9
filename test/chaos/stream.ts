/**
 * What one follower of all keys is told, line by line: revisions must come one after the other without a gap, none twice
 * but where its connection broke within one, and every follower must be told the same of each. Where the store says RESYNC
 * it begins anew.
 */
import { crc32 } from 'node:zlib';
import type { Story } from './story.js';

/** What followers were told of each revision, as the hash of its lines: what the first was told holds for the others. */
export class Chronicle {
  #hashes = new Uint32Array(65_536);

  /** False when another follower was told something else. */
  agrees(revision: number, hash: number): boolean {
    if (revision >= this.#hashes.length) {
      const grown = new Uint32Array(Math.max(2 * this.#hashes.length, revision + 1));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    // 0 stands for nothing.
    const told = hash === 0 ? 1 : hash;
    const known = this.#hashes[revision] ?? 0;
    if (known === 0) this.#hashes[revision] = told;
    return known === 0 || known === told;
  }
}

export class Stream {
  readonly #name: string;
  readonly #chronicle: Chronicle;
  readonly #story: Story;
  #rest = '';
  /** The revision that was told last, and whether all of it is known to have come. */
  #last = 0;
  #isWhole = true;
  #hash = 0;
  #keys = new Set<string>();
  /** Of the whole state that is being told. */
  #stateAt: number | null = null;
  changes = 0;
  resyncs = 0;
  /** There will be nothing more on this connection. */
  isOver = false;

  constructor(name: string, chronicle: Chronicle, story: Story) {
    this.#name = name;
    this.#chronicle = chronicle;
    this.#story = story;
  }

  /** The revision to go on from on another connection. What it told of the one behind comes again. */
  again(): number {
    // Of a state that did not come whole nothing is taken.
    if (!this.#isWhole) this.#last -= 1;
    this.#rest = '';
    this.#stateAt = null;
    this.#isWhole = true;
    this.isOver = false;
    return this.#last;
  }

  /** Whether something was told of that revision, or of a later one. */
  hasHeardOf(revision: number): boolean {
    return this.#stateAt === null && this.#last >= revision;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (!this.isOver) this.#line(line);
  }

  #line(line: string): void {
    const [head = '', what = '', key = ''] = line.split(' ', 3);
    if (head === 'ERROR') this.#ended(line);
    else if (this.#stateAt !== null) this.#ofState(line);
    else if (head === 'RESYNC') this.#resync(Number(what));
    else if (head === 'REVISION') this.#reached(Number(what));
    else this.#change(Number(head), key, line);
  }

  #resync(revision: number): void {
    this.resyncs++;
    if (revision < this.#last) this.#found('stale', `the state at ${revision} was told behind revision ${this.#last}`);
    this.#stateAt = revision;
  }

  #ended(line: string): void {
    this.isOver = true;
    if (!/^ERROR (BUSY|NOQUORUM) /.test(line)) this.#found('other', `was told ${line}`);
  }

  #ofState(line: string): void {
    if (line !== 'LIVE') return;
    this.#last = this.#stateAt ?? 0;
    this.#isWhole = true;
    this.#stateAt = null;
  }

  #reached(revision: number): void {
    this.#finish();
    if (revision !== this.#last)
      this.#found('lost', `all up to ${revision} was said to be told, and ${this.#last} was the last`);
    this.#last = Math.max(this.#last, revision);
  }

  #change(revision: number, key: string, line: string): void {
    this.changes++;
    if (revision !== this.#last || this.#isWhole) this.#begin(revision, line);
    if (this.#keys.has(key)) this.#found('other', `${key} changed twice at revision ${revision}`);
    this.#keys.add(key);
    this.#hash = crc32(line, this.#hash);
  }

  /** The first change of a revision. */
  #begin(revision: number, line: string): void {
    this.#finish();
    const expected = this.#last + 1;
    if (revision !== expected) {
      const wrong = revision > expected ? 'lost' : 'other';
      this.#found(wrong, `'${line.slice(0, 40)}' was told where revision ${expected} was due`);
    }
    this.#last = revision;
    this.#isWhole = false;
    this.#hash = 0;
    this.#keys = new Set();
  }

  /** Nothing more comes of the last revision. */
  #finish(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    if (!this.#chronicle.agrees(this.#last, this.#hash))
      this.#found('other', `others were told something else of revision ${this.#last}`);
  }

  #found(wrong: 'lost' | 'stale' | 'other', what: string): void {
    this.#story.found(wrong, `${this.#name}: ${what}`);
  }
}
