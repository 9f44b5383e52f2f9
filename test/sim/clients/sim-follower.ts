/**
 * A client that wants every change once and in order: it follows, or asks for changes again and again, stays a while, and goes on
 * elsewhere from where it was. What it is told is held against what the log says at once.
 */

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { latin1 } from '#src/wire/bytes.js';
import { type ChangeRecord, FollowReader } from '../../node/clients/follow-record.js';
import { CLIENT_PORT } from '../world/machine.js';
import type { Random } from '../world/random.js';
import type { SimNet } from '../world/sim-net.js';
import type { SimProcess } from '../world/sim-process.js';
import { linesOfChanges } from './changes-reply.js';

export interface FollowerOptions {
  readonly name: string;
  readonly net: SimNet;
  readonly process: SimProcess;
  readonly random: Random;
  readonly record: ChangeRecord;
  readonly replicas: readonly string[];
  /** A replica may tell what its wrong state made of the log, as long as nobody knows that it is wrong. */
  mayBeWrong(): boolean;
  readonly events: FollowerEvents;
}

export interface FollowerEvents {
  said(what: string): void;
  /** It was told what it must not be told. */
  wrong(what: string): void;
  resynced(): void;
}

const RETRY_MS = [20, 150] as const;
const STAY_MS = [200, 6_000] as const;

/** Keys of all clients begin so. */
const PREFIX = 'k';

export class SimFollower {
  readonly name: string;
  readonly #options: FollowerOptions;
  readonly #reader: FollowReader;
  #connection: Connection | null = null;
  #isFollowing = true;
  /** Of a reply to CHANGES. */
  #rest = '';
  /** Counts connections, so that what belongs to an earlier one is known. */
  #attempt = 0;
  #isOver = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.name = options.name;
    this.#reader = new FollowReader(options.record, PREFIX, 0);
  }

  start(): void {
    this.#later(this.#options.random.fraction() * 100, () => this.#connect());
  }

  /** Whether it was told all up to that revision, or nothing can be asked for it any more. */
  hasAll(revision: number): boolean {
    return this.#isOver || this.#options.mayBeWrong() || this.#reader.hasAll(revision);
  }

  #connect(): void {
    const { net, process, random, replicas } = this.#options;
    const attempt = ++this.#attempt;
    net
      .portOf(this.name, process)
      .dial(random.pick(replicas), CLIENT_PORT, (connection) => this.#connected(connection, attempt))
      .catch(() => this.#later(random.between(...RETRY_MS), () => this.#connect()));
  }

  #connected(connection: Connection, attempt: number): ConnectionEvents {
    const { random } = this.#options;
    this.#connection = connection;
    this.#rest = '';
    this.#reader.again();
    this.#later(0, () => {
      this.#ask();
      this.#later(random.between(...STAY_MS), () => this.#leave());
    });
    return {
      data: (bytes) => {
        if (attempt === this.#attempt) this.#heard(latin1(bytes, 0, bytes.length));
      },
      ended: () => attempt === this.#attempt && this.#leave(),
      drained: () => undefined,
      closed: () => attempt === this.#attempt && this.#leave(),
    };
  }

  #ask(): void {
    const { random } = this.#options;
    const from = this.#reader.complete;
    const count = random.pick(['', ' COUNT 3']);
    this.#isFollowing = random.chance(0.5);
    if (this.#isFollowing) this.#send(`FOLLOW ${PREFIX} FROM ${from}\n`);
    else this.#askAgain(count);
  }

  #askAgain(count: string): void {
    const words = `CHANGES ${PREFIX} FROM ${this.#reader.complete}${count} BLOCK 700`.split(' ');
    this.#send(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  }

  #send(text: string): void {
    this.#connection?.write(Buffer.from(text, 'latin1'));
  }

  #heard(text: string): void {
    const { events } = this.#options;
    if (this.#options.mayBeWrong()) this.#isOver = true;
    if (this.#isOver) return;
    const { resyncs, complete } = this.#reader;
    try {
      if (this.#isFollowing) this.#reader.push(text);
      else this.#changes(text);
      const { resyncedAt } = this.#reader;
      // A read point covers all that was told before, so nobody may take it for another store's.
      if (this.#reader.resyncs > resyncs && resyncedAt < complete)
        throw new Error(`the state at ${resyncedAt} was told to one who has all up to ${complete}`);
    } catch (error) {
      this.#isOver = true;
      events.wrong(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#reader.resyncs > resyncs) events.resynced();
    if (this.#reader.end !== null) this.#ended(this.#reader.end.line);
  }

  #changes(text: string): void {
    this.#rest += text;
    const reply = linesOfChanges(this.#rest);
    if (reply === null) return;
    this.#rest = this.#rest.slice(reply.end);
    // Who was here for too long has to have the whole state, which FOLLOW sends.
    this.#reader.push(reply.lines);
    const line = this.#reader.end?.line ?? '';
    if (line.includes('is not one of this store')) throw new Error(line);
    if (this.#reader.end === null) this.#askAgain('');
  }

  #ended(line: string): void {
    this.#options.events.said(`is told ${line}`);
    this.#leave();
  }

  #leave(): void {
    const { random } = this.#options;
    this.#connection?.destroy();
    this.#connection = null;
    this.#attempt++;
    this.#later(random.between(...RETRY_MS), () => this.#connect());
  }

  #later(ms: number, then: () => void): void {
    const { process } = this.#options;
    const attempt = this.#attempt;
    process.at(process.mono() + ms, () => {
      if (attempt === this.#attempt && !this.#isOver) then();
    });
  }
}
