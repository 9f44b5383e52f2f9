/**
 * A network in memory, over virtual time: hosts listen and dial, bytes arrive after a delay, in order. A test may cut the way
 * between two hosts (what is sent waits, as TCP would retransmit it), break its connections, and see all that was dialled. One
 * seed, one run.
 */

import type { Clock } from '#src/base/clock.js';
import { CodedError } from '#src/base/errors.js';
import type { Connection, ConnectionEvents, Listener, Net } from '#src/node/ports.js';
import { latin1Bytes } from '#src/wire/bytes.js';

type Accept = (connection: Connection) => ConnectionEvents;

const DELAY_MS = 0.1;

/** What a dial over a cut way takes to be given up. */
const DIAL_PATIENCE_MS = 2_000;

export class MemoryNet {
  readonly #clock: Clock;
  readonly #listeners = new Map<string, Accept>();
  readonly #cuts = new Set<string>();
  readonly #open = new Set<Side>();
  #port = 40_000;
  /** Every dial so far, `from>to:port`. */
  readonly dialled: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The network as one host sees it. */
  host(name: string): Net {
    return {
      listen: async (_host, port, accept) => this.#listen(name, port, accept),
      dial: (host, port, connected) => this.#dial(name, host, port, connected),
    };
  }

  /** Nothing passes from `a` to `b` (nor back, unless one way is asked for); nobody is told. */
  cut(a: string, b: string, oneWay = false): void {
    this.#cuts.add(`${a}>${b}`);
    if (!oneWay) this.#cuts.add(`${b}>${a}`);
  }

  /** What waited passes now. */
  heal(a: string, b: string): void {
    this.#cuts.delete(`${a}>${b}`);
    this.#cuts.delete(`${b}>${a}`);
    for (const side of [...this.#open]) side.wake();
  }

  /** Every connection between two hosts is reset; both sides are told. */
  breakAll(a: string, b: string): void {
    for (const side of [...this.#open]) if (side.from === a && side.to === b) side.break('connection reset');
  }

  /** A host is gone: nobody listens there any more, and whoever was connected to it is told. */
  vanish(host: string): void {
    for (const address of [...this.#listeners.keys()])
      if (address.startsWith(`${host}:`)) this.#listeners.delete(address);
    for (const side of [...this.#open]) if (side.from === host) side.vanish();
  }

  /** Connections open between two hosts, counted once, whoever dialled. */
  connections(a: string, b: string): number {
    return [...this.#open].filter((side) => side.from === a && side.to === b).length;
  }

  #listen(host: string, port: number, accept: Accept): Listener {
    const key = `${host}:${port}`;
    if (this.#listeners.has(key)) throw new CodedError('address-in-use', `${key} is in use`);
    this.#listeners.set(key, accept);
    return { host, port, close: async () => void this.#listeners.delete(key) };
  }

  #dial(from: string, host: string, port: number, connected: Accept): Promise<Connection> {
    this.dialled.push(`${from}>${host}:${port}`);
    return new Promise((resolve, reject) => {
      const cut = this.isCut(from, host) || this.isCut(host, from);
      this.#clock.at(this.#clock.mono() + (cut ? DIAL_PATIENCE_MS : 2 * DELAY_MS), () => {
        const accept = this.#listeners.get(`${host}:${port}`);
        if (cut) reject(new CodedError('connection-timeout', `${host}:${port} does not answer`));
        else if (accept === undefined)
          reject(new CodedError('connection-refused', `${host}:${port} refuses connections`));
        else resolve(this.#connect(from, host, port, accept, connected));
      });
    });
  }

  #connect(from: string, to: string, port: number, accept: Accept, connected: Accept): Connection {
    const near = new Side(this, this.#clock, from, to, `${to}:${port}`);
    const far = new Side(this, this.#clock, to, from, `${from}:${this.#port++}`);
    near.join(far);
    this.#open.add(near).add(far);
    far.events = accept(far);
    near.events = connected(near);
    return near;
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  forget(side: Side): void {
    this.#open.delete(side);
  }
}

/** What is under way from one side to the other. */
type Parcel = { readonly type: 'bytes'; readonly bytes: Uint8Array } | { readonly type: 'end' | 'close' };

class Side implements Connection {
  readonly remote: string;
  readonly from: string;
  readonly to: string;
  events: ConnectionEvents | undefined;
  readonly #net: MemoryNet;
  readonly #clock: Clock;
  #other: Side | undefined;
  #outgoing: Parcel[] = [];
  #scheduled = false;
  #paused = false;
  #ended = false;
  #endTold = false;
  #closed = false;

  constructor(net: MemoryNet, clock: Clock, from: string, to: string, remote: string) {
    this.#net = net;
    this.#clock = clock;
    this.from = from;
    this.to = to;
    this.remote = remote;
  }

  join(other: Side): void {
    this.#other = other;
    other.#other = this;
  }

  get buffered(): number {
    return this.#outgoing.reduce((sum, parcel) => sum + (parcel.type === 'bytes' ? parcel.bytes.length : 0), 0);
  }

  write(bytes: Uint8Array | string): void {
    if (this.#closed || this.#ended) return;
    this.#outgoing.push({ type: 'bytes', bytes: typeof bytes === 'string' ? latin1Bytes(bytes) : bytes.slice() });
    this.deliver();
  }

  end(): void {
    if (this.#closed || this.#ended) return;
    this.#ended = true;
    this.#outgoing.push({ type: 'end' });
    this.deliver();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#outgoing.push({ type: 'close' });
    this.deliver();
    this.#finish('');
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  /** What waited on either side goes on. */
  wake(): void {
    this.deliver();
    this.#other?.deliver();
  }

  /** Both sides learn at once that the connection is gone. */
  break(reason: string): void {
    this.#outgoing = [];
    const other = this.#other;
    this.#finish(reason);
    if (other !== undefined) other.#finish(reason);
  }

  /** As `break`, but this side never hears of it. */
  vanish(): void {
    this.events = undefined;
    this.break('connection reset');
  }

  /** Sends on what is under way, after the delay, unless the way is cut or the reader does not read. */
  deliver(): void {
    if (this.#scheduled || this.#outgoing.length === 0) return;
    this.#scheduled = true;
    this.#clock.at(this.#clock.mono() + DELAY_MS, () => {
      this.#scheduled = false;
      this.#arrive();
    });
  }

  #arrive(): void {
    const other = this.#other;
    if (other === undefined || this.#net.isCut(this.from, this.to)) return;
    const before = this.#outgoing.length;
    while (!other.#paused && !other.#closed) {
      const parcel = this.#outgoing.shift();
      if (parcel === undefined) break;
      if (parcel.type === 'bytes') other.events?.data(parcel.bytes);
      else if (parcel.type === 'end') this.#endArrived(other);
      else other.#finish('');
    }
    if (before > 0 && this.#outgoing.length === 0 && !this.#closed) this.events?.drained();
  }

  /** A connection is over when both sides have said that they send no more. */
  #endArrived(other: Side): void {
    this.#endTold = true;
    other.events?.ended();
    if (!other.#endTold) return;
    this.#finish('');
    other.#finish('');
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#net.forget(this);
    // As over a socket, whoever closed is told later, never within its own call.
    this.#clock.endOfTurn(() => this.events?.closed(reason));
  }
}
