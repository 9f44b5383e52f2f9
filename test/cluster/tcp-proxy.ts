/**
 * A TCP proxy for one direction of dialling between two replicas. While it is cut, connections through it break and new
 * ones are refused, as when a cable is pulled; while it is deaf, bytes are taken and go nowhere, as when packets are lost.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'open' | 'cut' | 'deaf' = 'open';

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (near) => this.#onConnection(near, target));
  }

  /** Listens on `port` of the loopback interface and leads to `target` there. */
  static listen(port: number, target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(new TcpProxy(server, port, target)));
    });
  }

  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  deafen(): void {
    this.#state = 'deaf';
  }

  /** What was lost while deaf stays lost, so connections from that time break. */
  heal(): void {
    if (this.#state === 'deaf') for (const socket of this.#sockets) socket.destroy();
    this.#state = 'open';
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #onConnection(near: Socket, target: number): void {
    if (this.#state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: target, noDelay: true, allowHalfOpen: true });
    this.#join(near, far);
    this.#join(far, near);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from.setNoDelay());
    from.on('data', (bytes) => {
      if (this.#state === 'deaf') return;
      if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => to.end());
    // An error is followed by `close`, which takes the other side along.
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
