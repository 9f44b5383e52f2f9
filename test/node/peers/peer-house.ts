/**
 * Replicas that are nothing but their links, on one network in memory: for tests of who connects to whom, who is refused, and
 * what the operators read.
 */

import { incarnation, lsn, type ReplicaName, replicaName, slot, storeId } from '#src/base/ids.js';
import { Links } from '#src/node/peers/links.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import type { Heartbeat, PeerMessage } from '#src/paxos/message.js';
import { type Hello, PROTOCOL_VERSION } from '#src/wire/hello.js';
import { encodeMessages } from '#src/wire/peer-codec.js';
import { LogBook } from '../support/log-book.js';
import { MemoryNet } from '../support/memory-net.js';
import { seededChance, VirtualTime } from '../support/virtual-time.js';

export const PEER_PORT = 8000;

export interface Life {
  readonly names?: readonly string[];
  readonly store?: string;
  readonly incarnation?: number;
  readonly hello?: Partial<Hello>;
  /** Where it runs, if not on the host of its name. */
  readonly host?: string;
}

export interface Resident {
  readonly links: Links;
  readonly log: LogBook;
  /** `up b`, `down b`, `heartbeat from b`, in order. */
  readonly events: string[];
  readonly received: PeerMessage[];
  readonly hellos: Map<ReplicaName, Hello>;
}

export class PeerHouse {
  readonly time = new VirtualTime();
  readonly net = new MemoryNet(this.time);

  /** One life of the replica `name`, which runs on the host of that name. */
  async start(name: string, life: Life = {}): Promise<Resident> {
    const resident = this.make(name, life);
    await resident.links.start();
    return resident;
  }

  make(name: string, life: Life): Resident {
    const log = new LogBook();
    const events: string[] = [];
    const received: PeerMessage[] = [];
    const hellos = new Map<ReplicaName, Hello>();
    const members = (life.names ?? ['a', 'b']).map((each) => ({
      name: replicaName(each),
      host: each,
      port: PEER_PORT,
    }));
    const self = { name: replicaName(name), host: name, port: PEER_PORT };
    const links = new Links({
      self,
      members,
      listen: self,
      heartbeatMs: 50,
      net: this.net.host(life.host ?? name),
      clock: this.time,
      chance: seededChance(1),
      logger: log,
      greeter: {
        hello: (lane, to, remembered) => ({ ...helloOf(name, life), lane, to, ...remembered }),
        remembered: () => ({ remembered: incarnation(7), rememberedLsn: lsn(8) }),
      },
      events: {
        up: (peer, hello) => {
          events.push(`up ${peer}`);
          hellos.set(peer, hello);
        },
        down: (peer) => events.push(`down ${peer}`),
        message: (from, message) => {
          events.push(`${message.type} from ${from}`);
          received.push(message);
        },
      },
    });
    return { links, log, events, received, hellos };
  }
}

export function helloOf(name: string, life: Life = {}): Hello {
  return {
    version: PROTOCOL_VERSION,
    lane: 'pulse',
    cluster: 'synod (0123456789abcdef)',
    name: replicaName(name),
    store: storeId(life.store ?? name.charCodeAt(0).toString(16).repeat(16)),
    incarnation: incarnation(life.incarnation ?? 100),
    names: (life.names ?? ['a', 'b']).map(replicaName),
    heartbeatMs: 50,
    leaseMs: 300,
    founding: '',
    clientAddress: `${name}:9000`,
    remembered: null,
    rememberedLsn: null,
    to: replicaName('a'),
    ...life.hello,
  };
}

export function heartbeat(number: number): Heartbeat {
  return {
    type: 'heartbeat',
    number,
    incarnation: incarnation(100),
    purpose: { type: 'none' },
    priority: 1,
    ineligible: null,
    supported: NO_BALLOT,
    applied: slot(0),
    durable: lsn(0),
    wallMs: 1_720_000_000_000,
    founding: '',
    contacts: [],
    firstSlot: slot(1),
    checkpoint: null,
  };
}

/** Sends heartbeats both ways, so that nobody counts as silent. */
export function keepTalking(time: VirtualTime, ...pairs: readonly (readonly [Resident, string])[]): () => void {
  let number = 0;
  let cancel = (): void => undefined;
  const beat = (): void => {
    number++;
    for (const [resident, to] of pairs)
      resident.links.send(replicaName(to), 'pulse', encodeMessages([heartbeat(number)]));
    cancel = time.at(time.mono() + 100, beat);
  };
  beat();
  return () => cancel();
}
