/**
 * One client of the load generator: a connection that keeps `depth` requests under way, in a closed loop: every reply lets
 * the next request go. Or, at a given pace, it sends what is due whatever was answered, up to `depth`. It reads into one
 * buffer that all clients share and joins the requests of one turn into one write, since the generator shares the machine
 * with what it measures.
 */
import { connect, type Socket } from 'node:net';
import type { Address } from './load.js';
import type { Tally } from './tally.js';
import type { Conversation, Outcome } from './wire.js';

const shared = Buffer.allocUnsafe(256 * 1024);
const nothing = Buffer.alloc(0);
const redialMs = 20;
/** For each request under way: more than a connection ever has between its oldest and its newest unanswered one. */
const spanPerDepth = 64;

export interface ClientOptions {
  readonly target: Address;
  readonly depth: number;
  readonly tally: Tally;
  /**
   * Of a client that keeps a pace: when its n-th request is due, monotonic milliseconds. It is sent by `sendDue`, never
   * twice.
   */
  readonly due?: (n: number) => number;
  readonly converse: () => Conversation;
  /** The next request as bytes, or '' when there is no more to do. */
  readonly next: (conversation: Conversation, sequence: number) => string;
  /** The connection broke: whether to dial again. */
  readonly broke: (reason: string) => boolean;
  /** All replies are there and `next` has no more. */
  readonly idle: () => void;
}

export class BenchClient {
  readonly #options: ClientOptions;
  readonly #sentAt: Float64Array;
  #conversation: Conversation;
  #socket: Socket | undefined;
  #carry: Buffer = nothing;
  #sent = 0;
  #answered = 0;
  #now = 0;
  #stopped = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#conversation = options.converse();
    this.#sentAt = new Float64Array(options.depth === 1 ? 1 : options.depth * spanPerDepth);
  }

  /** Dials and starts sending as soon as the connection is there; resolves at the first connection made or refused. */
  start(): Promise<void> {
    const { host, port } = this.#options.target;
    this.#conversation = this.#options.converse();
    this.#carry = nothing;
    this.#sent = 0;
    this.#answered = 0;
    const onread = { buffer: shared, callback: (count: number) => this.#onBytes(count) };
    return new Promise((resolve) => {
      let reason = 'closed by the other side';
      const socket = connect({ host, port, noDelay: true, onread }, () => {
        resolve();
        this.#send(this.#options.due === undefined ? this.#options.depth : 0, this.#conversation.opening);
      });
      this.#socket = socket;
      socket.on('error', (error) => {
        reason = error.message;
      });
      socket.on('close', () => {
        resolve();
        this.#onClose(reason);
      });
    });
  }

  /** Sends what is due by `now`. What finds `depth` under way waits, and its latency grows meanwhile. */
  sendDue(now: number): void {
    const { due, depth } = this.#options;
    if (due === undefined) return;
    const room = depth - (this.#sent - this.#answered);
    let count = 0;
    while (count < room && due(this.#sent + count) <= now) count++;
    if (count > 0) this.#send(count, '');
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.destroy();
  }

  #onBytes(count: number): boolean {
    const whole = this.#carry.length === 0 ? shared : Buffer.concat([this.#carry, shared.subarray(0, count)]);
    const end = whole === shared ? count : whole.length;
    const before = this.#answered;
    this.#now = performance.now();
    const read = this.#conversation.read(whole, end, this.#onReply);
    this.#carry = read === end ? nothing : Buffer.from(whole.subarray(read, end));
    this.#send(this.#options.due === undefined ? this.#answered - before : 0, this.#conversation.dues());
    return true;
  }

  readonly #onReply = (sequence: number, outcome: Outcome, text: string): void => {
    this.#answered++;
    this.#options.tally.replied(outcome, text, this.#sentAt[sequence % this.#sentAt.length] ?? 0, this.#now);
  };

  #send(count: number, before: string): void {
    if (this.#stopped) return;
    let bytes = before;
    const now = count > 0 ? performance.now() : 0;
    for (let i = 0; i < count; i++) {
      const request = this.#options.next(this.#conversation, this.#sent);
      if (request === '') break;
      this.#sentAt[this.#sent % this.#sentAt.length] = this.#options.due?.(this.#sent) ?? now;
      this.#sent++;
      bytes += request;
    }
    if (bytes !== '') this.#socket?.write(bytes, 'latin1');
    if (this.#sent === this.#answered) this.#options.idle();
  }

  #onClose(reason: string): void {
    if (this.#stopped) return;
    this.#options.tally.lost += this.#sent - this.#answered;
    if (this.#options.broke(reason)) setTimeout(() => this.#stopped || void this.start(), redialMs);
  }
}
