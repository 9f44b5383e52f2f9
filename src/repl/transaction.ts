/**
 * Where this connection stands between WATCH, MULTI and EXEC. Replicas keep that with the connection: when it breaks, what was
 * watched or queued is gone, and the commands that follow in a script must not be executed one by one as if nothing had
 * happened. So they are held back here until the script has said EXEC or DISCARD.
 */

import type { Reply } from '../wire/reply.js';

type State =
  | { readonly type: 'none' }
  | { readonly type: 'watching' }
  | { readonly type: 'queueing'; readonly names: readonly string[] }
  /** The connection that watched is gone. */
  | { readonly type: 'unwatched' }
  /** The connection that queued is gone, or MULTI was refused for want of what was watched. */
  | { readonly type: 'broken' };

/** What is watched counts for these. */
const WORDS = new Set(['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH']);

const NONE: State = { type: 'none' };
const OK: Reply = { type: 'status', text: 'OK' };
const LOST = 'the connection broke and what it queued is gone; nothing of it is executed, nor is this';
const UNWATCHED = 'the connection that watched broke; not begun; WATCH again';

export class Transaction {
  #state: State = NONE;

  /** So many commands are queued; null outside of MULTI. */
  get queued(): number | null {
    return this.#state.type === 'queueing' ? this.#state.names.length : null;
  }

  get isBroken(): boolean {
    return this.#state.type === 'broken';
  }

  /** In the order in which EXEC will answer them. */
  get names(): readonly string[] {
    return this.#state.type === 'queueing' ? this.#state.names : [];
  }

  /** Whether another connection may be asked in its stead, should this one break. */
  mayMove(name: string): boolean {
    if (this.#state.type === 'queueing' || name === 'EXEC') return false;
    return this.#state.type === 'none' || !WORDS.has(name);
  }

  /** The answer to a command that must not be sent; null when it may be. */
  gate(name: string): Reply | null {
    if (this.#state.type === 'unwatched' && name === 'MULTI') {
      this.#state = { type: 'broken' };
      return { type: 'error', code: 'EXECABORT', text: UNWATCHED };
    }
    if (this.#state.type !== 'broken') return null;
    if (name === 'DISCARD' || name === 'EXEC') this.#state = NONE;
    return name === 'DISCARD' ? OK : { type: 'error', code: 'EXECABORT', text: LOST };
  }

  /** Takes note of what a replica answered. */
  took(name: string, reply: Reply): void {
    if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') this.#state = NONE;
    else if (reply.type !== 'status') return;
    else if (this.#state.type === 'queueing') {
      if (reply.text === 'QUEUED') this.#state = { type: 'queueing', names: [...this.#state.names, name] };
    } else if (reply.text !== 'OK') return;
    else if (name === 'MULTI') this.#state = { type: 'queueing', names: [] };
    else if (name === 'WATCH') this.#state = { type: 'watching' };
    else if (name === 'UNWATCH') this.#state = NONE;
  }

  /** The connection is gone. */
  lost(): void {
    if (this.#state.type === 'watching') this.#state = { type: 'unwatched' };
    if (this.#state.type === 'queueing') this.#state = { type: 'broken' };
  }
}
