/**
 * Clients that do the same each time: each asks for so many things in one write and, when all are answered, for the next. Keys
 * come in turn, values are of one length. An answer that is not the expected one ends the run.
 */

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { CLIENT_PORT } from '../../sim/world/machine.js';
import type { Cluster } from './cluster.js';

export interface CrowdShape {
  readonly clients: number;
  /** Requests of each client in flight, asked for in one write. */
  readonly depth: number;
  /** The replica that is asked. */
  readonly replica: string;
}

export const KEYS = 1_000;
const VALUE_BYTES = 100;
const LINE_FEED = 10;

/** How answers begin: `OK`, and values. */
const EXPECTED = Buffer.from('Ov');

export type Kind = 'put' | 'get';

const values = Array.from({ length: KEYS }, (_, number) => `v${number}-`.padEnd(VALUE_BYTES, 'x'));

export class Crowd {
  /** What is asked from now on. */
  kind: Kind = 'put';
  answered = 0;
  #asked = 0;

  constructor(cluster: Cluster, { clients, depth, replica }: CrowdShape) {
    for (let number = 0; number < clients; number++) {
      const name = `client-${number}`;
      const process = cluster.bystander(name);
      const dialling = cluster.net
        .portOf(name, process)
        .dial(replica, CLIENT_PORT, (connection) => this.#client(connection, depth));
      void dialling.then((connection) => this.#ask(connection, depth));
    }
  }

  #client(connection: Connection, depth: number): ConnectionEvents {
    let due = depth;
    return {
      data: (bytes) => {
        const answers = linesIn(bytes);
        this.answered += answers;
        due -= answers;
        if (due > 0) return;
        due = depth;
        this.#ask(connection, depth);
      },
      ended: () => {
        throw new Error('a replica closed a connection');
      },
      drained: () => undefined,
      closed: () => undefined,
    };
  }

  #ask(connection: Connection, depth: number): void {
    let lines = '';
    for (let n = 0; n < depth; n++) lines += this.#line(this.#asked++ % KEYS);
    connection.write(lines);
  }

  #line(number: number): string {
    return this.kind === 'put' ? `put key-${number} ${values[number]}\n` : `get key-${number}\n`;
  }
}

/** Replicas write whole lines, and the network cuts none. */
function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at = bytes.indexOf(LINE_FEED, at) + 1) {
    if (!EXPECTED.includes(bytes[at] ?? 0))
      throw new Error(`a client was told: ${Buffer.from(bytes).toString('latin1')}`);
    lines++;
  }
  return lines;
}
