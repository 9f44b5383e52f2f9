/**
 * The links to all peers: keeps one to each, told apart by name, and says in the log what stands between two replicas. The
 * driver hears `up`, `down` and messages, and sends frames; it knows of no connection. Of two replicas the one with the smaller
 * name dials (dialler.ts), the other lets it in (door.ts) and merely knocks when it starts.
 */

import { must } from '../../base/assert.js';
import type { Chance, Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import type { ReplicaName } from '../../base/ids.js';
import type { PeerMessage } from '../../paxos/message.js';
import type { Hello } from '../../wire/hello.js';
import type { Logger } from '../logger.js';
import type { Listener, Net } from '../ports.js';
import type { Address, Member } from '../settings.js';
import { Dialler } from './dialler.js';
import { Door } from './door.js';
import { type Greeter, greet, NOTHING_REMEMBERED, Refused } from './greeting.js';
import { Hush } from './hush.js';
import type { LaneName } from './lane.js';
import type { Link } from './link.js';

const SILENT_HEARTBEATS = 10;
const LEAST_SILENCE_MS = 2_000;

/** A peer that is not there is mentioned only then: replicas that start together start one after the other. */
const UNREACHED_MS = 3_000;

export interface PeerEvents {
  up(peer: ReplicaName, hello: Hello): void;
  down(peer: ReplicaName): void;
  message(from: ReplicaName, message: PeerMessage): void;
}

export interface LinksOptions {
  readonly self: Member;
  readonly members: readonly Member[];
  readonly listen: Address;
  readonly heartbeatMs: number;
  readonly net: Net;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
  readonly greeter: Greeter;
  readonly events: PeerEvents;
}

export class Links {
  readonly #options: LinksOptions;
  readonly #hush: Hush;
  readonly #door: Door;
  readonly #diallers = new Map<ReplicaName, Dialler>();
  readonly #links = new Map<ReplicaName, Link>();
  /** The last that each peer said of itself, kept when its link goes. */
  readonly #hellos = new Map<ReplicaName, Hello>();
  #listener: Listener | null = null;
  #stopped = false;

  constructor(options: LinksOptions) {
    const { self, members, clock, greeter, heartbeatMs } = options;
    this.#options = options;
    this.#hush = new Hush(clock);
    const silenceMs = Math.max(SILENT_HEARTBEATS * heartbeatMs, LEAST_SILENCE_MS);
    const linked = (link: Link): void => this.#linked(link);
    for (const peer of members.filter(({ name }) => self.name < name)) {
      const failed = (at: Member, error: CodedError, failingMs: number): void => this.#notReached(at, error, failingMs);
      this.#diallers.set(peer.name, new Dialler({ ...options, peer, silenceMs, events: { linked, failed } }));
    }
    this.#door = new Door({
      self: self.name,
      clock,
      greeter,
      silenceMs,
      events: {
        linked,
        objection: (theirs) => this.#objection(theirs),
        knocked: (theirs) => this.#knocked(theirs),
        refused: (peer, remote, reason) => this.#warn('refused a peer', peer, { peer, remote, reason }),
        strayed: (remote, reason) => this.#strayed(remote, reason),
      },
    });
  }

  /** Listens, then dials. Rejects with a CodedError when the address cannot be listened on. */
  async start(): Promise<void> {
    const { net, listen, members, self } = this.#options;
    this.#listener = await net.listen(listen.host, listen.port, (connection) => this.#door.accept(connection));
    for (const dialler of this.#diallers.values()) dialler.start();
    for (const peer of members) if (peer.name < self.name) void this.#knock(peer);
  }

  /** Sends whole frames to a peer; they are lost when there is no link, or it breaks. */
  send(to: ReplicaName, lane: LaneName, frames: Uint8Array): void {
    this.#links.get(to)?.send(lane, frames);
  }

  isUp(peer: ReplicaName): boolean {
    return this.#links.has(peer);
  }

  /** The last that a peer said of itself; undefined when it has not been met. */
  helloOf(peer: ReplicaName): Hello | undefined {
    return this.#hellos.get(peer);
  }

  /** Closes the link to a peer that does not belong with us, and shows why. */
  refuse(peer: ReplicaName, reason: string): void {
    this.#warn('refused a peer', peer, { peer, reason });
    this.#drop(peer, true);
  }

  /** Takes no new peers and makes no new links; those that are there stay. */
  async stopAccepting(): Promise<void> {
    this.#stopped = true;
    this.#door.stop();
    for (const dialler of this.#diallers.values()) dialler.stop();
    await this.#listener?.close();
  }

  /** Closes everything, after what was sent; nothing more is told to anyone. */
  async stop(): Promise<void> {
    await this.stopAccepting();
    for (const link of this.#links.values()) link.finish(LEAST_SILENCE_MS);
    this.#links.clear();
  }

  #linked(link: Link): void {
    const { hello } = link;
    // While the link was being made, another may have been: what held then is asked again.
    if (this.#stopped || this.#objection(hello) !== null) {
      link.close();
      this.#diallers.get(hello.name)?.lost(link, true);
      return;
    }
    this.#drop(hello.name, false);
    this.#links.set(hello.name, link);
    this.#hellos.set(hello.name, hello);
    this.#options.logger.info('peer connected', { peer: hello.name, store: hello.store, remote: link.remote });
    this.#options.events.up(hello.name, hello);
    link.open({
      message: (from, message) => this.#options.events.message(from, message),
      fell: (fallen, reason) => this.#fell(fallen, reason),
    });
  }

  #fell(link: Link, reason: string): void {
    const peer = link.hello.name;
    if (this.#links.get(peer) !== link) return;
    this.#links.delete(peer);
    this.#options.logger.warn('peer disconnected', { peer, reason });
    this.#diallers.get(peer)?.lost(link, false);
    this.#options.events.down(peer);
  }

  #drop(peer: ReplicaName, slow: boolean): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#links.delete(peer);
    link.close();
    this.#diallers.get(peer)?.lost(link, slow);
    this.#options.events.down(peer);
  }

  /**
   * A peer that is linked already may come again: it has restarted, or noticed before us that the link is gone. An earlier life
   * of it may not; nor another store, because two that both live would push each other out for ever: when the one that is linked
   * has died, that shows by itself, and the other comes in then.
   */
  #objection(theirs: Hello): string | null {
    if (!this.#options.members.some(({ name }) => name === theirs.name)) return `${theirs.name} is not in the list`;
    const known = this.#links.get(theirs.name)?.hello;
    if (known === undefined) return null;
    if (known.store !== theirs.store) {
      return `two replicas are called ${theirs.name}: store ${known.store} is connected, ${theirs.store} asks`;
    }
    if (known.incarnation <= theirs.incarnation) return null;
    return `an earlier life of ${theirs.name}: ${known.incarnation} is connected, ${theirs.incarnation} asks`;
  }

  #knocked(theirs: Hello): void {
    const known = this.#links.get(theirs.name)?.hello;
    // The link of an earlier life is dead, although nobody has told us; one of this very life is not.
    if (known !== undefined && known.incarnation < theirs.incarnation) this.#drop(theirs.name, false);
    must(this.#diallers.get(theirs.name), `a dialler for ${theirs.name}`).knocked();
  }

  /** Lets a peer that dials us know that we are there; what it does then is up to it. */
  async #knock(peer: Member): Promise<void> {
    const { greeter, net, clock } = this.#options;
    try {
      const { lane } = await greet({ net, clock, peer, mine: greeter.hello('pulse', peer.name, NOTHING_REMEMBERED) });
      lane.close();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      // Otherwise nobody is there, or the door closed as it should: it will dial when it is there, or does so now.
      if (error instanceof Refused)
        this.#warn('refused by a peer', peer.name, { peer: peer.name, says: error.message });
    }
  }

  #notReached(peer: Member, error: CodedError, failingMs: number): void {
    if (error instanceof Refused) {
      this.#warn('refused by a peer', peer.name, { peer: peer.name, says: error.message });
    } else if (failingMs >= UNREACHED_MS) {
      this.#warn('cannot reach a peer', peer.name, { peer: peer.name, reason: error.message });
    }
  }

  /** Worth a look, and no trouble: a port scanner or a health check does as much. */
  #strayed(remote: string, reason: string): void {
    // The ports of strangers differ each time.
    const host = remote.slice(0, remote.lastIndexOf(':'));
    if (this.#hush.maySay(`stranger ${host} ${reason}`)) {
      this.#options.logger.info("closed a connection that is not a replica's", { remote, reason });
    }
  }

  #warn(event: string, who: string, fields: Readonly<Record<string, string>>): void {
    const told = fields.reason ?? fields.says ?? '';
    if (this.#hush.maySay(`${event} ${who} ${told}`)) this.#options.logger.warn(event, fields);
  }
}
