/** Stands between a client and a daemon, and passes on only so many bytes of the daemon's: a transfer that stands half way. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class HoldingProxy {
  readonly port: number;
  /** Resolves when so much has been passed on, and more is held back. */
  readonly held: Promise<void>;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, port: number, held: Promise<void>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = port;
    this.held = held;
  }

  static listen(to: number, bytes: number): Promise<HoldingProxy> {
    const sockets = new Set<Socket>();
    let hold: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      hold = resolve;
    });
    const server = createServer((client) => {
      const daemon = connect(to, '127.0.0.1');
      for (const [one, other] of [
        [client, daemon],
        [daemon, client],
      ] as const) {
        sockets.add(one);
        // Whatever goes wrong with one of them ends both.
        one.on('error', () => one.destroy()).on('close', () => other.destroy());
      }
      client.on('data', (chunk) => daemon.write(chunk));
      let left = bytes;
      daemon.on('data', (chunk) => {
        client.write(chunk.subarray(0, left));
        left -= Math.min(left, chunk.length);
        if (left > 0) return;
        // Not paused: the end of the connection is to be noticed. What comes on top is lost.
        hold();
      });
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(new HoldingProxy(server, sockets, typeof address === 'object' ? (address?.port ?? 0) : 0, held));
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
