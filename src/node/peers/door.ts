/**
 * Where peers come in. Anyone can reach this port, so whoever connects has little time and little memory until it has greeted,
 * and only so many may be at it at once. What passes is a pulse lane and then a data lane of the same life of the same peer:
 * together a link. What does not pass is told why, and who talks something else entirely is closed without a word.
 */

import type { Clock } from '../../base/clock.js';
import type { ReplicaName } from '../../base/ids.js';
import { decodeHello, disagreement, encodeHello, type Hello } from '../../wire/hello.js';
import { encodeRefusal } from '../../wire/refusal.js';
import { WireError } from '../../wire/wire-error.js';
import type { Connection, ConnectionEvents } from '../ports.js';
import { GREETING_MS, type Greeted, type Greeter } from './greeting.js';
import { Lane } from './lane.js';
import { Link } from './link.js';

/** Connections that have not greeted. Who comes on top makes the oldest go: replicas greet within milliseconds. */
const MOST_STRANGERS = 64;

export interface DoorEvents {
  /** Why this peer may not come in, although it agrees with us about everything; null when it may. */
  objection(theirs: Hello): string | null;
  linked(link: Link): void;
  /** A peer that we dial is there: it has just started. */
  knocked(theirs: Hello): void;
  refused(peer: ReplicaName, remote: string, reason: string): void;
  /** Somebody who is no replica, or one that broke off. */
  strayed(remote: string, reason: string): void;
}

export interface DoorOptions {
  readonly self: ReplicaName;
  readonly clock: Clock;
  readonly greeter: Greeter;
  readonly silenceMs: number;
  readonly events: DoorEvents;
}

export class Door {
  readonly #options: DoorOptions;
  /** Not greeted yet, oldest first. */
  readonly #strangers = new Set<Lane>();
  /** Greeted on the pulse lane; the data lane is awaited. */
  readonly #halves = new Map<ReplicaName, Greeted>();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  accept(connection: Connection): ConnectionEvents {
    const { clock } = this.#options;
    const lane: Lane = new Lane({
      connection,
      clock,
      name: 'pulse',
      stranger: true,
      events: {
        frame: (body) => this.#greeted(lane, body),
        broken: (reason) => this.#strayed(lane, reason),
      },
    });
    this.#strangers.add(lane);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > MOST_STRANGERS) oldest?.breakOff('crowded out before it greeted');
    clock.at(clock.mono() + GREETING_MS, () => {
      if (this.#isPending(lane)) lane.breakOff(`did not greet within ${GREETING_MS} ms`);
    });
    return lane;
  }

  /** Closes whatever is not a link yet. */
  stop(): void {
    for (const lane of this.#strangers) lane.close();
    for (const { lane } of this.#halves.values()) lane.close();
    this.#strangers.clear();
    this.#halves.clear();
  }

  #isPending(lane: Lane): boolean {
    return this.#strangers.has(lane) || [...this.#halves.values()].some((half) => half.lane === lane);
  }

  #strayed(lane: Lane, reason: string): void {
    this.#strangers.delete(lane);
    for (const [name, half] of this.#halves) if (half.lane === lane) this.#halves.delete(name);
    this.#options.events.strayed(lane.remote, reason);
  }

  #greeted(lane: Lane, body: Uint8Array): void {
    const theirs = readHello(lane, body);
    if (theirs === null) return;
    this.#strangers.delete(lane);
    const { greeter, events, self } = this.#options;
    const mine = greeter.hello(theirs.lane, theirs.name, greeter.remembered(theirs));
    const reason = disagreement(mine, theirs) ?? events.objection(theirs);
    if (reason !== null) {
      lane.write(encodeRefusal(reason));
      lane.finish(GREETING_MS);
      events.refused(theirs.name, lane.remote, reason);
    } else if (theirs.name > self) {
      lane.finish(GREETING_MS);
      events.knocked(theirs);
    } else {
      lane.write(encodeHello(mine));
      if (theirs.lane === 'pulse') this.#enter(lane, theirs);
      else this.#pair(lane, theirs);
    }
  }

  #enter(lane: Lane, hello: Hello): void {
    this.#halves.get(hello.name)?.lane.close();
    this.#halves.set(hello.name, { lane, hello });
  }

  #pair(data: Lane, hello: Hello): void {
    const half = this.#halves.get(hello.name);
    if (half === undefined || half.hello.store !== hello.store || half.hello.incarnation !== hello.incarnation) {
      // Left over from an attempt that was given up.
      data.close();
      return;
    }
    this.#halves.delete(hello.name);
    const { clock, silenceMs, events } = this.#options;
    const link = new Link({ pulse: half.lane, data, hello, clock, silenceMs });
    if (link.isBroken) link.close();
    else events.linked(link);
  }
}

function readHello(lane: Lane, body: Uint8Array): Hello | null {
  try {
    return decodeHello(body);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    lane.breakOff(`rubbish: ${error.message}`);
    return null;
  }
}
