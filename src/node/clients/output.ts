/**
 * What is written to one client: replies are gathered to the end of the turn, and it is watched whether they are taken. How much
 * may wait for a client is decided here; what is done about one that takes nothing, by the connection.
 */

import type { Connection } from '../ports.js';
import type { Client, ClientContext } from './client-context.js';

/** Replies are gathered to the end of the turn, or to this much. */
const WRITE_BYTES = 256 * 1024;

const NEVER_SWEPT = -1;

export class Output {
  readonly #connection: Connection;
  readonly #context: ClientContext;
  readonly #client: Client;
  #gathered = '';
  /** It was full when it was last looked at; something was written in this turn. */
  #wasFull = false;
  #sent = false;
  #bufferedAtSweep = NEVER_SWEPT;

  constructor(connection: Connection, context: ClientContext, client: Client) {
    this.#connection = connection;
    this.#context = context;
    this.#client = client;
  }

  /** Not taken yet. */
  get bytes(): number {
    return this.#gathered.length + this.#connection.buffered;
  }

  /** `text`: latin1. */
  gather(text: string): void {
    if (this.#gathered === '') this.#context.later(this.#client);
    this.#gathered += text;
    if (this.#gathered.length >= WRITE_BYTES) this.send();
  }

  /** What was gathered. */
  send(): void {
    if (this.#gathered === '') return;
    this.#connection.write(this.#gathered);
    this.#gathered = '';
    this.#sent = true;
    if (this.#connection.buffered > this.#context.limits.outputBytes) this.#connection.destroy();
  }

  /** Behind what was gathered. The client has taken all that was sent before. */
  sendRaw(bytes: Uint8Array | string): void {
    this.send();
    this.#connection.write(bytes);
    this.#bufferedAtSweep = NEVER_SWEPT;
    this.#context.watch(this.#client);
    this.#context.later(this.#client);
  }

  /** Behind what was gathered: some of the lines that many get. What has not been taken is watched. */
  sendLines(text: string): void {
    this.send();
    this.#connection.write(text);
    if (this.#connection.buffered === 0) return;
    this.#context.watch(this.#client);
    this.#context.later(this.#client);
  }

  drop(): void {
    this.#gathered = '';
  }

  isFull(): boolean {
    this.#wasFull = this.bytes >= this.#context.memory.outputMark(this.#context.limits.outputBytes);
    if (this.#wasFull) this.#context.watch(this.#client);
    return this.#wasFull;
  }

  /** True where what was full may be so no more: what was just written may be taken at once, of which nobody tells. */
  endTurn(): boolean {
    const mayHaveRoom = this.#sent && this.#wasFull;
    this.#sent = false;
    return mayHaveRoom;
  }

  /** Closes the connection if its client has taken nothing since the last sweep; `isOpen`: and has something to take. */
  sweep(isOpen: boolean): boolean {
    const { buffered } = this.#connection;
    const mayGoOn = isOpen && buffered === 0;
    if (!mayGoOn && buffered === this.#bufferedAtSweep) this.#connection.destroy();
    this.#bufferedAtSweep = mayGoOn ? NEVER_SWEPT : buffered;
    return !mayGoOn;
  }
}
