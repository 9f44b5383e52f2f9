/**
 * A TCP proxy for one direction of dialling between two replicas. While it is cut, connections through it break and new
 * ones are refused, as when a process ends; while it is deaf, bytes are taken and go nowhere, as when packets are lost, one way
 * or both.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The way of bytes: from who dialled, or to it. */
export type Way = 'forth' | 'back';

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #deaf = new Set<Way>();
  #isCut = false;

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
    this.#isCut = true;
    this.#breakAll();
  }

  deafen(way: Way): void {
    this.#deaf.add(way);
  }

  /** What was lost while deaf stays lost, so connections from that time break. */
  hear(way: Way): void {
    if (this.#deaf.delete(way)) this.#breakAll();
  }

  heal(): void {
    this.#isCut = false;
    this.hear('forth');
    this.hear('back');
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #onConnection(near: Socket, target: number): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: target, noDelay: true, allowHalfOpen: true });
    this.#join(near, far, 'forth');
    this.#join(far, near, 'back');
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(from: Socket, to: Socket, way: Way): void {
    this.#sockets.add(from.setNoDelay());
    from.on('data', (bytes) => {
      if (this.#deaf.has(way)) return;
      if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => {
      if (!this.#deaf.has(way)) to.end();
    });
    // An error is followed by `close`, which takes the other side along.
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#deaf.has(way)) to.destroy();
    });
  }
}
