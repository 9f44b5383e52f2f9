/**
 * A client that makes backups: it writes a little, asks for a backup in the same breath, from what the cluster has or from
 * what its replica has, and reads what it is sent as whoever restores it would.
 */

import { messageOf } from '#src/base/errors.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { StateFilling } from '#src/kv/state-transfer.js';
import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import { readSnapshot } from '#src/store/snapshot-reader.js';
import { latin1 } from '#src/wire/bytes.js';
import { CLIENT_PORT } from '../world/machine.js';
import type { Random } from '../world/random.js';
import type { SimNet } from '../world/sim-net.js';
import type { SimProcess } from '../world/sim-process.js';
import { isRefusal } from './errand.js';
import type { History, Operation } from './history.js';
import { memoryFile } from './memory-file.js';
import { answerOf, TURNED_AWAY } from './reply-reader.js';

export interface SaverOptions {
  readonly name: string;
  readonly net: SimNet;
  readonly process: SimProcess;
  readonly random: Random;
  readonly history: History;
  readonly replicas: readonly string[];
  readonly events: SaverEvents;
}

export interface Backup {
  readonly replica: string;
  /** As it would be after a restore. */
  readonly state: StateMachine;
  /** It has to have all that was executed up to there. */
  readonly atLeast: number;
}

export interface SaverEvents {
  begun(operation: Operation, token: string): void;
  acknowledged(token: string): void;
  refused(token: string): void;
  /** The last slot with a write that anybody was told of, or with this one. */
  acknowledgedUpTo(token?: string): number;
  saved(backup: Backup): void;
  /** What came is no backup. */
  unsound(replica: string, reason: string): void;
  /** Nobody should get such an answer. */
  absurd(asked: string, answer: string): void;
  said(what: string): void;
}

/** What was asked for, in order, and not answered yet. */
type Asked = { readonly what: 'readonly' | 'backup' } | { readonly what: 'put'; readonly operation: Operation };

const KEY = 'saver';
const RETRY_MS = [20, 150] as const;
const BETWEEN_MS = [300, 4_000] as const;
const PATIENCE_MS = 8_000;
const MOST_PUTS = 4;

export class SimSaver {
  readonly name: string;
  readonly #options: SaverOptions;
  #connection: Connection | null = null;
  #at = '';
  #attempt = 0;
  #written = 0;
  #isResting = false;
  #asked: Asked[] = [];
  /** Whether all that anybody was told has to be in the backup, or only what this connection was told. */
  #isStale = false;
  #atLeast = 0;
  #received: Buffer = Buffer.alloc(0);
  /** Of the backup that is coming; null before its first line. */
  #size: number | null = null;
  #digest = '';

  constructor(options: SaverOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get isIdle(): boolean {
    return this.#connection === null || this.#asked.length === 0;
  }

  start(): void {
    this.#later(this.#options.random.between(...BETWEEN_MS), () => this.#connect());
  }

  rest(): void {
    this.#isResting = true;
  }

  #connect(): void {
    if (this.#isResting) return;
    const { net, process, random, replicas } = this.#options;
    const attempt = ++this.#attempt;
    this.#at = random.pick(replicas);
    net
      .portOf(this.name, process)
      .dial(this.#at, CLIENT_PORT, (connection) => this.#connected(connection, attempt))
      .catch(() => this.#later(random.between(...RETRY_MS), () => this.#connect()));
  }

  #connected(connection: Connection, attempt: number): ConnectionEvents {
    this.#connection = connection;
    this.#received = Buffer.alloc(0);
    this.#size = null;
    this.#later(0, () => this.#ask());
    const ifNow = (then: () => void): void => {
      if (attempt === this.#attempt) then();
    };
    return {
      data: (bytes) => ifNow(() => this.#heard(bytes)),
      ended: () => ifNow(() => this.#leave('the replica closed')),
      drained: () => undefined,
      closed: (reason) => ifNow(() => this.#leave(reason)),
    };
  }

  /** All at once: the backup follows right behind what the replica tells of the writes. */
  #ask(): void {
    const { random, events } = this.#options;
    let text = '';
    this.#isStale = random.chance(0.5);
    if (this.#isStale) {
      this.#asked.push({ what: 'readonly' });
      text += 'readonly\n';
    }
    for (let puts = random.below(MOST_PUTS); puts > 0; puts--) text += this.#put();
    this.#asked.push({ what: 'backup' });
    this.#atLeast = this.#isStale ? 0 : events.acknowledgedUpTo();
    this.#connection?.write(Buffer.from(`${text}backup\n`, 'latin1'));
    this.#later(PATIENCE_MS, () => this.#leave('waited in vain'));
  }

  #put(): string {
    const { history, process, events } = this.#options;
    const token = `${this.name}.${++this.#written}`;
    const last = this.#asked.at(-1);
    const after = last?.what === 'put' ? last.operation.id : -1;
    const operation = history.begin({ client: this.name, kind: 'put', key: KEY, token, called: process.now, after });
    events.begun(operation, token);
    this.#asked.push({ what: 'put', operation });
    return `put ${KEY} ${token}\n`;
  }

  #heard(bytes: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#size === null) {
      const end = this.#received.indexOf('\r\n');
      if (end < 0) return;
      const line = latin1(this.#received, 0, end);
      this.#received = this.#received.subarray(end + 2);
      this.#line(line);
      if (this.#asked.length === 0) return;
    }
    if (this.#received.length >= this.#size) this.#came(this.#received.subarray(0, this.#size));
  }

  #line(line: string): void {
    const { events } = this.#options;
    if (line.startsWith(TURNED_AWAY)) {
      this.#leave('was turned away');
      return;
    }
    const asked = this.#asked[0];
    if (asked?.what === 'put') this.#answered(asked.operation, line);
    if (asked?.what !== 'backup') {
      this.#asked.shift();
      if (asked?.what !== 'put' && line !== 'OK') events.absurd('readonly', line);
      return;
    }
    const announced = /^BACKUP (\d+) ([0-9a-f]{64})$/.exec(line);
    if (announced !== null) {
      this.#size = Number(announced[1]);
      this.#digest = announced[2] ?? '';
    } else if (answerOf(line).type === 'error') this.#leave(`was refused a backup: ${line}`);
    else events.absurd('backup', line);
  }

  #answered(operation: Operation, line: string): void {
    const { history, events, process } = this.#options;
    const { token } = operation;
    const answer = answerOf(line);
    if (answer.type === 'ok') {
      history.end(operation, null, process.now);
      events.acknowledged(token);
      this.#atLeast = Math.max(this.#atLeast, events.acknowledgedUpTo(token));
    } else if (answer.type !== 'error') events.absurd(`put ${token}`, line);
    else if (isRefusal(answer.code)) {
      history.refuse(operation);
      events.refused(token);
    } else history.lose(operation);
  }

  #came(bytes: Buffer): void {
    const { events } = this.#options;
    const [replica, atLeast, digest] = [this.#at, this.#atLeast, this.#digest];
    const filling = new StateFilling();
    readSnapshot(memoryFile(bytes), `what ${replica} sent`, this.#options.process, filling).then(
      (info) => {
        if (info.digest !== digest) {
          events.unsound(replica, 'its digest is not the one announced');
          return;
        }
        const state = new StateMachine();
        state.adopt(filling);
        events.saved({ replica, state, atLeast });
      },
      (error: unknown) => events.unsound(replica, messageOf(error)),
    );
    this.#leave('has a backup');
  }

  /** What was asked for and not answered remains unknown. */
  #leave(why: string): void {
    const { history, random, events } = this.#options;
    events.said(`left ${this.#at} (${why})`);
    for (const asked of this.#asked.splice(0)) if (asked.what === 'put') history.lose(asked.operation);
    this.#connection?.destroy();
    this.#connection = null;
    this.#attempt++;
    this.#later(random.between(...BETWEEN_MS), () => this.#connect());
  }

  #later(ms: number, then: () => void): void {
    const { process } = this.#options;
    const attempt = this.#attempt;
    process.at(process.mono() + ms, () => {
      if (attempt === this.#attempt) then();
    });
  }
}
