/**
 * A client of the inline syntax for tests: lines go out at once, replies of one line come back in order. When the connection
 * breaks, everything under way is rejected with `ConnectionLost`, so that a test never takes silence for an answer.
 */
import { connect, type Socket } from 'node:net';

export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

interface Waiting {
  /** Lines of a list, where the reply is one. */
  readonly items: number;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

export class InlineClient {
  readonly socket: Socket;
  readonly #waiting: Waiting[] = [];
  /** Of the list that is coming. */
  #items: string[] = [];
  #rest = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => this.#onText(text));
    // The reason is of no use to tests: `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new ConnectionLost('the connection broke'));
    });
  }

  /** Rejects with `ConnectionLost` when nobody listens. */
  static open(port: number, host = '127.0.0.1'): Promise<InlineClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      socket.once('connect', () => resolve(new InlineClient(socket)));
      socket.once('error', (error) => reject(new ConnectionLost(error.message)));
    });
  }

  get open(): boolean {
    return !this.socket.destroyed;
  }

  /** Sends a line; resolves to its reply, which must be one line (latin1), or a list of so many, joined with line ends. */
  request(line: string, items = 1): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new ConnectionLost('the connection is closed'));
        return;
      }
      this.#waiting.push({ items, resolve, reject });
      this.socket.write(`${line}\r\n`, 'latin1');
    });
  }

  /** Sends all lines at once; the reply to EXEC may be a list of so many items. */
  requests(lines: readonly string[], items = 1): Promise<string[]> {
    return Promise.all(lines.map((line) => this.request(line, line === 'EXEC' ? items : 1)));
  }

  /** Sends what the test made up, expecting nothing. */
  raw(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  #onText(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }

  #onLine(line: string): void {
    const { items = 1 } = this.#waiting[0] ?? {};
    const isItem = line.startsWith(`${this.#items.length + 1}) `) && this.#items.length < items;
    if (items > 1 && isItem) {
      if (this.#items.push(line) === items) this.#endList();
      return;
    }
    // A list that ends early is a reply all the same, and this the one behind it.
    if (this.#items.length > 0) this.#endList();
    this.#waiting.shift()?.resolve(line);
  }

  #endList(): void {
    this.#waiting.shift()?.resolve(this.#items.splice(0).join('\n'));
  }
}
