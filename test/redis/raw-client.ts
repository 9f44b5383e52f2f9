/**
 * A client of RESP2 that understands nothing: it sends requests in pipelines and hands out each reply as the bytes that it
 * is, so that two servers can be compared byte by byte.
 */
import { connect, type Socket } from 'node:net';
import { must } from '#src/base/assert.js';

export class RawClient {
  readonly #socket: Socket;
  #text = '';
  #waiting: {
    readonly count: number;
    readonly replies: string[];
    readonly resolve: (replies: string[]) => void;
    reject: (error: Error) => void;
  } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#look();
    });
    socket.on('close', () => this.#waiting?.reject(new Error(`hung up after ${JSON.stringify(this.#text)}`)));
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('connect', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Sends all at once; resolves to one reply for each. One call at a time. */
  send(requests: readonly (readonly string[])[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#waiting = { count: requests.length, replies: [], resolve, reject };
      const text = requests.map((argv) => `*${argv.length}\r\n${argv.map(bulk).join('')}`).join('');
      this.#socket.write(text, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const waiting = must(this.#waiting, 'a request for the reply');
    const { count, replies, resolve } = waiting;
    let at = 0;
    while (replies.length < count) {
      const end = endOfReply(this.#text, at);
      if (end === -1) break;
      replies.push(this.#text.slice(at, end));
      at = end;
    }
    this.#text = this.#text.slice(at);
    if (replies.length < count) return;
    this.#waiting = null;
    resolve(replies);
  }
}

function bulk(word: string): string {
  return `$${word.length}\r\n${word}\r\n`;
}

/** Where the reply that begins at `at` ends; -1 when it has not come whole. */
function endOfReply(text: string, at: number): number {
  const lineEnd = text.indexOf('\r\n', at);
  if (lineEnd === -1) return -1;
  const end = lineEnd + 2;
  const count = Number(text.slice(at + 1, lineEnd));
  if (text[at] === '$' && count >= 0) return end + count + 2 <= text.length ? end + count + 2 : -1;
  let next = end;
  if (text[at] === '*') for (let i = 0; i < count && next !== -1; i++) next = endOfReply(text, next);
  return next;
}
