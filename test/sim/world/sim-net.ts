/**
 * The network: hosts, the ways between them, and who listens where. It behaves as TCP does: nothing is lost or reordered within
 * a connection, but it may be late, stand still, or break, and a host that is switched off says nothing at all. What is set
 * about a way (delay, a cut) holds for every connection along it.
 */

import { CodedError } from '#src/base/errors.js';
import type { Connection, Listener, Net } from '#src/node/ports.js';
import { Endpoint } from './endpoint.js';
import { Random } from './random.js';
import type { Span } from './sim-disk.js';
import type { SimProcess } from './sim-process.js';
import type { Timeline } from './timeline.js';
import type { Accept, Carrier, Way } from './way.js';

/** The kernel gives a dial up after so long here, as host/tcp.ts does. */
const DIAL_PATIENCE_MS = 2_000;

interface Listening {
  readonly process: SimProcess;
  readonly accept: Accept;
}

export class SimNet implements Carrier<Endpoint> {
  readonly timeline: Timeline;
  readonly #seed: number;
  /** How a way is that nobody has touched. */
  delayMs: Span = [0.05, 0.4];
  /** Chance that what arrives is handed over in two pieces. */
  splitting = 0;
  readonly #ways = new Map<string, Way>();
  readonly #listeners = new Map<string, Listening>();
  readonly #off = new Set<string>();
  readonly #open = new Set<Endpoint>();
  #port = 40_000;
  /** Connections made and broken, for the report. */
  dials = 0;

  constructor(timeline: Timeline, seed: number) {
    this.timeline = timeline;
    this.#seed = seed;
  }

  /** The network as a process on a host sees it. */
  portOf(host: string, process: SimProcess): Net {
    return {
      listen: (_, port, accept) => this.#listen(host, port, { process, accept }),
      dial: (to, port, connected) => this.#dial(host, to, port, process, connected),
    };
  }

  way(from: string, to: string): Way {
    const key = `${from}>${to}`;
    let way = this.#ways.get(key);
    if (way === undefined) {
      const random = new Random(this.#seed, key);
      way = { from, to, random, delayMs: this.delayMs, cuts: 0, bytesPerMs: Number.POSITIVE_INFINITY };
      this.#ways.set(key, way);
    }
    return way;
  }

  /** Nothing passes from here to there until `mend`; nobody is told. */
  cut(from: string, to: string): void {
    this.way(from, to).cuts++;
  }

  mend(from: string, to: string): void {
    const way = this.way(from, to);
    if (way.cuts > 0) way.cuts--;
    if (way.cuts === 0) for (const endpoint of [...this.#open]) if (endpoint.way === way) endpoint.retransmit();
  }

  /** The way is as fast as it was. */
  quicken(way: Way): void {
    way.delayMs = this.delayMs;
    way.bytesPerMs = Number.POSITIVE_INFINITY;
    for (const endpoint of [...this.#open]) if (endpoint.way === way) endpoint.hurry();
  }

  /** Everything as it was before any fault. */
  mendAll(): void {
    for (const way of this.#ways.values()) {
      way.cuts = 0;
      this.quicken(way);
    }
    for (const endpoint of [...this.#open]) endpoint.retransmit();
  }

  /** Connections between two hosts, each by the end at `a`. */
  connections(a: string, b: string): Endpoint[] {
    return [...this.#open].filter((endpoint) => endpoint.way.from === a && endpoint.way.to === b);
  }

  /** A process has died and its kernel closes what it had. */
  closeAllOf(process: SimProcess): void {
    this.#forgetListeners(process);
    for (const endpoint of [...this.#open])
      if (endpoint.process === process) endpoint.abandon(endpoint.way.random.chance(0.5));
  }

  /** A host is without power: nothing is said to anyone. */
  switchOff(host: string, process: SimProcess): void {
    this.#off.add(host);
    this.#forgetListeners(process);
    for (const endpoint of [...this.#open]) if (endpoint.process === process) endpoint.vanish();
  }

  switchOn(host: string): void {
    this.#off.delete(host);
    for (const endpoint of [...this.#open]) if (endpoint.way.to === host) endpoint.retransmit();
  }

  isOff(host: string): boolean {
    return this.#off.has(host);
  }

  forget(endpoint: Endpoint): void {
    this.#open.delete(endpoint);
  }

  #forgetListeners(process: SimProcess): void {
    for (const [key, listening] of this.#listeners) if (listening.process === process) this.#listeners.delete(key);
  }

  #listen(host: string, port: number, listening: Listening): Promise<Listener> {
    const key = `${host}:${port}`;
    if (this.#listeners.has(key)) return Promise.reject(new CodedError('address-in-use', `${key} is in use`));
    if (!listening.process.dead) this.#listeners.set(key, listening);
    const close = async (): Promise<void> => {
      if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
    };
    return Promise.resolve({ host, port, close });
  }

  #dial(from: string, to: string, port: number, process: SimProcess, connected: Accept): Promise<Connection> {
    this.dials++;
    const there = this.way(from, to);
    const back = this.way(to, from);
    return new Promise((resolve, reject) => {
      if (process.dead) return;
      const fail = (code: string, what: string): void => reject(new CodedError(code, `${to}:${port} ${what}`));
      this.timeline.at(process.now + this.delayOf(there), () => {
        if (this.isOff(to) || there.cuts > 0 || back.cuts > 0) {
          const late = this.timeline.now + DIAL_PATIENCE_MS;
          process.deliverAt(late, () => fail('connection-timeout', 'does not answer'));
          return;
        }
        const listening = this.#listeners.get(`${to}:${port}`);
        const answered = this.timeline.now + this.delayOf(back);
        if (listening === undefined)
          process.deliverAt(answered, () => fail('connection-refused', 'refuses connections'));
        else {
          const near = this.#connect(there, back, `${to}:${port}`, process, listening);
          this.timeline.at(answered, () => {
            if (process.dead) near.abandon(true);
            else process.deliver(() => resolve(near.begin(connected)));
          });
        }
      });
    });
  }

  /** The kernel at the other end accepts, even where its process does not run just now. */
  #connect(
    there: Way,
    back: Way,
    remote: string,
    process: SimProcess,
    { process: other, accept }: Listening,
  ): Endpoint {
    const near = new Endpoint(this, process, there, remote);
    const far = new Endpoint(this, other, back, `${there.from}:${this.#port++}`);
    near.peer = far;
    far.peer = near;
    this.#open.add(near).add(far);
    other.deliver(() => void far.begin(accept));
    return near;
  }

  delayOf(way: Way): number {
    return way.random.between(way.delayMs[0], way.delayMs[1]);
  }
}
