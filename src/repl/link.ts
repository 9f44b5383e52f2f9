/** The way to one of several replicas: a connection that is made when it is needed, and with the next replica when one breaks. */

import { messageOf } from '../base/errors.js';
import { Connection } from './connection.js';

/** More than a replica waits for a leader by default, which is 5 s. */
const REPLY_MS = 15_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** No replica took the connection: nothing was sent. */
export class Unreachable extends Error {}

export interface LinkEvents {
  /** Another replica than before answers. */
  moved(address: string): void;
  /** The connection is gone, and with it what the replica kept for it. */
  lost(): void;
}

export class Link {
  /** Sent at the start of every connection: what a replica forgets with the connection before. */
  greeting: readonly (readonly string[])[] = [];
  readonly #events: LinkEvents;
  /** The one to be asked first is the first. */
  #addresses: readonly string[];
  #lastAddress: string | null = null;
  #connection: Connection | null = null;
  #opening: Promise<Connection> | null = null;
  #isClosed = false;

  /** `addresses` are `host:port`, at least one. */
  constructor(addresses: readonly string[], events: LinkEvents) {
    this.#addresses = addresses;
    this.#events = events;
  }

  /** In the order in which they will be asked. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Of the replica that it is connected to. */
  get connectedTo(): string | null {
    return this.#connection?.address ?? null;
  }

  /**
   * What a replica answered (see `Connection.send`). Rejects with `Unreachable` or `ReplyLost`; giving up by `signal` ends the
   * connection, since its replies come in order. `waitMs`: how long the request itself asks the replica to wait.
   */
  async send(argv: readonly string[], signal: AbortSignal, waitMs = 0): Promise<unknown> {
    const connection = await this.#open();
    const giveUp = (): void => connection.end();
    const timer = setTimeout(giveUp, Math.min(REPLY_MS + waitMs, LONGEST_TIMER_MS));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      if (signal.aborted) giveUp();
      return await connection.send(argv);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** There are more replicas of the same cluster, to be asked when all others fail. */
  learn(addresses: readonly string[]): void {
    const known = new Map([...this.#addresses, ...addresses].reverse().map((address) => [sameHere(address), address]));
    this.#addresses = [...known.values()].reverse();
  }

  /** For good: what is being opened is of no use any more. */
  close(): void {
    this.drop();
    this.#isClosed = true;
  }

  /** The next request goes to another replica, if there is one. */
  moveOn(): void {
    if (this.#connection !== null) this.#putLast(this.#connection.address);
    this.drop();
  }

  /** The next request is made on a connection without a past. */
  drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.end();
  }

  async #open(): Promise<Connection> {
    if (this.#connection !== null) return this.#connection;
    if (this.#opening !== null) return this.#opening;
    const opening = this.#openAny().finally(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    this.#opening = opening;
    return opening;
  }

  async #openAny(): Promise<Connection> {
    const tried = this.#addresses;
    let refusal = '';
    for (const address of tried) {
      const connection = await this.#tryOpen(address);
      if (this.#isClosed) {
        if (connection instanceof Connection) connection.end();
        throw new Unreachable(`${address} is not asked any more`);
      }
      if (connection instanceof Connection) {
        this.#connection = connection;
        if (this.#lastAddress !== null && this.#lastAddress !== address) this.#events.moved(address);
        this.#lastAddress = address;
        return connection;
      }
      refusal = connection;
      this.#putLast(address);
    }
    throw new Unreachable(`no replica can be reached at ${tried.join(' or ')} (${refusal || 'no answer'})`);
  }

  /** A connection that has been greeted, or why there is none. */
  async #tryOpen(address: string): Promise<Connection | string> {
    let connection: Connection | null = null;
    try {
      connection = await Connection.open(address, (ended) => this.#ended(ended));
      for (const request of this.greeting) await connection.send(request);
      return connection;
    } catch (error) {
      connection?.end();
      return messageOf(error);
    }
  }

  #ended(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.#putLast(connection.address);
    this.#events.lost();
  }

  #putLast(address: string): void {
    this.#addresses = [...this.#addresses.filter((other) => other !== address), address];
  }
}

/** This machine under one of its names. */
function sameHere(address: string): string {
  return address.replace(/^(localhost|\[::1\]):/, '127.0.0.1:');
}
