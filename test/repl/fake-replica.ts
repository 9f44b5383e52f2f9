/**
 * A replica for tests of the REPL: speaks RESP on a port of its own by the house's own reader and renderer, answers what it is
 * told to, and breaks connections on demand. What it was asked is kept in order.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { must } from '#src/base/assert.js';
import type { Reply } from '#src/wire/reply.js';
import { RequestReader } from '#src/wire/request-reader.js';
import { renderResp } from '#src/wire/resp-reply.js';

/** `break` ends the connection; `silence` leaves the request without a reply. */
export type Answer = Reply | 'break' | 'silence';

export const OK: Reply = { type: 'status', text: 'OK' };
export const QUEUED: Reply = { type: 'status', text: 'QUEUED' };
export const NONE: Reply = { type: 'none' };
export const value = (bytes: string): Reply => ({ type: 'value', bytes });
export const integer = (n: number | bigint): Reply => ({ type: 'integer', value: n });
export const list = (...items: readonly Reply[]): Reply => ({ type: 'list', items });
export const error = (code: string, text: string): Reply => ({ type: 'error', code, text });

const HELLO: Reply = { type: 'map', fields: [['proto', integer(3)]] };

export class FakeReplica {
  /** Requests, words joined by blanks, without the greeting. */
  readonly asked: string[] = [];
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>, asked: string[]) {
    this.#server = server;
    this.#sockets = sockets;
    this.asked = asked;
    const place = must(server.address(), 'an address');
    this.address = typeof place === 'string' ? place : `127.0.0.1:${place.port}`;
  }

  static start(answer: (request: string, argv: readonly string[]) => Answer): Promise<FakeReplica> {
    const sockets = new Set<Socket>();
    const asked: string[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      const reader = new RequestReader();
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
      socket.on('data', (bytes) => {
        reader.push(bytes);
        for (let request = reader.next(); request !== undefined; request = reader.next()) {
          if (request.type !== 'command') continue;
          const isHello = request.argv[0] === 'HELLO';
          const words = request.argv.join(' ');
          if (!isHello) asked.push(words);
          const answered = isHello ? HELLO : answer(words, request.argv);
          if (answered === 'break') socket.destroy();
          else if (answered !== 'silence') socket.write(renderResp(answered, 3), 'latin1');
        }
        reader.keep();
      });
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(new FakeReplica(server, sockets, asked)));
    });
  }

  /** As when the process dies. */
  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Starts replicas and stops them all behind each test. */
export class FakeReplicas {
  readonly #started: FakeReplica[] = [];

  async start(answer: (request: string, argv: readonly string[]) => Answer): Promise<FakeReplica> {
    const replica = await FakeReplica.start(answer);
    this.#started.push(replica);
    return replica;
  }

  stop(): void {
    for (const replica of this.#started.splice(0)) replica.stop();
  }
}
