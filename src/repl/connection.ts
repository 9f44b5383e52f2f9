/**
 * One connection to one replica. The client library carries the protocol and is loaded when the first connection is made; that it
 * neither reconnects nor sends anything a second time is the point: who may send what again is not its to know.
 */

import { messageOf } from '../base/errors.js';

type Library = typeof import('@redis/client');
type Client = ReturnType<typeof clientOf>;

const DIAL_MS = 2_000;

/** The connection broke after a request was sent: whether it was executed is not known. */
export class ReplyLost extends Error {}

export class Connection {
  readonly address: string;
  readonly #library: Library;
  readonly #client: Client;
  #isEnded = false;

  private constructor(address: string, library: Library, client: Client) {
    this.address = address;
    this.#library = library;
    this.#client = client;
  }

  /** `address` is `host:port`; `ended` is called once, however the connection ends. Rejects when it cannot be made. */
  static async open(address: string, ended: (connection: Connection) => void): Promise<Connection> {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
    const library = await import('@redis/client');
    const client = clientOf(library, host, Number(port));
    const connection = new Connection(address, library, client);
    // Every end shows in one of these; before the connection is made it shows in `connect` as well.
    let isOpen = false;
    const end = (): void => {
      if (isOpen && !connection.#isEnded) ended(connection);
      connection.#isEnded = isOpen;
    };
    client.on('error', end).on('end', end);
    // One that takes connections and never says a word is as good as none.
    const timer = setTimeout(() => client.destroy(), DIAL_MS);
    try {
      await client.connect();
    } finally {
      clearTimeout(timer);
    }
    isOpen = true;
    return connection;
  }

  /**
   * What the replica answered, as the library decodes it; an error reply is an `Error` there. Words are latin1.
   * Rejects with `ReplyLost`.
   */
  async send(argv: readonly string[]): Promise<unknown> {
    const { RESP_TYPES, VerbatimString, ErrorReply } = this.#library;
    // Integers have 64 bits, and values any bytes.
    const typeMapping = {
      [RESP_TYPES.NUMBER]: String,
      [RESP_TYPES.BLOB_STRING]: Buffer,
      [RESP_TYPES.VERBATIM_STRING]: VerbatimString,
      [RESP_TYPES.MAP]: Map,
    };
    const words = argv.map((word) => Buffer.from(word, 'latin1'));
    try {
      return await this.#client.sendCommand<unknown>(words, { typeMapping });
    } catch (error) {
      if (error instanceof ErrorReply) return error;
      throw new ReplyLost(`the connection to ${this.address} broke: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Requests under way reject. */
  end(): void {
    this.#client.destroy();
  }
}

function clientOf(library: Library, host: string, port: number) {
  return library.createClient({
    socket: { host, port, connectTimeout: DIAL_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
}
