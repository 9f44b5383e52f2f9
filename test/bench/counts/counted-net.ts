/**
 * The network of a replica with a counter before it: writes to clients, and what of it peers are sent. Everything goes on to the
 * network behind, unchanged and in the same moment.
 */

import type { Connection, Net } from '#src/node/ports.js';
import { readUint32 } from '#src/wire/bytes.js';
import { FRAME_HEADER_BYTES } from '#src/wire/frame.js';
import { CLIENT_PORT } from '../../sim/world/machine.js';
import type { Tally } from './tally.js';

type Count = (written: Uint8Array | string) => void;

export function countedNet(net: Net, tally: Tally): Net {
  const encoded = new WeakSet<Uint8Array>();
  const toClient: Count = () => void tally.clientWrites++;
  const toPeer: Count = (written) => {
    if (typeof written === 'string') throw new Error('peers are sent bytes');
    tally.peerWrites++;
    tally.peerBytes += written.length;
    tally.frames += framesIn(written);
    if (!encoded.has(written)) tally.encodes++;
    encoded.add(written);
  };
  return {
    listen: (host, port, accept) => {
      const count = port === CLIENT_PORT ? toClient : toPeer;
      return net.listen(host, port, (connection) => accept(new CountedConnection(connection, count)));
    },
    dial: (host, port, connected) =>
      net.dial(host, port, (connection) => connected(new CountedConnection(connection, toPeer))),
  };
}

/** Writes hold whole frames. */
function framesIn(bytes: Uint8Array): number {
  let frames = 0;
  for (let at = 0; at < bytes.length; at += FRAME_HEADER_BYTES + readUint32(bytes, at)) frames++;
  return frames;
}

class CountedConnection implements Connection {
  readonly remote: string;
  readonly #connection: Connection;
  readonly #count: Count;

  constructor(connection: Connection, count: Count) {
    this.remote = connection.remote;
    this.#connection = connection;
    this.#count = count;
  }

  get buffered(): number {
    return this.#connection.buffered;
  }

  write(written: Uint8Array | string): void {
    this.#count(written);
    this.#connection.write(written);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
