/**
 * FOLLOW for a person: asks for changes again and again, on a connection of its own, and goes on with the next replica where the
 * last one ended, so that nothing is missed or told twice. From too old a revision it tells what there is now, and then goes on.
 */

import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../base/errors.js';
import type { Reply } from '../wire/reply.js';
import { type Change, changesOf } from './change.js';
import { ReplyLost } from './connection.js';
import { type Link, Unreachable } from './link.js';
import { replyOf } from './received.js';

const AT_ONCE = 1_000;
/** How long a replica waits for the first change, in milliseconds. */
const BLOCK_MS = 5_000;
const RETRY_MS = 250;

/** Errors that pass: there is no leader just now, or too much to do. */
const PASSING: readonly string[] = ['NOQUORUM', 'BUSY'];

export interface FollowEvents {
  change(change: Change): void;
  /** What is there already, when changes since then are not kept any more. */
  pair(key: string, value: string): void;
  /** `RESYNC 12`, `LIVE`; `REVISION 12` where it begins. */
  mark(text: string): void;
  /** Everything up to this revision has been told, and nothing came for a while. */
  idle(revision: number): void;
  /** Why nothing comes. */
  trouble(text: string): void;
}

export class Follower {
  readonly #link: Link;
  readonly #events: FollowEvents;
  readonly #prefix: string;
  /** Why nothing came lately, to say it once. */
  #trouble = '';

  /** `link` is the follower's alone. */
  constructor(link: Link, prefix: string, events: FollowEvents) {
    this.#link = link;
    this.#prefix = prefix;
    this.#events = events;
  }

  /** Tells changes after revision `from`, or from now on, until `signal`. The error reply that ends it, null otherwise. */
  async run(from: number | null, signal: AbortSignal): Promise<Reply | null> {
    let at = from;
    while (!signal.aborted) {
      try {
        const done = at === null ? await this.#begin(signal) : await this.#step(at, signal);
        if (typeof done === 'number') {
          at = done;
          this.#trouble = '';
        } else if (at !== null && done.type === 'error' && PASSING.includes(done.code)) {
          // It may be this replica alone that is cut off.
          this.#link.moveOn();
          await this.#wait(`${done.code} ${done.text}`);
        } else return done;
      } catch (error) {
        if (!(error instanceof ReplyLost || error instanceof Unreachable)) throw error;
        if (signal.aborted) return null;
        await this.#wait(messageOf(error));
      }
    }
    return null;
  }

  async #wait(why: string): Promise<void> {
    if (why !== this.#trouble) this.#events.trouble(`${why}; trying again until it goes on`);
    this.#trouble = why;
    await setTimeout(RETRY_MS);
  }

  async #begin(signal: AbortSignal): Promise<number | Reply> {
    const revision = await this.#revision(signal);
    if (typeof revision === 'number') this.#events.mark(`REVISION ${revision}`);
    return revision;
  }

  /** Tells what comes next; the revision from which to go on. */
  async #step(from: number, signal: AbortSignal): Promise<number | Reply> {
    const options = ['COUNT', `${AT_ONCE}`, 'BLOCK', `${BLOCK_MS}`];
    const reply = await this.#ask(['CHANGES', this.#prefix, 'FROM', `${from}`, ...options], signal, BLOCK_MS);
    if (reply.type === 'error') return reply.code === 'COMPACTED' ? this.#resync(signal) : reply;
    const { next, changes } = changesOf(reply);
    for (const change of changes) this.#events.change(change);
    if (changes.length === 0) this.#events.idle(next);
    return next;
  }

  /** The pairs are no one cut, but whatever changes while they are read is told behind them. */
  async #resync(signal: AbortSignal): Promise<number | Reply> {
    const revision = await this.#revision(signal);
    if (typeof revision !== 'number') return revision;
    this.#events.mark(`RESYNC ${revision}`);
    for (let after: readonly string[] = [], limit = AT_ONCE; ; ) {
      const reply = await this.#ask(['PREFIX', this.#prefix, ...after, 'LIMIT', `${limit}`], signal);
      if (reply.type === 'error' && reply.code === 'TOOLARGE' && limit > 1) limit = Math.ceil(limit / 4);
      else if (reply.type !== 'pairs') return reply;
      else {
        for (const [key, value] of reply.pairs) this.#events.pair(key, value);
        const last = reply.pairs.at(-1);
        if (last === undefined || reply.pairs.length < limit) break;
        after = ['AFTER', last[0]];
      }
    }
    this.#events.mark('LIVE');
    return revision;
  }

  async #revision(signal: AbortSignal): Promise<number | Reply> {
    const reply = await this.#ask(['REVISION'], signal);
    return reply.type === 'integer' ? Number(reply.value) : reply;
  }

  async #ask(argv: readonly string[], signal: AbortSignal, waitMs = 0): Promise<Reply> {
    return replyOf(await this.#link.send(argv, signal, waitMs), argv[0] ?? '');
  }
}
