/**
 * A connection to one of several replicas that goes on to the next when it breaks. A reply may have many lines; to find its
 * end, every request is followed by an ECHO of a word that nobody can have stored: what comes before it is the reply.
 */

import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const DIAL_MS = 2000;
const REPLY_MS = 15_000;

/** The connection broke after a request was sent: whether it was executed is not known. */
export class ReplyLost extends Error {}

export class Link {
  readonly #addresses: readonly string[];
  readonly #moved: (to: string) => void;
  #place = 0;
  #at = '';
  #socket: Socket | undefined;
  #onLine: (line: string) => void = () => {};
  #onClose: () => void = () => {};

  /** `addresses` are `host:port`; `moved` is told when another than before answers. */
  constructor(addresses: readonly string[], moved: (to: string) => void) {
    this.#addresses = addresses;
    this.#moved = moved;
  }

  /** The lines of the reply (latin1). Rejects with `ReplyLost`, or with another error when nothing was sent. */
  async request(bytes: Buffer): Promise<readonly string[]> {
    const socket = await this.#open();
    const mark = randomUUID();
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      this.#onLine = (line) => (line === mark ? resolve() : lines.push(line));
      this.#onClose = () => reject(new ReplyLost(`the connection to ${this.#at} broke`));
      socket.setTimeout(REPLY_MS).write(Buffer.concat([bytes, Buffer.from(`\r\nECHO ${mark}\r\n`)]));
    });
    socket.setTimeout(0);
    return lines;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #open(): Promise<Socket> {
    for (let tried = 0; tried < this.#addresses.length && this.#socket === undefined; tried++) {
      const address = this.#addresses[this.#place] ?? '';
      this.#socket = await this.#dial(address);
      if (this.#socket === undefined) continue;
      if (this.#at !== '' && this.#at !== address) this.#moved(address);
      this.#at = address;
    }
    if (this.#socket === undefined) throw new Error(`no replica can be reached at ${this.#addresses.join(' or ')}`);
    return this.#socket;
  }

  #dial(address: string): Promise<Socket | undefined> {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
    return new Promise((resolve) => {
      const socket = connect({ host, port: Number(port), timeout: DIAL_MS, noDelay: true });
      socket.setEncoding('latin1').once('connect', () => resolve(socket.setTimeout(0)));
      // Whatever goes wrong ends in `close`, before or after the connection was made.
      const giveUp = (): void => void socket.destroy();
      socket.on('error', giveUp).on('timeout', giveUp);
      socket.once('close', () => {
        this.#socket = undefined;
        this.#place = (this.#place + 1) % this.#addresses.length;
        this.#onClose();
        resolve(undefined);
      });
      createInterface(socket)
        .on('line', (line) => this.#onLine(line))
        .on('error', giveUp);
    });
  }
}
