/**
 * A client: connects to a replica, sends requests in the inline syntax, waits for answers, and goes elsewhere when it is left
 * waiting. It writes down all that it does. Every value that it writes is new, so that whoever reads one knows whose it is.
 */

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { Endpoint } from '../world/endpoint.js';
import { CLIENT_PORT } from '../world/machine.js';
import type { Random } from '../world/random.js';
import type { SimNet } from '../world/sim-net.js';
import type { SimProcess } from '../world/sim-process.js';
import { drawErrand } from './draw-errand.js';
import type { Errand, ErrandParts } from './errand.js';
import type { History, Kind, Lifetime, Operation } from './history.js';
import { type Answer, answerOf, ReplyReader, TURNED_AWAY } from './reply-reader.js';
import { drawKey, drawKind, drawLifetime, type Workload } from './workload.js';

export interface ClientOptions {
  readonly name: string;
  readonly net: SimNet;
  readonly process: SimProcess;
  readonly random: Random;
  readonly history: History;
  readonly workload: Workload;
  readonly replicas: readonly string[];
  readonly events: ClientEvents;
}

export interface ClientEvents {
  /** The log knows it by the token, '' for a read of its own. */
  begun(operation: Operation, token: string): void;
  acknowledged(token: string): void;
  refused(token: string): void;
  /** An answer that no client should ever get. */
  absurd(client: string, asked: string, answer: string): void;
  said(client: string, what: string): void;
  /** An error was the answer, to a write or a read. */
  failed(code: string, isWrite: boolean): void;
}

/** Of a value that is one of several. */
const SHARED_PADDING = 3_000;

const RETRY_MS = [20, 150] as const;

export class SimClient {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #pending: Operation[] = [];
  /** While there is one, nothing else is asked for. */
  #errand: Errand | null = null;
  #reader = new ReplyReader();
  #connection: Connection | null = null;
  #at = '';
  /** Counts connections, so that what belongs to an earlier one is known. */
  #attempt = 0;
  #isAsking = true;
  #written = 0;
  #stopPatience: (() => void) | null = null;

  readonly #errandParts: ErrandParts;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.#at = options.random.pick(options.replicas);
    this.#errandParts = this.#partsOf(options);
  }

  get isIdle(): boolean {
    return this.#pending.length === 0 && this.#errand === null;
  }

  /** Of whom the last answer has not come. */
  get replica(): string {
    return this.#at;
  }

  start(): void {
    this.#later(this.#options.random.fraction() * 100, () => this.#connect());
  }

  /** Asks for nothing more; what is under way is still waited for. */
  rest(): void {
    this.#isAsking = false;
  }

  /** Reads a key once more, at the end. */
  readLast(key: string): void {
    if (this.#connection === null) return;
    this.#ask('get', key);
    this.#arm();
  }

  /** It will have to learn that what it asks for where it is is lost. */
  get isStranded(): boolean {
    return this.#connection instanceof Endpoint && this.#connection.leadsNowhere;
  }

  get isConnected(): boolean {
    return this.#connection !== null;
  }

  #connect(): void {
    const { net, process, random, replicas } = this.#options;
    const attempt = ++this.#attempt;
    this.#at = random.pick(replicas);
    this.#reader = new ReplyReader();
    net
      .portOf(this.name, process)
      .dial(this.#at, CLIENT_PORT, (connection) => this.#connected(connection, attempt))
      .catch(() => this.#later(random.between(...RETRY_MS), () => this.#connect()));
  }

  #connected(connection: Connection, attempt: number): ConnectionEvents {
    this.#connection = connection;
    this.#later(0, () => this.#askSome());
    return {
      data: (bytes) => {
        if (attempt === this.#attempt) this.#heard(bytes);
      },
      ended: () => this.#left(attempt, 'the replica closed'),
      drained: () => undefined,
      closed: (reason) => this.#left(attempt, reason),
    };
  }

  /** Nothing more comes from this connection: what was asked there remains unknown. */
  #left(attempt: number, why: string): void {
    if (attempt !== this.#attempt || this.#connection === null) return;
    const { history, random, events } = this.#options;
    if (!this.isIdle) events.said(this.name, `left ${this.#at} (${why}) with ${this.#pending.length} unanswered`);
    this.#connection.destroy();
    this.#connection = null;
    this.#attempt++;
    this.#stopPatience?.();
    for (const operation of this.#pending.splice(0)) history.lose(operation);
    this.#errand?.lost(this.#isAsking);
    this.#forgetErrand();
    this.#later(random.between(...RETRY_MS), () => this.#connect());
  }

  #askSome(): void {
    const { random, workload } = this.#options;
    if (this.#connection === null || this.#pending.length > 0) return;
    if (this.#errand !== null) {
      this.#send(this.#errand.begin());
      return;
    }
    if (!this.#isAsking) return;
    if (random.chance(workload.wander)) {
      this.#left(this.#attempt, 'wanders');
      return;
    }
    this.#errand = drawErrand(this.#errandParts, workload);
    if (this.#errand !== null) {
      this.#send(this.#errand.begin());
      return;
    }
    const count = 1 + random.below(workload.depth);
    for (let i = 0; i < count; i++) {
      this.#ask(drawKind(random, workload), drawKey(random, workload, this.#options.process.now));
    }
    this.#arm();
  }

  #ask(kind: Kind, key: string): void {
    const { history, process, events, random, workload } = this.#options;
    const token = kind === 'put' || kind === 'delete' ? `${this.name}.${++this.#written}` : '';
    const after = this.#pending.findLast((other) => other.key === key)?.id ?? -1;
    const operation = history.begin({ client: this.name, kind, key, token, called: process.now, after });
    this.#pending.push(operation);
    events.begun(operation, token);
    const lifetime = kind === 'put' ? drawLifetime(random, workload) : 'ever';
    if (lifetime !== 'ever') history.expires(operation);
    this.#connection?.write(Buffer.from(`${this.#lineOf(kind, key, token, lifetime)}\n`, 'latin1'));
  }

  #lineOf(kind: Kind, key: string, token: string, lifetime: Lifetime): string {
    // A delete names its token as a further key, which is never there.
    if (kind !== 'put') return kind === 'delete' ? `${kind} ${key} ${token}` : `${kind} ${key}`;
    const value = this.#valueOf(token);
    if (lifetime === 'ever') return `put ${key} ${value}`;
    return `set ${key} "${value}" ${lifetime === 'kept' ? 'keepttl' : `px ${lifetime}`}`;
  }

  #partsOf({ name, random, history, process, workload, events }: ClientOptions): ErrandParts {
    return {
      client: name,
      random,
      history,
      now: () => process.now,
      token: () => `${name}.${++this.#written}`,
      key: () => drawKey(random, workload, process.now),
      // Several of them are in one entry of the log.
      valueOf: (token) => this.#valueOf(token, Math.min(workload.paddingBytes, SHARED_PADDING)),
      begun: (operation, token) => events.begun(operation, token),
      acknowledged: (token) => events.acknowledged(token),
      refused: (token) => events.refused(token),
      absurd: (asked, answer) => events.absurd(name, asked, answer),
      failed: (asked, { code }) => {
        events.said(name, `${asked} got ${code} from ${this.#at}`);
        events.failed(code, true);
      },
    };
  }

  #valueOf(token: string, paddingBytes = this.#options.workload.paddingBytes): string {
    const padding = paddingBytes === 0 ? 0 : this.#options.random.below(paddingBytes);
    return padding < 2 ? token : `${token} ${'x'.repeat(padding - 1)}`;
  }

  #heard(bytes: Uint8Array): void {
    this.#reader.push(bytes);
    const { random, workload, events } = this.#options;
    for (let line = this.#reader.next(); line !== undefined; line = this.#reader.next()) {
      const operation = this.#errand === null ? this.#pending.shift() : undefined;
      if (this.#errand !== null) this.#tell(this.#errand, line);
      else if (operation !== undefined) this.#answered(operation, answerOf(line), line);
      else if (!line.startsWith(TURNED_AWAY)) events.absurd(this.name, 'nothing', line);
    }
    this.#stopPatience?.();
    if (!this.isIdle) this.#arm();
    else this.#later(random.between(...workload.thinkMs), () => this.#askSome());
  }

  #answered(operation: Operation, answer: Answer, line: string): void {
    const { history, events, process } = this.#options;
    const { kind, token } = operation;
    if (answer.type === 'error') {
      this.#failed(operation, answer);
      return;
    }
    if (kind === 'put' && answer.type === 'ok') {
      history.end(operation, null, process.now);
      events.acknowledged(token);
    } else if (kind === 'get' && answer.type === 'value') {
      const { value } = answer;
      history.end(operation, value === null ? null : (value.split(' ', 1)[0] ?? ''), process.now);
    } else if ((kind === 'delete' || kind === 'exists') && answer.type === 'count') {
      history.end(operation, answer.count, process.now);
      if (kind === 'delete') events.acknowledged(token);
    } else events.absurd(this.name, `${kind} ${operation.key}`, line);
  }

  #failed(operation: Operation, { code, text }: Extract<Answer, { type: 'error' }>): void {
    const { history, events } = this.#options;
    events.said(this.name, `${operation.kind} ${operation.key} ${operation.token} got ${code} from ${this.#at}`);
    events.failed(code, operation.token !== '');
    if (code === 'UNCERTAIN' && text.startsWith('executed;')) this.#executed(operation);
    else if (code === 'UNCERTAIN') history.lose(operation);
    else if (code === 'NOQUORUM' || code === 'BUSY') {
      history.refuse(operation);
      if (operation.token !== '') events.refused(operation.token);
    } else events.absurd(this.name, `${operation.kind} ${operation.key}`, `${code} ${text}`);
  }

  /** A snapshot that its replica took over contains what it did, and not what was to be said about it. */
  #executed(operation: Operation): void {
    const { history, events, process } = this.#options;
    // How many keys a delete found is not known, so it stays open.
    if (operation.kind === 'put') history.end(operation, null, process.now);
    events.acknowledged(operation.token);
  }

  #tell(errand: Errand, line: string): void {
    const text = errand.heard(line);
    this.#forgetErrand();
    if (text !== '') this.#connection?.write(Buffer.from(text, 'latin1'));
  }

  #forgetErrand(): void {
    if (this.#errand?.isOver) this.#errand = null;
  }

  #send(text: string): void {
    this.#connection?.write(Buffer.from(text, 'latin1'));
    this.#arm();
  }

  /** One timer for the oldest answer that is due. */
  #arm(): void {
    this.#stopPatience?.();
    const attempt = this.#attempt;
    this.#stopPatience = this.#timer(this.#options.workload.patienceMs, () => this.#left(attempt, 'waited in vain'));
  }

  #later(ms: number, then: () => void): void {
    const attempt = this.#attempt;
    this.#timer(ms, () => {
      if (attempt === this.#attempt) then();
    });
  }

  #timer(ms: number, then: () => void): () => void {
    const { process } = this.#options;
    return process.at(process.mono() + ms, then);
  }
}
