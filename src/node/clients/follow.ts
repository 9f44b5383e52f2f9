/**
 * FOLLOW on one connection: a point at which a read is linearizable, then every change above a revision, once and in order,
 * for ever. While it is level with the others of its prefix, the hub sends it what it sends to all. When it is not, because
 * it begins further back or its client takes too little, it gets there by itself, out of the change log. Where that does
 * not reach back far enough, it begins with a whole state. A client that has begun and then does not keep up even with the
 * change log is cut off.
 */

import { type Revision, revision } from '../../base/ids.js';
import type { ChangeCursor } from '../../kv/change-log.js';
import { keyAt, RecordEntry } from '../../kv/record.js';
import type { TableCut } from '../../kv/table-cut.js';
import type { Reply } from '../../wire/reply.js';
import { DISTRUSTED, type ReadOutcome, type Service } from '../service.js';
import { type ClientMemory, FAIR_SHARE_BYTES } from './client-memory.js';
import { followEnds, readRefused, tooSlowToFollow } from './errors.js';
import type { Follower, FollowHub } from './follow-hub.js';
import { changeLine, LIVE_LINE, resyncLine, revisionLine, stateLine } from './follow-lines.js';
import type { Work } from './slices.js';

/** Made, and sent, at a time: a fraction of a millisecond's work. */
const CHUNK_BYTES = 16 * 1024;

/** Changes looked at at a time. */
const CHUNK_CHANGES = 2_000;

/** The connection, as the stream writes to it. */
export interface FollowOutput {
  /** Bytes that the client has not taken. */
  buffered(): number;
  send(lines: string): void;
  /** Nothing is followed: the connection goes on to the next request. */
  refuse(reply: Reply): void;
  /** The last line; then the connection ends. */
  finish(reply: Reply): void;
}

export interface FollowOptions {
  readonly service: Service;
  readonly hub: FollowHub;
  readonly memory: ClientMemory;
  readonly requestTimeoutMs: number;
  /** Whether what this replica has will do, possibly stale. */
  readonly stale: boolean;
  readonly prefix: string;
  /** Null: from what is when it begins. */
  readonly from: Revision | null;
  readonly output: FollowOutput;
}

const READY: ReadOutcome = { type: 'ready' };

export class Follow implements Follower {
  readonly prefix: string;
  readonly #options: FollowOptions;
  #position: Revision = revision(0);
  #mustResync = false;
  #isOver = false;
  /** Under way, or resting; none where passes of the hub reach it. */
  #work: Work | null = null;
  #rests = false;
  /** The whole state that it is being sent. */
  #cut: { readonly state: TableCut; readonly at: Revision } | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.prefix = options.prefix;
  }

  get position(): Revision {
    return this.#position;
  }

  begin(): void {
    const { service, stale } = this.#options;
    if (stale && !service.distrusted) this.#granted(READY);
    else service.read((outcome) => this.#granted(outcome));
  }

  send(lines: string, upTo: Revision): boolean {
    const { output } = this.#options;
    if (lines !== '') output.send(lines);
    this.#position = upTo;
    if (!this.#isFull) return true;
    if (this.#work === null) {
      this.serve();
      this.#rests = true;
    }
    return false;
  }

  reached(upTo: Revision): void {
    if (upTo > this.#position) this.#position = upTo;
  }

  restart(): void {
    this.#mustResync = true;
    this.#options.hub.work(this.serve());
  }

  /** The client may have taken something, or the replica may be trusted again. */
  look(): void {
    const { hub } = this.#options;
    if (!this.#rests || hub.isDistrusted) return;
    hub.read();
    if (this.#isLost) this.#cutOff();
    else if (this.#rests && !this.#isFull) this.#resume();
  }

  /** The client has gone. */
  stop(): void {
    this.#isOver = true;
    this.#work = null;
    this.#rests = false;
    this.#endCut();
    this.#options.hub.remove(this);
  }

  /** The connection ends. */
  quit(): void {
    this.#finish(followEnds(this.#position));
  }

  serve(): Work {
    const work: Work = this.#serve(() => this.#work === work);
    this.#work = work;
    this.#rests = false;
    this.#endCut();
    return work;
  }

  get #isFull(): boolean {
    const { output, memory } = this.#options;
    return output.buffered() > (memory.exhausted ? 0 : FAIR_SHARE_BYTES);
  }

  /** What changed above where it is, or above the state that it is being sent, is not known any more. */
  get #isLost(): boolean {
    const { since } = this.#options.service.machine.changes;
    if (this.#cut !== null) return this.#cut.at < since;
    return !this.#mustResync && this.#position < since;
  }

  #granted(outcome: ReadOutcome): void {
    if (this.#isOver) return;
    const { service, hub, from, stale, output, requestTimeoutMs } = this.#options;
    const refusal = outcome.type === 'ready' && service.distrusted ? DISTRUSTED : outcome;
    if (refusal.type !== 'ready') {
      this.#isOver = true;
      output.refuse(readRefused(refusal, requestTimeoutMs / 1_000));
      return;
    }
    hub.add(this);
    const { revision: last, changes } = service.machine;
    this.#position = from ?? last;
    // A revision that is still to come, where nothing is missing here, is one of another store.
    this.#mustResync = this.#position < changes.since || (!stale && this.#position > last);
    if (from === null) output.send(revisionLine(last));
    hub.work(this.serve());
  }

  *#serve(isOwn: () => boolean): Generator<'rest' | undefined, void> {
    const { hub, service } = this.#options;
    while (isOwn()) {
      hub.read();
      // Reading may have found that the state is another: then other work has begun.
      if (!isOwn()) return;
      if (hub.isDistrusted || this.#isFull) yield this.#rest();
      else if (this.#mustResync) yield* this.#resync(isOwn);
      else if (this.#isLost) this.#cutOff();
      else {
        const level = hub.levelOf(this.prefix);
        if (this.#position < level) this.#catchUp(service.machine.changes.after(this.#position), level);
        else {
          this.#work = null;
          hub.join(this);
        }
        yield;
      }
    }
  }

  /** Sends some of what changed above its position, whole revisions, up to the level of the others. */
  #catchUp(cursor: ChangeCursor, level: Revision): void {
    let lines = '';
    let upTo = this.#position;
    for (let steps = 0; cursor.next(); steps++) {
      const at = cursor.revision;
      if (at > level) break;
      if (at !== upTo && (lines.length >= CHUNK_BYTES || steps >= CHUNK_CHANGES)) {
        this.send(lines, upTo);
        return;
      }
      if (cursor.hasPrefix(this.prefix)) lines += changeLine(cursor);
      upTo = at;
    }
    this.send(lines, level);
  }

  /** Sends the state as it is now, whole. */
  *#resync(isOwn: () => boolean): Generator<'rest' | undefined, void> {
    const { hub, service } = this.#options;
    if (!hub.mayResync(this)) {
      yield this.#rest();
      return;
    }
    const at = service.machine.revision;
    const state = service.machine.table.cut(at, this.prefix);
    this.#cut = { state, at };
    // Where it breaks off, nothing that was sent so far is of use.
    this.#position = revision(0);
    let lines = resyncLine(at);
    for (const { bytes, start } of state.walk()) {
      lines += stateLine(keyAt(bytes, start), new RecordEntry(bytes, start).value);
      if (lines.length < CHUNK_BYTES) continue;
      const goesOn = this.send(lines, this.#position);
      lines = '';
      yield goesOn ? undefined : this.#rest();
      if (isOwn()) hub.read();
      if (!isOwn()) return;
      if (hub.isDistrusted) {
        this.#endCut();
        yield this.#rest();
        return;
      }
      if (this.#isLost) {
        this.#cutOff();
        return;
      }
    }
    this.#endCut();
    this.#mustResync = false;
    this.send(lines + LIVE_LINE, at);
  }

  #rest(): 'rest' {
    this.#rests = true;
    return 'rest';
  }

  #resume(): void {
    this.#rests = false;
    if (this.#work !== null) this.#options.hub.work(this.#work);
  }

  #endCut(): void {
    if (this.#cut === null) return;
    this.#cut.state.release();
    this.#cut = null;
    this.#options.hub.resynced();
  }

  #cutOff(): void {
    this.#finish(tooSlowToFollow(this.#position));
  }

  #finish(reply: Reply): void {
    this.stop();
    this.#options.output.finish(reply);
  }
}
