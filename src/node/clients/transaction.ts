/**
 * The transaction of one connection, as Redis 7 has it: from MULTI to EXEC commands are gathered, not executed, and an
 * error among them keeps EXEC from executing any; WATCH remembers by which revision keys were last changed. What EXEC makes
 * of it is one write (kv/transaction.ts): nothing of it is done before, and then all of it at once.
 */

import { must, unreachable } from '../../base/assert.js';
import { ALL_KEYS, type LocalCommand, type LocalName, type Reader } from '../../kv/command.js';
import { STEP_WORK } from '../../kv/meter.js';
import { bytesIn, list, OK } from '../../kv/replies.js';
import { encodeTransaction, watchedRevision } from '../../kv/transaction.js';
import type { Syntax } from '../../wire/client-request.js';
import type { Reply } from '../../wire/reply.js';
import type { Limits } from '../settings.js';
import { COPY_WORK } from '../write-load.js';
import {
  discarded,
  discardedBecause,
  notInside,
  notNested,
  tooManyWatched,
  transactionTooLarge,
  transactionTooLong,
  watchInside,
  withoutMulti,
} from './errors.js';
import { type Argv, KEYS_PER_COMMAND, type Logged, loadOf, type Request, type Surroundings } from './request.js';
import { foresee, type Gathered, sizeError } from './transaction-size.js';

/** As many as one origin may have under way: what the event loop applies in a few dozen milliseconds. */
const MOST_WORDS = 8_192;

/** Of what is queued, and of a key that is watched, besides its bytes. */
const OVERHEAD_BYTES = 128;

/** What else may be asked for in a transaction: it touches neither data nor connection, and is answered when it is queued. */
const HARMLESS: ReadonlySet<LocalName> = new Set(['ECHO', 'PING', 'SELECT']);

/** A command for the log, or a reply that is known. */
type Queued = Gathered | { readonly type: 'reply'; readonly reply: Reply };

/** A request of which the connection knows what to do. */
export type Taken = Exclude<Request, { readonly type: 'control' }>;

type Asked<T extends Request['type']> = Extract<Request, { readonly type: T }>;

/** Carries out a command that is not about the data. */
export type RunLocal = (command: LocalCommand, words: Argv) => Reply | null;

const QUEUED: Reply = { type: 'status', text: 'QUEUED' };

export class Transaction {
  #state: 'none' | 'open' | 'failed' = 'none';
  #queue: Queued[] = [];
  #queuedWords = 0;
  #queuedBytes = 0;
  /** Keys with the revisions that they had. */
  #watched = new Map<string, number>();
  /** As they were asked for, with those that are watched twice. */
  #watchedKeys = 0;
  #watchedBytes = 0;
  /** WATCHes that are not answered, or in vain: as long as there is one, nobody knows what is watched. */
  #unanswered = 0;

  /** What is held for it. */
  get bytes(): number {
    return this.#queuedBytes + this.#watchedBytes;
  }

  /** Neither gathers nor watches: after EXEC, DISCARD and RESET. */
  reset(): void {
    this.#state = 'none';
    this.#forgetQueue();
    this.unwatch();
  }

  /** No WATCH is under way. */
  unwatch(): void {
    this.#watched = new Map();
    this.#watchedKeys = 0;
    this.#watchedBytes = 0;
    this.#unanswered = 0;
  }

  /** What is to be done with a request, which may be something else; to be asked of every request, in their order. */
  take(request: Request, limits: Limits, runLocal: RunLocal): Taken {
    if (this.#state === 'none') return this.#outside(request);
    const { syntax } = request;
    switch (request.type) {
      case 'write': {
        const { type, command, words } = request;
        return this.#enqueue({ type, command, words }, request, limits);
      }
      case 'read': {
        const { type, command, words } = request;
        if (command.kind !== 'read') return this.#refuse(notInside(), syntax);
        return this.#enqueue({ type, command, words }, request, limits);
      }
      case 'local':
        return this.#local(request, limits, runLocal);
      case 'once':
        return this.#refuse(notInside(), syntax);
      case 'wrong':
        return this.#enqueue({ type: 'reply', reply: request.reply }, request, limits);
      case 'control':
        if (request.command.name === 'EXEC') return { type: 'exec', syntax };
        return { type: 'refused', reply: request.command.name === 'MULTI' ? notNested() : watchInside(), syntax };
      case 'refused':
        this.#fail();
        return request;
      default:
        return request;
    }
  }

  /** What EXEC comes to: a command for the log, or a reply. No WATCH is under way. */
  exec(around: Surroundings): Logged | Reply {
    const queue = this.#queue;
    const watched = this.#watched;
    const isKnown = this.#state === 'open' && this.#unanswered === 0;
    this.reset();
    if (!isKnown) return discarded();
    const commands = queue.filter((one) => one.type !== 'reply');
    if (commands.length === 0 && watched.size === 0) return completed(queue, []);
    const foreseen = foresee(commands, around);
    const tooMuch = sizeError(foreseen, around);
    if (tooMuch !== null) return discardedBecause(tooMuch);
    const bytes = encodeTransaction(watched, commands);
    return {
      bytes,
      load: loadOf(foreseen, bytes.length, around.machine),
      answered: foreseen.answered,
      complete: (reply) => (reply.type === 'list' ? completed(queue, reply.items) : reply),
    };
  }

  #outside(request: Request): Taken {
    const { syntax } = request;
    if (request.type === 'local' && request.command.name === 'DISCARD')
      return { type: 'refused', reply: withoutMulti('DISCARD'), syntax };
    if (request.type !== 'control') return request;
    switch (request.command.name) {
      case 'MULTI':
        this.#state = 'open';
        return { type: 'answered', reply: OK, syntax };
      case 'EXEC':
        return { type: 'refused', reply: withoutMulti('EXEC'), syntax };
      case 'WATCH':
        return this.#watch(request);
      default:
        return unreachable(request.command.name);
    }
  }

  /** A read, which notes what it finds. */
  #watch({ words, syntax }: Asked<'control'>): Taken {
    this.#unanswered++;
    const keys = words.words - 1;
    if (this.#watchedKeys + keys > KEYS_PER_COMMAND)
      return { type: 'refused', reply: tooManyWatched(KEYS_PER_COMMAND), syntax };
    const watched = this.#watched;
    const { bytes } = words;
    this.#watchedKeys += keys;
    this.#watchedBytes += bytes + OVERHEAD_BYTES * keys;
    const evaluate = (reader: Reader): Reply => {
      for (let i = 1; i < words.words; i++) {
        const key = words.text(i);
        if (!watched.has(key)) watched.set(key, watchedRevision(reader.get(key)));
      }
      this.#unanswered--;
      return OK;
    };
    return { type: 'read', command: { kind: 'read', name: 'WATCH', keys: ALL_KEYS, evaluate }, words, bytes, syntax };
  }

  #local(request: Asked<'local'>, limits: Limits, runLocal: RunLocal): Taken {
    const { command, words, syntax } = request;
    const { name } = command;
    if (name === 'DISCARD' || name === 'QUIT' || name === 'RESET') return request;
    // EXEC unwatches what it was asked to watch in any case, after it has looked at it.
    const reply = name === 'UNWATCH' ? OK : HARMLESS.has(name) ? runLocal(command, words) : null;
    if (reply !== null) return this.#enqueue({ type: 'reply', reply }, request, limits);
    return this.#refuse(notInside(), syntax);
  }

  #enqueue(one: Queued, { syntax }: Request, limits: Limits): Taken {
    if (this.#state === 'open') {
      this.#queuedWords += wordsOf(one);
      this.#queuedBytes += OVERHEAD_BYTES + (one.type === 'reply' ? bytesIn(one.reply) : one.words.bytes);
      this.#queue.push(one);
    }
    const reply =
      this.#queuedWords > MOST_WORDS
        ? transactionTooLong(MOST_WORDS)
        : this.#queuedBytes > limits.requestBytes
          ? transactionTooLarge(limits.requestBytes)
          : null;
    if (reply === null) return { type: 'answered', reply: QUEUED, syntax };
    return this.#refuse(reply, syntax);
  }

  #refuse(reply: Reply, syntax: Syntax): Taken {
    this.#fail();
    return { type: 'refused', reply, syntax };
  }

  #fail(): void {
    this.#state = 'failed';
    this.#forgetQueue();
  }

  #forgetQueue(): void {
    this.#queue = [];
    this.#queuedWords = 0;
    this.#queuedBytes = 0;
  }
}

/** What it is worth at apply, with its own head; a reply that is known is worth little. */
function wordsOf(one: Queued): number {
  if (one.type === 'reply') return 1;
  const looks = one.type === 'read' && one.command.looks === true;
  const copies = one.type === 'write' && one.command.copies?.(one.words) === true;
  return 1 + one.words.words + (looks ? STEP_WORK : 0) + (copies ? COPY_WORK : 0);
}

/** The reply to EXEC: those of the commands, each at its place among those that were known before. */
function completed(queue: readonly Queued[], items: readonly Reply[]): Reply {
  let next = 0;
  return list(
    ...queue.map((one) => (one.type === 'reply' ? one.reply : must(items[next++], 'a reply to each command'))),
  );
}
