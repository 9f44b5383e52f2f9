/**
 * The requests of one connection that are under way, in their order, each until its reply has been given out. It counts what
 * they will cost to answer, because a turn of the event loop must be able to bear answering all of them.
 */

import type { VigilCommand, Walk } from '../../kv/command.js';
import { bytesIn } from '../../kv/replies.js';
import type { Syntax } from '../../wire/client-request.js';
import type { Reply } from '../../wire/reply.js';
import { Fifo } from '../origin/fifo.js';
import type { ClientContext } from './client-context.js';
import type { Argv, Evaluated } from './request.js';
import type { Waiting } from './waiting.js';

/** Some 1,500 small requests. */
const FULL_COST = 256 * 1024;
const BASE_COST = 160;
const WORD_COST = 64;

/** A request under way. `reply` is set when it is settled; a read that is `ready` gets its reply when its turn comes. */
export interface PendingRequest {
  readonly read: PendingRead | null;
  readonly syntax: Syntax;
  cost: number;
  ready: boolean;
  reply: Reply | null;
  /** Of a read that had nothing to tell when its turn came. */
  waiting: Waiting | null;
  /** Of a read that is evaluated step by step. */
  walk: Walk | null;
}

export interface PendingRead {
  readonly command: Evaluated | VigilCommand;
  readonly words: Argv;
}

export class PendingRequests {
  readonly #queue = new Fifo<PendingRequest>();
  #reads = 0;
  #cost = 0;

  get length(): number {
    return this.#queue.length;
  }

  get reads(): number {
    return this.#reads;
  }

  /** In bytes, more or less; with what a read that is not done yet has found. */
  get cost(): number {
    return this.#cost + (this.first?.walk?.bytes ?? 0);
  }

  get full(): boolean {
    return this.#cost >= FULL_COST;
  }

  get first(): PendingRequest | undefined {
    return this.#queue.at(0);
  }

  /** `answered`: bytes that its reply may have. */
  addWrite(syntax: Syntax, answered: number): PendingRequest {
    return this.#add(null, syntax, BASE_COST + answered);
  }

  /** A write has this reply, which counts as it is until its turn comes. True where that is more than was foreseen. */
  answered(request: PendingRequest, reply: Reply): boolean {
    request.reply = reply;
    const more = bytesIn(reply) - request.cost;
    if (more <= 0) return false;
    request.cost += more;
    this.#cost += more;
    return true;
  }

  /** `bytes`: of all its words. */
  addRead(read: PendingRead, syntax: Syntax, bytes: number): PendingRequest {
    this.#reads++;
    return this.#add(read, syntax, BASE_COST + WORD_COST * read.words.words + bytes);
  }

  /** It has its reply, and waits for its turn only. */
  addAnswered(reply: Reply, syntax: Syntax): void {
    this.#add(null, syntax, BASE_COST).reply = reply;
  }

  /** The first is answered. */
  shift(): void {
    const { cost, read } = this.#queue.shift();
    this.#cost -= cost;
    if (read !== null) this.#reads--;
  }

  #add(read: PendingRead | null, syntax: Syntax, cost: number): PendingRequest {
    const request: PendingRequest = { read, syntax, cost, ready: false, reply: null, waiting: null, walk: null };
    this.#queue.push(request);
    this.#cost += cost;
    return request;
  }
}

/** A read, or the next step of one, which is paid for out of the turn's work; null when it takes another step. */
export function evaluate(
  request: PendingRequest,
  command: Evaluated,
  words: Argv,
  context: ClientContext,
): Reply | null {
  const { reader, meter } = context;
  meter.begin();
  if (command.walk !== undefined) request.walk ??= command.walk(words);
  const reply = request.walk === null ? command.evaluate(reader, words, meter) : request.walk.step(reader, meter);
  context.work -= meter.work;
  return reply;
}
