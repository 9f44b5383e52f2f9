/**
 * One connection to a peer, as frames. The first frame is the greeting and goes to whoever made the lane; then the lane holds
 * what comes until it is opened as half of a link. Bytes that are no frames break it. What frames mean is known elsewhere.
 */

import type { Clock } from '../../base/clock.js';
import { FrameReader, MAX_FRAME_BYTES } from '../../wire/frame.js';
import { HELLO_FRAME_BYTES } from '../../wire/hello.js';
import { WireError } from '../../wire/wire-error.js';
import type { Connection, ConnectionEvents } from '../ports.js';

export type LaneName = 'pulse' | 'data';

/** A pulse is small by nature; a data frame holds at most a window of batches. */
const FRAME_BYTES: Readonly<Record<LaneName, number>> = { pulse: 1024 * 1024, data: MAX_FRAME_BYTES };

/** What may wait for a peer that does not read: beyond it the link is given up, and the peer fetches what it missed. */
const UNREAD_BYTES: Readonly<Record<LaneName, number>> = { pulse: 4 * 1024 * 1024, data: 64 * 1024 * 1024 };

export interface LaneEvents {
  /** The body of a frame; it belongs to the receiver. */
  frame(body: Uint8Array): void;
  /** The last call. Not made when the owner itself closes the lane. */
  broken(reason: string): void;
}

export interface LaneOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly name: LaneName;
  /** True where the other side may be anyone at all: it gets no more memory than a greeting takes until the lane is opened. */
  readonly stranger: boolean;
  /** Gets the greeting, and hears if the lane breaks before it is opened. */
  readonly events: LaneEvents;
}

type State = 'greeting' | 'held' | 'open' | 'closed';

export class Lane implements ConnectionEvents {
  readonly remote: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #reader: FrameReader;
  #name: LaneName;
  #events: LaneEvents;
  #state: State = 'greeting';
  #lastHeard: number;

  constructor({ connection, clock, name, stranger, events }: LaneOptions) {
    this.remote = connection.remote;
    this.#connection = connection;
    this.#clock = clock;
    this.#name = name;
    this.#events = events;
    this.#reader = new FrameReader(stranger ? HELLO_FRAME_BYTES : FRAME_BYTES[name]);
    this.#lastHeard = clock.mono();
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Monotonic time at which the last bytes came. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** True when more waits for the other side than it may leave unread. */
  get isClogged(): boolean {
    return this.#connection.buffered > UNREAD_BYTES[this.#name];
  }

  write(frame: Uint8Array): void {
    if (this.#state !== 'closed') this.#connection.write(frame);
  }

  /** The greetings went well: from here on frames are those of a link. */
  open(name: LaneName, events: LaneEvents): void {
    if (this.#state !== 'held') return;
    this.#state = 'open';
    this.#name = name;
    this.#events = events;
    this.#reader.limit(FRAME_BYTES[name]);
    this.#connection.resume();
    this.#read();
  }

  /** Closes at once; what was written last may be lost. The owner hears nothing more. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#connection.destroy();
  }

  /** Sends what was written and asks the other side to close; the owner hears nothing more. */
  finish(patienceMs: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#connection.resume();
    this.#connection.end();
    this.#clock.at(this.#clock.mono() + patienceMs, () => this.#connection.destroy());
  }

  data(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#lastHeard = this.#clock.mono();
    try {
      this.#reader.push(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.breakOff(`rubbish: ${error.message}`);
    }
    this.#read();
  }

  ended(): void {
    if (this.#state === 'closed') this.#connection.destroy();
    else this.breakOff('closed by the other side');
  }

  drained(): void {
    // How much waits is looked at whenever more is written.
  }

  closed(reason: string): void {
    this.breakOff(reason === '' ? 'connection closed' : reason);
  }

  /** Closes at once and tells the owner. */
  breakOff(reason: string): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#events.broken(reason);
  }

  #read(): void {
    while (this.#state === 'greeting' || this.#state === 'open') {
      const body = this.#reader.next();
      if (body === undefined) return;
      if (this.#state === 'greeting') this.#hold(body);
      if (!this.isClosed) this.#events.frame(body);
    }
  }

  #hold(greeting: Uint8Array): void {
    this.#state = 'held';
    this.#connection.pause();
    if (greeting.length > HELLO_FRAME_BYTES) this.breakOff(`rubbish: a greeting of ${greeting.length} bytes`);
  }
}
