/**
 * The client port: accepts connections up to a limit, gives each turn's work and each turn's end to those that want it, and
 * closes them all in order when the replica stops. What a client may say is connection.ts's business.
 */

import type { Clock } from '../../base/clock.js';
import type { Reader } from '../../kv/command.js';
import { Meter } from '../../kv/meter.js';
import { renderInline } from '../../wire/reply.js';
import type { Logger } from '../logger.js';
import type { Connection, ConnectionEvents, Listener, Net } from '../ports.js';
import type { Service } from '../service.js';
import type { Address, Limits } from '../settings.js';
import { ChangeNews } from './change-news.js';
import type { Client, ClientContext, Watched } from './client-context.js';
import { ClientMemory } from './client-memory.js';
import type { ClientSession } from './client-session.js';
import { ClientConnection } from './connection.js';
import { tooManyConnections } from './errors.js';
import { FollowHub } from './follow-hub.js';
import { LiveReader } from './live-reader.js';
import type { Surroundings } from './request.js';

/** Words of requests that all clients together may have read or evaluated in one turn: some 5 ms of it. */
const WORK_PER_TURN = 8_192;

/** A client that has taken nothing for one to two of these is gone or never will. */
const SWEEP_MS = 30_000;

/** Refused connections that may linger until their client has read why. */
const REFUSALS = 1_000;

export interface ClientPortOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly service: Service;
  readonly limits: Limits;
  readonly requestTimeoutMs: number;
}

/** Opens the port; rejects with the CodedError of `Net.listen`. */
export async function openClientPort(address: Address, options: ClientPortOptions): Promise<ClientPort> {
  const port = new ClientPort(options);
  await port.listen(options.net, address);
  return port;
}

export class ClientPort implements ClientContext {
  readonly service: Service;
  readonly reader: Reader;
  readonly surroundings: Surroundings;
  readonly meter = new Meter();
  readonly limits: Limits;
  readonly requestTimeoutMs: number;
  readonly memory = new ClientMemory();
  readonly logger: Logger;
  readonly clock: Clock;
  readonly news: ChangeNews;
  readonly hub: FollowHub;
  backups = 0;
  work = WORK_PER_TURN;
  /** Clients since the start. */
  #accepted = 0;
  readonly #connections = new Set<Client>();
  #dirty = new Set<Client>();
  readonly #watched = new Set<Watched>();
  #cancelSweep: (() => void) | null = null;
  #listener: Listener | null = null;
  /** While closing: those who have not got all that they are due, and who waits for them. */
  #unanswered = new Set<Client>();
  #allAnswered: (() => void) | null = null;

  constructor(options: Omit<ClientPortOptions, 'net'>) {
    this.service = options.service;
    this.reader = new LiveReader(options.service);
    const { limits, service: asked } = options;
    this.surroundings = { limits, machine: asked.machine, underWay: asked.underWay };
    this.limits = options.limits;
    this.requestTimeoutMs = options.requestTimeoutMs;
    this.logger = options.logger;
    this.clock = options.clock;
    this.news = new ChangeNews(options.clock, options.service.machine.changes);
    const { clock, service } = options;
    const isDistrusted = (): boolean => service.distrusted;
    this.hub = new FollowHub({ clock, news: this.news, machine: service.machine, isDistrusted });
  }

  async listen(net: Net, { host, port }: Address): Promise<void> {
    this.#listener = await net.listen(host, port, (connection) => this.accept(connection));
  }

  /** Where it listens, with the real port where 0 was asked for; null before that. */
  get address(): Address | null {
    return this.#listener;
  }

  get connections(): number {
    return this.#connections.size;
  }

  accept(connection: Connection): ConnectionEvents {
    if (this.#allAnswered !== null || this.#connections.size >= this.limits.connections)
      return this.#refuse(connection);
    const client = new ClientConnection(++this.#accepted, connection, this);
    this.#connections.add(client);
    return client;
  }

  /**
   * Takes no more clients nor requests; resolves when those under way are answered. Who does not hang up keeps its
   * connection.
   */
  async close(): Promise<void> {
    this.#unanswered = new Set(this.#connections);
    const answered = new Promise<void>((resolve) => {
      this.#allAnswered = resolve;
    });
    await this.#listener?.close();
    for (const client of this.#connections) client.quit();
    this.#tellAllAnswered();
    await answered;
    this.#cancelSweep?.();
    this.#cancelSweep = null;
  }

  sessions(): readonly ClientSession[] {
    return [...this.#connections].map(({ session }) => session);
  }

  later(client: Client): void {
    if (this.#dirty.size === 0) this.clock.endOfTurn(() => this.#endTurn());
    this.#dirty.add(client);
  }

  watch(watched: Watched): void {
    this.#watched.add(watched);
    this.#armSweep();
  }

  closed(client: Client): void {
    this.#connections.delete(client);
    this.#watched.delete(client);
    this.#dirty.delete(client);
    this.answered(client);
  }

  answered(client: Client): void {
    if (this.#unanswered.delete(client)) this.#tellAllAnswered();
  }

  #endTurn(): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.work = WORK_PER_TURN;
    const served: Client[] = [];
    for (const client of dirty) {
      if (this.work > 0) served.push(client);
      client.endOfTurn();
    }
    // Who had work queues behind who found none left.
    for (const client of served) if (this.#dirty.delete(client)) this.#dirty.add(client);
  }

  #armSweep(): void {
    if (this.#cancelSweep !== null || this.#watched.size === 0) return;
    this.#cancelSweep = this.clock.at(this.clock.mono() + SWEEP_MS, () => {
      this.#cancelSweep = null;
      for (const watched of this.#watched) if (!watched.sweep()) this.#watched.delete(watched);
      this.#armSweep();
    });
  }

  #tellAllAnswered(): void {
    if (this.#unanswered.size === 0) this.#allAnswered?.();
  }

  /** In the syntax of people: in which one a client would have spoken is not known yet. */
  #refuse(connection: Connection): ConnectionEvents {
    const refused = new RefusedConnection(connection, (gone) => this.#watched.delete(gone));
    // Too many to be polite to: their descriptors are wanted for files and peers.
    if (this.#watched.size >= REFUSALS) connection.destroy();
    else {
      connection.write(renderInline(tooManyConnections(this.limits.connections)));
      connection.end();
      this.watch(refused);
    }
    return refused;
  }
}

/** Hears nothing, and goes when the client does, or after a while. */
class RefusedConnection implements ConnectionEvents, Watched {
  readonly #connection: Connection;
  readonly #gone: (self: Watched) => void;
  #swept = false;

  constructor(connection: Connection, gone: (self: Watched) => void) {
    this.#connection = connection;
    this.#gone = gone;
  }

  data(): void {}

  drained(): void {}

  ended(): void {
    this.#connection.destroy();
  }

  closed(): void {
    this.#gone(this);
  }

  sweep(): boolean {
    if (this.#swept) this.#connection.destroy();
    this.#swept = true;
    return true;
  }
}
