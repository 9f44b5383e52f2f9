/**
 * Connections over TCP, as the port that the replica is written against. Bytes written within one turn of the event loop
 * leave in one system call, without waiting for the answer to what left before (no Nagle). Who speaks what over a connection
 * is not known here.
 */

import {
  type ConnectOpts,
  createServer,
  connect as open,
  type Server,
  Socket,
  type SocketConstructorOpts,
} from 'node:net';
import { must } from '../../base/assert.js';
import { CodedError, messageOf } from '../../base/errors.js';
import type { Connection, ConnectionEvents, Listener, Net } from '../ports.js';
import { addressText, dialHost } from './addresses.js';

/** Clients come in crowds after a restart. */
const BACKLOG = 4_096;

/** As much as one read of Node's event loop takes from the kernel. */
const READ_BYTES = 64 * 1024;

/**
 * What is read from any connection, until the next read: whoever hears of bytes has them during the call only. Memory for
 * each read of each socket, and a stream to carry it, is what Node does by itself; that costs as much as everything else
 * about a small request.
 */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/** A host that does not answer at all is given up well before the kernel would. */
const DIAL_PATIENCE_MS = 2_000;

const CODES: Readonly<Record<string, readonly [code: string, meaning: string]>> = {
  EADDRINUSE: ['address-in-use', 'is in use'],
  EADDRNOTAVAIL: ['address-not-available', 'is not an address of this machine'],
  EACCES: ['address-not-permitted', 'may not be used by this user'],
  ENOTFOUND: ['unknown-host', 'has an unknown host name'],
  EAI_AGAIN: ['unknown-host', 'has a host name that cannot be resolved just now'],
  ECONNREFUSED: ['connection-refused', 'refuses connections'],
  ETIMEDOUT: ['connection-timeout', 'does not answer'],
};

/** A client whose machine vanished is noticed by the kernel's probes while it is read, and its descriptor freed. */
const SERVER_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // Nothing is read before the connection has its reader.
  pauseOnConnect: true,
};

type OnRead = NonNullable<ConnectOpts['onread']>;

/** How Node makes sockets of connections that are there already. Its types leave the handle out. */
interface AdoptOptions extends SocketConstructorOpts {
  readonly handle: object;
  readonly onread: OnRead;
  readonly highWaterMark: number;
}

/**
 * Where Node keeps the connection that a socket is about: undocumented, and the same from Node 0.10 to 24. Where it is not
 * there, the first client fails, and with it every test.
 */
interface WithHandle {
  _handle?: object | null | undefined;
}

export const tcp: Net = { listen, dial };

function listen(host: string, port: number, accept: (connection: Connection) => ConnectionEvents): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer(SERVER_OPTIONS, (socket) => {
      const incoming = new Incoming();
      TcpConnection.over(adopted(socket, incoming), incoming, accept);
    });
    server.once('error', (error) => reject(coded('cannot listen: ', error, host, port)));
    server.listen({ host, port, backlog: BACKLOG }, () => {
      // From here on an error is one of a single accept (no more descriptors): the listener goes on.
      server.removeAllListeners('error').on('error', () => undefined);
      resolve(listener(server, host, port));
    });
  });
}

function listener(server: Server, host: string, port: number): Listener {
  const bound = server.address();
  return {
    host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    // Node's callback would wait for every connection to end; those are their owners' business.
    close: async () => void server.close(),
  };
}

function dial(
  host: string,
  port: number,
  connected: (connection: Connection) => ConnectionEvents,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const incoming = new Incoming();
    const { onread } = incoming;
    const socket = open({ host: dialHost(host), port, noDelay: true, allowHalfOpen: true, onread });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(coded('', error, host, port));
    };
    const late = (): void => fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    socket.once('error', fail).setTimeout(DIAL_PATIENCE_MS, late);
    socket.once('connect', () => {
      socket.off('error', fail).setTimeout(0).off('timeout', late);
      resolve(TcpConnection.over(socket, incoming, connected));
    });
  });
}

function coded(doing: string, error: Error, host: string, port: number): CodedError {
  const code = 'code' in error ? String(error.code) : '';
  const [name, meaning] = CODES[code] ?? ['connection-failed', messageOf(error)];
  return new CodedError(name, `${doing}${addressText({ host, port })} ${meaning}`, { host, port }, error);
}

/** What comes in on one connection, on its way to whoever owns that. */
class Incoming {
  events: ConnectionEvents | undefined;
  readonly onread: OnRead = {
    buffer: shared,
    callback: (count) => {
      this.events?.data(shared.subarray(0, count));
      return true;
    },
  };
}

/** The same connection as a socket that reads so, which can be asked only of those that are dialled. */
function adopted(accepted: Socket & WithHandle, { onread }: Incoming): Socket {
  const handle = must(accepted._handle, 'the handle of a connection that was just accepted');
  accepted._handle = null;
  const options: AdoptOptions = { handle, onread, allowHalfOpen: true, highWaterMark: READ_BYTES };
  return new Socket(options);
}

class TcpConnection implements Connection {
  readonly remote: string;
  readonly #socket: Socket;
  #events: ConnectionEvents | undefined;
  #corked = false;
  #ownsWait = false;
  #reason = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = addressText({ host: socket.remoteAddress ?? 'unknown', port: socket.remotePort ?? 0 });
  }

  /** `owner` is asked for the events before the first of them can come. */
  static over(socket: Socket, incoming: Incoming, owner: (connection: Connection) => ConnectionEvents): Connection {
    const connection = new TcpConnection(socket);
    const events = owner(connection);
    connection.#events = events;
    incoming.events = events;
    socket.on('end', () => events.ended());
    socket.on('error', (error) => {
      connection.#reason = messageOf(error);
    });
    socket.on('close', () => events.closed(connection.#reason));
    return connection;
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  /**
   * Chunks of bytes are gathered, because peers are written many in a turn. Strings leave at once: clients' replies are gathered
   * by those who make them, and corking costs as much as handing a short string to the kernel.
   */
  write(bytes: Uint8Array | string): void {
    if (!this.#socket.writable) return;
    if (typeof bytes === 'string') {
      this.#socket.write(bytes, 'latin1');
      this.#tellWhenTaken();
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => this.#uncork());
    }
    this.#socket.write(bytes);
  }

  #uncork(): void {
    this.#corked = false;
    this.#socket.uncork();
    this.#tellWhenTaken();
  }

  #tellWhenTaken(): void {
    if (this.#socket.writableLength === 0 || this.#ownsWait || !this.#socket.writable) return;
    this.#ownsWait = true;
    // Node's own 'drain' comes only above its high-water mark; an empty write is called back behind all that waits.
    this.#socket.write('', () => this.#drained());
  }

  #drained(): void {
    this.#ownsWait = false;
    if (this.#socket.destroyed) return;
    this.#events?.drained();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
