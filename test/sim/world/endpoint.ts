/**
 * One end of a connection, with the direction that begins at it: what was written and has not been handed over at the other end
 * waits here, in order. The other direction is the peer's.
 */

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { latin1Bytes } from '#src/wire/bytes.js';
import type { SimProcess } from './sim-process.js';
import type { Accept, Carrier, Way } from './way.js';

/** As much as one read of Node's event loop takes from the kernel. */
const READ_BYTES = 64 * 1024;

/** What the two kernels hold of one direction; more stays in the process and counts as buffered. */
const KERNEL_BYTES = 256 * 1024;

/** Of all connections, as in host/tcp.ts: what is read stays until the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);
const SPOILT = 0xaa;

/** Whoever keeps a view of what it is told of finds something else there at once. */
function lend(bytes: Uint8Array, to: ConnectionEvents): void {
  const lent = bytes.length <= READ_BYTES ? shared.subarray(0, bytes.length) : Buffer.allocUnsafeSlow(bytes.length);
  lent.set(bytes);
  to.data(lent);
  lent.fill(SPOILT);
}

/** After a standstill TCP tries again at growing intervals: so long it may take to go on. */
const RETRANSMIT_MS = 400;

/** Handed over in this order. `end` and `reset` are the last. */
type Item = { readonly bytes: Uint8Array; at: number } | { readonly what: 'end' | 'reset'; at: number };

export class Endpoint implements Connection {
  readonly remote: string;
  readonly process: SimProcess;
  readonly way: Way;
  peer: Endpoint | null = null;
  /** Faults that hold just this direction up. */
  stuck = 0;
  readonly #net: Carrier<Endpoint>;
  #events: ConnectionEvents | null = null;
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  /** When the last thing that was sent arrives. */
  #lastArrival = 0;
  /** A hand-over is due, or waits for the process at the other end. */
  #isDue = false;
  #owesDrained = false;
  #isPaused = false;
  #hasEnded = false;
  #endArrived = false;
  #isClosed = false;
  /** Of which there is one at a time: made once, as most of what happens in a run is that bytes arrive. */
  readonly #arrives = (): void => this.#arrived();
  readonly #delivers = (): void => this.#deliver();

  constructor(net: Carrier<Endpoint>, process: SimProcess, way: Way, remote: string) {
    this.#net = net;
    this.process = process;
    this.way = way;
    this.remote = remote;
  }

  /** The owner takes the connection over. */
  begin(owner: Accept): Connection {
    this.#events = owner(this);
    if (this.#isClosed) this.#tellClosed('connection reset');
    this.peer?.handOver();
    return this;
  }

  get buffered(): number {
    return Math.max(0, this.#queuedBytes - KERNEL_BYTES);
  }

  /** The other end is gone, whether that has been noticed here or not. */
  get leadsNowhere(): boolean {
    return this.peer === null || this.peer.#isClosed;
  }

  write(written: Uint8Array | string): void {
    const bytes = typeof written === 'string' ? latin1Bytes(written) : written;
    if (this.#isClosed || this.#hasEnded || bytes.length === 0) return;
    this.#send({ bytes, at: this.#arrival(bytes.length) });
    this.#queuedBytes += bytes.length;
    if (this.buffered > 0) this.#owesDrained = true;
  }

  end(): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#send({ what: 'end', at: this.#arrival(0) });
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.abandon(false);
    if (!this.process.dead) this.process.deliverAt(this.process.now, () => this.#tellClosed(''));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.peer?.handOver();
  }

  /** This end is gone; what it sent still arrives and then its end, or, by a reset, nothing any more. */
  abandon(reset: boolean): void {
    if (this.#isClosed) return;
    if (reset) this.#drop();
    if (reset || !this.#hasEnded) this.#send({ what: reset ? 'reset' : 'end', at: this.#arrival(0) });
    this.#close();
  }

  /** This end is gone and nobody is told. */
  vanish(): void {
    this.#drop();
    this.#close();
  }

  /** Something on the way breaks the connection: both ends hear of it, each after a while. */
  break(): void {
    for (const end of [this, this.peer]) {
      if (end === null || end.#isClosed) continue;
      end.#drop();
      end.#close();
      const at = this.#net.timeline.now + this.#net.delayOf(end.way);
      end.process.deliverAt(at, () => end.#tellClosed('connection reset'));
    }
  }

  /** What held it up is over. */
  retransmit(): void {
    if (this.#queue.length === 0) return;
    this.#net.timeline.in(this.way.random.fraction() * RETRANSMIT_MS, () => this.handOver());
  }

  /** What waits was sent over a slow way, which is slow no longer. */
  hurry(): void {
    const at = this.#net.timeline.now + this.#net.delayOf(this.way);
    for (const item of this.#queue) item.at = Math.min(item.at, at);
    this.#lastArrival = Math.min(this.#lastArrival, at);
    this.#isDue = false;
    this.handOver();
  }

  /** Hands over at the other end what has arrived there, when it can take it. */
  handOver(): void {
    const first = this.#queue[0];
    if (first === undefined || this.#isDue) return;
    this.#isDue = true;
    this.#net.timeline.at(first.at, this.#arrives);
  }

  #arrival(bytes: number): number {
    const sent = Math.max(this.process.now + this.#net.delayOf(this.way), this.#lastArrival);
    this.#lastArrival = sent + (bytes === 0 ? 0 : bytes / this.way.bytesPerMs);
    return this.#lastArrival;
  }

  #send(item: Item): void {
    if (this.process.dead && !('what' in item)) return;
    this.#queue.push(item);
    this.handOver();
  }

  #arrived(): void {
    const other = this.peer;
    if (other === null || this.way.cuts > 0 || this.stuck > 0 || this.#net.isOff(this.way.to)) {
      this.#isDue = false;
      return;
    }
    // Nobody is there any more: the kernel says so.
    if (other.#isClosed || other.process.dead) {
      this.#isDue = false;
      this.#refused();
      return;
    }
    other.process.deliver(this.#delivers);
  }

  #deliver(): void {
    this.#isDue = false;
    const other = this.peer;
    if (other === null || other.#isClosed || other.#events === null || other.#isPaused) return;
    const hadBuffered = this.#owesDrained;
    const item = this.#take();
    if (item === undefined) {
      this.handOver();
      return;
    }
    if ('bytes' in item) lend(item.bytes, other.#events);
    else if (item.what === 'end') this.#endReached(other);
    else other.#closeByPeer();
    if (hadBuffered && this.buffered === 0) this.#tellDrained();
    this.handOver();
  }

  /** The next thing that has arrived; bytes that follow one another are one piece, as the kernel keeps them. */
  #take(): Item | undefined {
    const { timeline, splitting } = this.#net;
    const { random } = this.way;
    const first = this.#queue[0];
    if (first === undefined || first.at > timeline.now) return undefined;
    this.#queue.shift();
    if (!('bytes' in first)) {
      if (this.#isClosed) this.#net.forget(this);
      return first;
    }
    const pieces = [first.bytes];
    let length = first.bytes.length;
    for (let next = this.#queue[0]; next !== undefined && 'bytes' in next; next = this.#queue[0]) {
      if (next.at > timeline.now || length + next.bytes.length > READ_BYTES) break;
      this.#queue.shift();
      pieces.push(next.bytes);
      length += next.bytes.length;
    }
    const bytes = pieces.length === 1 ? first.bytes : Buffer.concat(pieces, length);
    if (splitting > 0 && length > 1 && random.chance(splitting)) {
      const cut = 1 + random.below(length - 1);
      this.#queue.unshift({ bytes: bytes.subarray(cut), at: timeline.now + random.fraction() });
      this.#queuedBytes -= cut;
      return { bytes: bytes.subarray(0, cut), at: first.at };
    }
    this.#queuedBytes -= length;
    return { bytes, at: first.at };
  }

  /** A connection is over when both ends have said that they send no more. */
  #endReached(other: Endpoint): void {
    this.#endArrived = true;
    other.#events?.ended();
    if (!other.#endArrived) return;
    for (const end of [this, other]) {
      if (end.#isClosed) continue;
      end.#close();
      if (!end.process.dead) end.process.deliverAt(this.#net.timeline.now, () => end.#tellClosed(''));
    }
  }

  #closeByPeer(): void {
    this.#drop();
    this.#close();
    this.#tellClosed('connection reset');
  }

  /** What was sent came back as a reset. */
  #refused(): void {
    if (this.#isClosed || this.process.dead) return;
    this.#drop();
    this.#close();
    const at = this.#net.timeline.now + this.#net.delayOf(this.way);
    this.process.deliverAt(at, () => this.#tellClosed('connection reset'));
  }

  #tellDrained(): void {
    this.#owesDrained = false;
    if (!this.#isClosed && !this.process.dead) {
      this.process.deliverAt(this.#net.timeline.now, () => this.#isClosed || this.#events?.drained());
    }
  }

  #tellClosed(reason: string): void {
    const events = this.#events;
    if (events === null) return;
    this.#events = null;
    events.closed(reason);
  }

  #drop(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  #close(): void {
    this.#isClosed = true;
    if (this.#queue.length === 0) this.#net.forget(this);
    // A hand-over that waited for this end's process will not come.
    if (this.peer === null || this.peer.#queue.length === 0) return;
    this.peer.#isDue = false;
    this.peer.handOver();
  }
}
