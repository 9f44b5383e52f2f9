/**
 * Asks a replica on behalf of a person, again where that is safe: a read whenever its reply was lost; a write under an id
 * of its own (ONCE), by which the replica that is asked next knows whether it was executed already. What is neither is sent
 * once, and a lost reply is told for what it is. No reply is awaited for ever.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../base/errors.js';
import { tooManyIds } from '../kv/replies.js';
import type { Reply } from '../wire/reply.js';
import { ReplyLost } from './connection.js';
import { type Link, Unreachable } from './link.js';
import { replyOf } from './received.js';

/** How a request may be sent: for good once, again at will, or again under one id. */
export type Manner = 'single' | 'again' | 'once';

export interface Patience {
  /** So long a write is asked for again after its first reply was lost. */
  readonly forMs: number;
  /** Between two tries. */
  readonly everyMs: number;
}

export const PATIENCE: Patience = { forMs: 30_000, everyMs: 200 };

/** From what the library decoded. */
export type Read = (received: unknown) => Reply;

interface Asked {
  readonly argv: readonly string[];
  readonly read: Read;
  readonly signal: AbortSignal;
}

export class Caller {
  readonly #link: Link;
  readonly #patience: Patience;
  readonly #tell: (notice: string) => void;
  /** Replicas of before ONCE do not know it: then writes are sent plainly. */
  #knowsOnce = true;

  /** `tell`: why it takes long. */
  constructor(link: Link, patience: Patience, tell: (notice: string) => void) {
    this.#link = link;
    this.#patience = patience;
    this.#tell = tell;
  }

  /** The replica's reply, or an error reply that says what is not known. Rejects with `Unreachable`: nothing was executed. */
  async call(argv: readonly string[], manner: Manner, signal: AbortSignal, read?: Read): Promise<Reply> {
    const name = argv[0]?.toUpperCase() ?? '';
    const asked: Asked = { argv, read: read ?? ((received) => replyOf(received, name)), signal };
    if (manner === 'again') return this.#again(asked);
    if (manner === 'single' || !this.#knowsOnce) return this.#single(asked);
    if (name === 'ONCE') return this.#once(asked);
    const reply = await this.#once({ ...asked, argv: ['ONCE', randomUUID(), ...argv] });
    if (isUnknownOnce(reply)) this.#knowsOnce = false;
    else if (!isOutOfIds(reply)) return reply;
    return this.#single(asked);
  }

  async #single(asked: Asked): Promise<Reply> {
    try {
      return await this.#send(asked);
    } catch (error) {
      if (!(error instanceof ReplyLost)) throw error;
      return uncertain(asked.signal.aborted ? 'you stopped waiting' : messageOf(error));
    }
  }

  /** Until every replica had its turn. */
  async #again(asked: Asked): Promise<Reply> {
    for (let left = this.#link.addresses.length; ; left--) {
      try {
        return await this.#send(asked);
      } catch (error) {
        if (!(error instanceof ReplyLost)) throw error;
        if (asked.signal.aborted) return stopped();
        if (left === 0) return { type: 'error', code: 'NOREPLY', text: `${messageOf(error)}; it changed nothing` };
      }
    }
  }

  async #once(asked: Asked): Promise<Reply> {
    const deadline = performance.now() + this.#patience.forMs;
    for (let why = ''; ; ) {
      try {
        const reply = await this.#send(asked);
        if (!leavesDoubt(reply, why !== '')) return reply;
        why = `${reply.code} ${reply.text}`;
      } catch (error) {
        // Before the first was lost, none was sent.
        if (!(error instanceof ReplyLost) && !(error instanceof Unreachable && why !== '')) throw error;
        why = messageOf(error);
      }
      if (asked.signal.aborted) return uncertain('you stopped waiting');
      if (performance.now() >= deadline) return uncertain(why);
      this.#tell(`${why}; asking again under the same id`);
      await pause(this.#patience.everyMs, asked.signal);
    }
  }

  async #send({ argv, read, signal }: Asked): Promise<Reply> {
    return read(await this.#link.send(argv, signal, waitOf(argv)));
  }
}

/** Whether the write may be executed, for all that is known. What is said of a later try says nothing of those before it. */
function leavesDoubt(reply: Reply, isLaterTry: boolean): reply is Extract<Reply, { type: 'error' }> {
  if (reply.type !== 'error') return false;
  return reply.code === 'UNCERTAIN' || (isLaterTry && (/^(NOQUORUM|BUSY)$/.test(reply.code) || isUnknownOnce(reply)));
}

function isUnknownOnce(reply: Reply): boolean {
  return reply.type === 'error' && reply.code === 'ERR' && /^unknown command 'ONCE'/i.test(reply.text);
}

/** Others have used so many ids that no more are kept: the person did not ask for one. */
function isOutOfIds(reply: Reply): boolean {
  const full = tooManyIds();
  return reply.type === 'error' && full.type === 'error' && reply.code === full.code && reply.text === full.text;
}

function uncertain(why: string): Reply {
  const text = `${why}; it may have been executed, or be so later, or never; read before trying again`;
  return { type: 'error', code: 'UNCERTAIN', text };
}

function stopped(): Reply {
  return { type: 'error', code: 'STOPPED', text: 'you stopped waiting; it changed nothing' };
}

/** Ends early, and quietly, when the person stops waiting. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Milliseconds for which the request itself wants to be kept waiting. */
function waitOf(argv: readonly string[]): number {
  const place = argv.findIndex((word) => /^block$/i.test(word));
  const ms = Number(argv[place + 1]);
  return place > 0 && ms > 0 ? ms : 0;
}
