// The other end of a client's connection: a test says what arrives and when output is taken, and sees what was written.

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { latin1Bytes } from '#src/wire/bytes.js';

export class FakeConnection implements Connection {
  readonly remote = '192.0.2.1:1234';
  /** One entry for each `write`. */
  readonly writes: string[] = [];
  /** False: nothing is taken until the test calls `take`. */
  reads = true;
  /** True: what is written counts as buffered until the test takes it, and nobody is told. */
  takesSilently = false;
  paused = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  buffered = 0;
  events: ConnectionEvents | null = null;
  #toldDrained = true;

  write(bytes: Uint8Array | string): void {
    this.writes.push(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1'));
    if (!this.reads || this.takesSilently) this.buffered += bytes.length;
    this.#toldDrained = this.takesSilently;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended';
  }

  destroy(): void {
    if (this.state === 'destroyed') return;
    this.state = 'destroyed';
    this.events?.closed('');
  }

  /** The client sends. */
  send(text: string): void {
    this.events?.data(latin1Bytes(text));
  }

  /** The client takes `bytes` of what is buffered. */
  take(bytes: number = this.buffered): void {
    this.buffered -= bytes;
    if (this.buffered === 0) this.drained();
  }

  /** The kernel has taken everything, as it does some time after a write. */
  drained(): void {
    if (this.#toldDrained || this.buffered > 0) return;
    this.#toldDrained = true;
    this.events?.drained();
  }

  /** What was written since the last call. */
  received(): string {
    return this.writes.splice(0).join('');
  }
}
