/**
 * One client: bytes to requests, requests in order to the service, replies in order back. Here stands the order of one
 * connection: a write is handed on only when the reads before it are answered, a read is evaluated only when the writes before
 * it are, anything else waits for everything before it; runs of one kind are under way together. Here stands also who waits
 * when there is too much: a client is not read on while its output, its requests or the replica's queues are full.
 */

import type { Clock } from '../../base/clock.js';
import type { Revision } from '../../base/ids.js';
import { bytesIn } from '../../kv/replies.js';
import type { Syntax } from '../../wire/client-request.js';
import { type Reply, renderInline } from '../../wire/reply.js';
import { RequestReader } from '../../wire/request-reader.js';
import { renderResp } from '../../wire/resp-reply.js';
import type { Connection, ConnectionEvents } from '../ports.js';
import { DISTRUSTED, type ReadOutcome, type WriteOutcome } from '../service.js';
import type { Limits } from '../settings.js';
import { bytesWork } from '../write-load.js';
import type { Client, ClientContext } from './client-context.js';
import { FAIR_SHARE_BYTES } from './client-memory.js';
import { ClientSession } from './client-session.js';
import { memoryExhausted, readRefused, replyOfNoRoom, toldWhileStreaming, writeRefused } from './errors.js';
import { runLocal } from './local-commands.js';
import type { OwnConnection } from './local-handler.js';
import { Output } from './output.js';
import { evaluate, type PendingRead, type PendingRequest, PendingRequests } from './pending-requests.js';
import { bytesOfRequest, type Logged, requestOf } from './request.js';
import { Streaming } from './streaming.js';
import type { Taken } from './transaction.js';
import { Waiting } from './waiting.js';
import { LOCAL_WORK, replyWork } from './work.js';

/** Of connections that are read no more: what theirs had is let go. */
const SILENT = new RequestReader();

export class ClientConnection implements ConnectionEvents, OwnConnection, Client {
  readonly #connection: Connection;
  readonly #context: ClientContext;
  readonly session: ClientSession;
  #reader: RequestReader;
  readonly #pending = new PendingRequests();
  readonly #output: Output;
  /** Of the request that was read last. */
  #syntax: Syntax = 'inline';
  /** A request that was read and has to wait for those before it. */
  #held: Taken | null = null;
  /** Ending: takes no more requests, and the end is sent with the last replies. */
  #state: 'open' | 'ending' | 'ended' | 'closed' = 'open';
  #noMoreRequests = false;
  /** Said when the requests under way are answered, in place of a reply to those that are not taken any more. */
  #farewell: Reply | null = null;
  #halfOpen = false;
  #paused = false;
  #waitsForRoom = false;
  #waitsForTurn = false;
  /** What this connection was last counted for in the memory of all. */
  #counted = 0;
  readonly #streaming: Streaming;

  constructor(id: number, connection: Connection, context: ClientContext) {
    this.session = new ClientSession(id, connection.remote);
    this.#connection = connection;
    this.#context = context;
    this.#output = new Output(connection, context, this);
    this.#reader = new RequestReader(context.limits.requestBytes);
    this.#streaming = new Streaming(context, {
      connection,
      output: this.#output,
      reply: (reply) => this.#emit(reply, this.#syntax),
      goOn: () => this.#advance(),
      quit: () => this.quit(),
    });
  }

  data(bytes: Uint8Array): void {
    if (this.#state !== 'open' || this.#noMoreRequests) return;
    this.#reader.push(bytes);
    this.#advance();
    this.#reader.keep();
    if (this.#context.memory.exhausted && this.#holds() > FAIR_SHARE_BYTES) this.#giveUp(memoryExhausted());
  }

  ended(): void {
    this.#halfOpen = true;
    this.#reader.end();
    this.#advance();
  }

  drained(): void {
    this.#streaming.look();
    this.#advance();
  }

  closed(): void {
    this.#state = 'closed';
    this.#reader = SILENT;
    this.#held = null;
    this.#output.drop();
    this.#streaming.stop();
    this.#pending.first?.waiting?.stop();
    this.#context.memory.change(-this.#counted);
    this.#counted = 0;
    this.#context.closed(this);
  }

  /** Nothing waits before it: local commands wait for everything. */
  backup(): void {
    this.#streaming.backup(this.session.readsLocally, this.#syntax);
  }

  follow(prefix: string, from: Revision | null): void {
    this.#streaming.follow(prefix, from, this.session.readsLocally, this.#syntax);
  }

  /** Takes no further request, answers those under way, then closes; a stream may take long, and is ended. */
  quit(): void {
    this.#streaming.quit();
    this.#noMoreRequests = true;
    this.#context.later(this);
  }

  get limits(): Limits {
    return this.#context.limits;
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  clients(): readonly ClientSession[] {
    return this.#context.sessions();
  }

  /** Sends what was gathered in this turn. */
  endOfTurn(): void {
    this.#streaming.look();
    if (this.#waitsForTurn || this.#noMoreRequests) this.#advance();
    this.#output.send();
    this.#count();
    if (this.#state === 'ending') {
      this.#connection.end();
      this.#state = 'ended';
      this.#context.later(this);
    } else if (this.#state === 'ended' && this.#connection.buffered === 0) this.#context.answered(this);
    else if (this.#output.endTurn()) this.#wantTurn();
  }

  /**
   * Gone are: a client that has taken none of its replies since the last sweep, and one that was sent the end and does not
   * close.
   */
  sweep(): boolean {
    return this.#output.sweep(this.#state === 'open');
  }

  /** Answers what can be answered, then takes requests until one has to wait. */
  #advance(): void {
    if (this.#state !== 'open') return;
    this.#waitsForTurn = false;
    this.#settle();
    while ((this.#held !== null || this.#reader.waiting > 0) && this.#mayTake()) {
      const request = this.#held ?? this.#next();
      if (request === null) break;
      this.#held = this.#start(request) ? null : request;
      if (this.#held !== null) break;
    }
    this.#throttle();
    const nothingComes = this.#noMoreRequests || (this.#halfOpen && this.#held === null && this.#reader.waiting === 0);
    if (nothingComes && this.#pending.length === 0 && !this.#streaming.isOn) this.#bidFarewell();
    this.#count();
  }

  #next(): Taken | null {
    if (this.#noMoreRequests) return null;
    const request = this.#reader.next();
    if (request === undefined) return null;
    this.#syntax = request.syntax;
    if (request.type === 'command') this.#context.work -= request.argv.length;
    const { limits, service } = this.#context;
    const asked = requestOf(request, this.#context.surroundings);
    return this.session.transaction.take(asked, limits, (command, words) => runLocal(command, words, service, this));
  }

  /** True unless something is full; whatever it is calls `#advance` when it is not any more. */
  #mayTake(): boolean {
    if (this.#streaming.isOn || this.#output.isFull() || this.#pending.full) return false;
    if (this.#context.work <= 0) {
      this.#wantTurn();
      return false;
    }
    const { service } = this.#context;
    if (!service.congested) return true;
    if (!this.#waitsForRoom) {
      this.#waitsForRoom = true;
      service.whenRoom(() => {
        this.#waitsForRoom = false;
        this.#advance();
      });
    }
    return false;
  }

  /** False when the request has to wait for those before it. */
  #start(request: Taken): boolean {
    switch (request.type) {
      case 'write':
      case 'once':
        if (this.#pending.reads > 0) return false;
        this.#write(request, request.syntax);
        return true;
      case 'exec':
        // A WATCH is a read.
        if (this.#pending.reads > 0) return false;
        this.#exec(request.syntax);
        return true;
      case 'answered':
        this.#answer(request.reply, request.syntax);
        return true;
      case 'read':
        this.#read(request, request.syntax, request.bytes);
        return true;
      default:
        if (this.#pending.length > 0) return false;
        this.#answerAtOnce(request);
        return true;
    }
  }

  #write({ bytes, load, answered, complete }: Logged, syntax: Syntax): void {
    const pending = this.#pending.addWrite(syntax, answered);
    this.#context.work -= bytesWork(pending.cost);
    this.#context.service.write(bytes, load, (outcome) => this.#written(pending, outcome, complete));
  }

  #exec(syntax: Syntax): void {
    const made = this.session.transaction.exec(this.#context.surroundings);
    if ('type' in made) this.#answer(made, syntax);
    else this.#write(made, syntax);
  }

  #answer(reply: Reply, syntax: Syntax): void {
    this.#pending.addAnswered(reply, syntax);
    this.#settle();
  }

  #read(read: PendingRead, syntax: Syntax, bytes: number): void {
    const pending = this.#pending.addRead(read, syntax, bytes);
    if (this.session.readsLocally && !this.#context.service.distrusted) {
      pending.ready = true;
      this.#settle();
    } else this.#context.service.read((outcome) => this.#mayRead(pending, outcome));
  }

  #written(pending: PendingRequest, outcome: WriteOutcome, complete: Logged['complete']): void {
    const { memory, requestTimeoutMs } = this.#context;
    const reply =
      outcome.type === 'applied'
        ? (complete?.(outcome.reply) ?? outcome.reply)
        : writeRefused(outcome, requestTimeoutMs / 1_000);
    // It is longer than could be told, and there is no room for it any more.
    const isTooMuch = memory.exhausted && bytesIn(reply) > pending.cost;
    if (this.#pending.answered(pending, isTooMuch ? replyOfNoRoom() : reply)) this.#count();
    if (pending === this.#pending.first) this.#advance();
  }

  #mayRead(pending: PendingRequest, outcome: ReadOutcome): void {
    if (outcome.type === 'ready') pending.ready = true;
    else pending.reply = readRefused(outcome, this.#context.requestTimeoutMs / 1_000);
    if (pending === this.#pending.first) this.#advance();
  }

  #answerAtOnce(request: Extract<Taken, { type: 'local' | 'wrong' | 'refused' | 'close' }>): void {
    if (request.type === 'local') {
      this.#context.work -= LOCAL_WORK;
      const reply = runLocal(request.command, request.words, this.#context.service, this);
      if (reply !== null) this.#emit(reply, request.syntax);
      return;
    }
    if (request.reply !== null) this.#emit(request.reply, request.syntax);
    if (request.type === 'close') this.quit();
  }

  /** Answers from the front as far as replies are known and there is room for them. */
  #settle(): void {
    for (let first = this.#pending.first; first !== undefined; first = this.#pending.first) {
      const reply = this.#output.isFull() ? null : this.#replyOf(first);
      if (reply === null) return;
      this.#pending.shift();
      first.waiting?.stop();
      this.#emit(reply, first.syntax);
    }
  }

  #replyOf(request: PendingRequest): Reply | null {
    const { reply, read, ready } = request;
    if (reply !== null || read === null || !ready) return reply;
    if (this.#context.work <= 0) {
      this.#wantTurn();
      return null;
    }
    this.#context.work -= read.words.words;
    // It may have been found to be wrong since the read was granted.
    if (this.#context.service.distrusted) return readRefused(DISTRUSTED, this.#context.requestTimeoutMs / 1_000);
    if (read.command.kind === 'read') {
      const answer = evaluate(request, read.command, read.words, this.#context);
      if (answer === null) this.#wantTurn();
      return answer;
    }
    // READONLY and READWRITE wait for all reads before them.
    request.waiting ??= new Waiting(read.command.begin(read.words, this.session.readsLocally), this.#context, () =>
      this.#wantTurn(),
    );
    return request.waiting.look(this.#noMoreRequests);
  }

  #wantTurn(): void {
    this.#waitsForTurn = true;
    this.#context.later(this);
  }

  #emit(reply: Reply, syntax: Syntax): void {
    const text = syntax === 'inline' ? renderInline(reply) : renderResp(reply, this.session.resp);
    this.#context.work -= replyWork(reply, text.length);
    this.#output.gather(text);
  }

  /** Stops reading the socket while what it brought cannot be taken. */
  #throttle(): void {
    const full = this.#reader.waiting > FAIR_SHARE_BYTES && (this.#held !== null || !this.#mayTake());
    // Of a socket that is not read nobody hears that its client has gone, and a stream may last for ever.
    if (full && this.#streaming.isOn) this.#giveUp(toldWhileStreaming());
    if (full === this.#paused || this.#noMoreRequests) return;
    this.#paused = full;
    if (full) this.#connection.pause();
    else this.#connection.resume();
  }

  #end(): void {
    this.#state = 'ending';
    this.#reader = SILENT;
    this.#held = null;
    this.#context.later(this);
    this.#context.watch(this);
  }

  #bidFarewell(): void {
    if (this.#farewell !== null) this.#emit(this.#farewell, this.#syntax);
    this.#farewell = null;
    this.#end();
  }

  /**
   * Lets go of what was not begun. What is under way keeps its own replies: a write among it may be executed, so nobody may
   * say of it that it was not.
   */
  #giveUp(farewell: Reply): void {
    if (this.#state !== 'open') return;
    this.#reader = SILENT;
    this.#held = null;
    this.#farewell = farewell;
    this.quit();
  }

  #holds(): number {
    const held = this.#held === null ? 0 : bytesOfRequest(this.#held);
    return this.#reader.waiting + this.#pending.cost + held + this.session.transaction.bytes + this.#output.bytes;
  }

  #count(): void {
    const holds = this.#state === 'closed' ? 0 : this.#holds();
    this.#context.memory.change(holds - this.#counted);
    this.#counted = holds;
  }
}
