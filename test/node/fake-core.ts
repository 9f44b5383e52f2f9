/**
 * A consensus core that does what a test says: it answers inputs with scripted effects and writes down everything that happens
 * around it, in one list, so that a test can look at the order.
 */

import { type Lsn, lsn, type ReplicaName, type Slot, slot, storeId } from '#src/base/ids.js';
import { Driver } from '#src/node/driver.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import {
  type AcceptorState,
  type Effects,
  type Input,
  type LogRecord,
  type Now,
  noEffects,
} from '#src/paxos/effects.js';
import type { Held } from '#src/paxos/message.js';
import { FrameReader } from '#src/wire/frame.js';
import { decodeMessages } from '#src/wire/peer-codec.js';
import { LogBook } from './support/log-book.js';
import { seededChance, VirtualTime } from './support/virtual-time.js';

/** What effects a script may set; the rest stays empty. */
export type Script = (input: Input, now: Now) => Partial<Effects> | undefined;

export interface StageOptions {
  readonly faultRate?: number;
  readonly script?: Script;
}

export class Stage {
  readonly time = new VirtualTime();
  readonly logger = new LogBook();
  /** `step persisted`, `append 1-3`, `apply 7`, `send data b: accept fetch`, … in order. */
  readonly happened: string[] = [];
  readonly steps: { readonly input: Input; readonly now: Now }[] = [];
  readonly fatal: unknown[] = [];
  readonly frames = new Map<ReplicaName, Uint8Array[]>();
  readonly down = new Set<ReplicaName>();
  script: Script;
  decided: Slot = slot(0);
  firstSlot: Slot = slot(1);
  durable: Lsn = lsn(0);
  backlog = 0;
  read: (from: Slot, to: Slot) => Promise<readonly Held[]> = () => Promise.resolve([]);
  keep: () => Promise<void> = () => Promise.resolve();
  repair: () => Promise<void> = () => Promise.resolve();
  lose: () => Promise<void> = () => Promise.resolve();
  /** Called within the origin's flush. */
  onFlush: () => void = () => undefined;
  onSend: () => void = () => undefined;
  readonly driver: Driver;

  constructor({ faultRate = 0, script = () => undefined }: StageOptions = {}) {
    this.script = script;
    const stage = this;
    this.driver = new Driver({
      core: {
        step: (input, now) => this.#step(input, now),
        acceptorState: () => this.#state(),
        canForward: () => true,
      },
      log: {
        append: (records) => this.#append(records),
        read: (from, to) => this.read(from, to),
        lose: () => {
          this.#note('lose');
          return this.lose();
        },
        repair: ({ nextLsn }) => {
          this.#note(`repair log ${nextLsn}`);
          return this.repair();
        },
        get durable() {
          return stage.durable;
        },
        get backlog() {
          return stage.backlog;
        },
      },
      store: storeId('0'.repeat(32)),
      identity: { keep: () => this.keep() },
      origin: {
        begin: ({ incarnation }) => this.#note(`begin ${incarnation}`),
        flush: () => {
          this.#note('origin flush');
          this.onFlush();
        },
        apply: (decided) => this.#note(`apply ${decided.slot}`),
        answer: () => this.#note('answer'),
        granted: ({ upTo }) => this.#note(`grant ${upTo}`),
      },
      upkeep: {
        start: () => undefined,
        applied: ({ slot: at }) => this.#note(`note ${at}`),
        persisted: () => undefined,
        want: (peer) => this.#note(`want ${peer}`),
        diverged: (agreedUpTo) => this.#note(`diverged ${agreedUpTo}`),
        agreed: () => this.#note('agreed'),
      },
      links: {
        isUp: (peer) => !this.down.has(peer),
        send: (to, lane, frames) => this.#send(to, lane, frames),
        refuse: (peer, reason) => this.#note(`refuse ${peer}: ${reason}`),
      },
      clock: this.time,
      chance: seededChance(7),
      logger: this.logger,
      faultRate,
      roleChanged: ({ type }) => this.#note(`role ${type}`),
      fatal: (error) => this.fatal.push(error),
    });
  }

  /** What happened since the last call. */
  take(): string[] {
    return this.happened.splice(0);
  }

  /** The disk has everything up to here. */
  persist(upTo: number): void {
    this.durable = lsn(upTo);
    this.driver.persisted(this.durable);
  }

  /** The end of this turn of the event loop. */
  turn(): Promise<boolean> {
    return this.time.run(0);
  }

  #note(line: string): void {
    this.happened.push(line);
  }

  #step(input: Input, now: Now): Effects {
    this.steps.push({ input, now });
    this.#note(`step ${input.type}`);
    return { ...noEffects(), ...this.script(input, now) };
  }

  #state(): AcceptorState {
    return { promised: NO_BALLOT, decidedUpTo: this.decided, firstSlot: this.firstSlot, highestSlot: this.decided };
  }

  #append(records: readonly LogRecord[]): void {
    this.#note(records.length === 0 ? 'append nothing' : `append ${records[0]?.lsn}-${records.at(-1)?.lsn}`);
  }

  #send(to: ReplicaName, lane: string, frames: Uint8Array): void {
    this.frames.set(to, [...(this.frames.get(to) ?? []), frames]);
    const reader = new FrameReader(frames.length);
    reader.push(frames);
    const types: string[] = [];
    for (let body = reader.next(); body !== undefined; body = reader.next()) {
      types.push(...decodeMessages(body).map(({ type }) => type));
    }
    this.#note(`send ${lane} ${to}: ${types.join(' ')}`);
    this.onSend();
  }
}
