/**
 * A link to a peer that has greeted: two lanes that live and die together, so that a peer whose votes arrive but whose heartbeats
 * do not (or the reverse) counts as gone. It turns frames into messages, and gives up a peer that sends rubbish, says nothing or
 * does not read. Who makes links and what is sent over them is known elsewhere.
 */

import type { Clock } from '../../base/clock.js';
import type { ReplicaName } from '../../base/ids.js';
import { laneOf, type PeerMessage } from '../../paxos/message.js';
import type { Hello } from '../../wire/hello.js';
import { decodeMessages } from '../../wire/peer-codec.js';
import { WireError } from '../../wire/wire-error.js';
import type { Lane, LaneName } from './lane.js';

export interface LinkEvents {
  message(from: ReplicaName, message: PeerMessage): void;
  /** The last call. Not made when the owner itself closes the link. */
  fell(link: Link, reason: string): void;
}

export interface LinkOptions {
  readonly pulse: Lane;
  readonly data: Lane;
  /** What the peer said last. */
  readonly hello: Hello;
  readonly clock: Clock;
  /** How long a peer that is up can have nothing to say. */
  readonly silenceMs: number;
}

export class Link {
  readonly hello: Hello;
  readonly remote: string;
  /** Monotonic time at which the link was made. */
  readonly since: number;
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  #events: LinkEvents | null = null;
  #stopWatch: () => void = () => undefined;

  constructor({ pulse, data, hello, clock, silenceMs }: LinkOptions) {
    this.hello = hello;
    this.remote = data.remote;
    this.since = clock.mono();
    this.#lanes = { pulse, data };
    this.#clock = clock;
    this.#silenceMs = silenceMs;
  }

  /** True when a lane broke before the link was opened. */
  get isBroken(): boolean {
    return this.#lanes.pulse.isClosed || this.#lanes.data.isClosed;
  }

  /** From here on messages come; some may come within the call. */
  open(events: LinkEvents): void {
    this.#events = events;
    this.#watch();
    for (const name of ['pulse', 'data'] as const) {
      this.#lanes[name].open(name, {
        frame: (body) => this.#frame(name, body),
        broken: (reason) => this.#fall(`${name}: ${reason}`),
      });
    }
  }

  /** Whole frames; may find that the peer does not read, and fall. */
  send(name: LaneName, frames: Uint8Array): void {
    const lane = this.#lanes[name];
    lane.write(frames);
    if (lane.isClogged) lane.breakOff('it does not read what is sent');
  }

  /** Closes both lanes; the owner hears nothing more. */
  close(): void {
    this.#events = null;
    this.#stopWatch();
    this.#lanes.pulse.close();
    this.#lanes.data.close();
  }

  /** As `close`, but what was sent arrives first. */
  finish(patienceMs: number): void {
    this.#events = null;
    this.#stopWatch();
    this.#lanes.pulse.finish(patienceMs);
    this.#lanes.data.finish(patienceMs);
  }

  #frame(name: LaneName, body: Uint8Array): void {
    const messages = this.#decode(name, body);
    for (const message of messages) this.#events?.message(this.hello.name, message);
  }

  #decode(name: LaneName, body: Uint8Array): readonly PeerMessage[] {
    const lane = this.#lanes[name];
    try {
      const messages = decodeMessages(body);
      const stray = messages.find((message) => laneOf(message) !== name);
      if (stray === undefined) return messages;
      lane.breakOff(`rubbish: ${stray.type} on the wrong lane`);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      lane.breakOff(`rubbish: ${error.message}`);
    }
    return [];
  }

  #fall(reason: string): void {
    const events = this.#events;
    this.close();
    events?.fell(this, reason);
  }

  /** Only the pulse counts: a data lane may rightly be silent, or be full of what was sent before the peer died. */
  #watch(): void {
    this.#stopWatch = this.#clock.at(this.#lanes.pulse.lastHeard + this.#silenceMs, () => {
      // After a pause of this process the peer's words may be waiting in the kernel: read them before judging.
      this.#clock.endOfTurn(() => this.#judgeSilence());
    });
  }

  #judgeSilence(): void {
    if (this.#events === null) return;
    if (this.#clock.mono() - this.#lanes.pulse.lastHeard < this.#silenceMs) this.#watch();
    else this.#lanes.pulse.breakOff(`no word for ${this.#silenceMs} ms`);
  }
}
