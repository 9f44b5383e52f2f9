// A service that decides nothing by itself: a test says what becomes of each request, in any order it likes.

import { replicaName, sequence, slot } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import type {
  BackupSource,
  ClusterStatus,
  FullStatus,
  LeaderAddress,
  ReadOutcome,
  ReplicaStatus,
  Service,
  WriteOutcome,
} from '#src/node/service.js';
import { LIGHT, type UnderWay, type WriteLoad } from '#src/node/write-load.js';
import { CommandCursor } from '#src/wire/command.js';
import { encodeParcel } from '#src/wire/parcel.js';
import type { Reply } from '#src/wire/reply.js';
import { batch, decided, sessionOf } from '../../kv/values.js';

export interface Asked {
  /** The words of a write; null for a read. */
  readonly words: string | null;
  readonly bytes: Uint8Array;
  readonly load: WriteLoad;
  done: ((outcome: WriteOutcome & ReadOutcome) => void) | null;
}

const LOOP = { p50Ms: 1.1, p99Ms: 2, p999Ms: 5, maxMs: 9 };

const session = sessionOf('f');

function underWayOf(asked: readonly Asked[]): UnderWay {
  const loads = (): readonly WriteLoad[] => asked.filter(({ done }) => done !== null).map(({ load }) => load);
  return {
    get longest() {
      return Math.max(0, ...loads().map(({ longest }) => longest));
    },
    get growth() {
      return loads().reduce((sum, { growth }) => sum + growth, 0);
    },
  };
}

export class FakeService implements Service {
  readonly name = replicaName('one');
  readonly machine = new StateMachine();
  readonly asked: Asked[] = [];
  readonly drains: boolean[] = [];
  /** Who waits for a snapshot. */
  readonly snapshots: { give(source: BackupSource): void; fail(error: Error): void }[] = [];
  /** As the origin has it, of what is not done. */
  readonly underWay = underWayOf(this.asked);
  congested = false;
  time = 0;
  distrusted = false;
  leading: LeaderAddress | null = { name: this.name, clientAddress: '192.0.2.1:9000' };
  measuring = 0;
  shown: Partial<ClusterStatus> = {};
  #resumes: (() => void)[] = [];
  #applied = 0;

  write(command: Uint8Array, load: WriteLoad, done: (outcome: WriteOutcome) => void): void {
    const cursor = new CommandCursor();
    cursor.reset(command, 0, command.length, 1);
    cursor.next();
    const words = Array.from({ length: cursor.words }, (_, i) => cursor.text(i)).join(' ');
    this.asked.push({ words, bytes: command, load, done });
  }

  read(done: (outcome: ReadOutcome) => void): void {
    this.asked.push({ words: null, bytes: new Uint8Array(0), load: LIGHT, done });
  }

  whenRoom(resume: () => void): void {
    this.#resumes.push(resume);
  }

  makeRoom(): void {
    this.congested = false;
    for (const resume of this.#resumes.splice(0)) resume();
  }

  /** The request asked as number `index`, from 0, is done: a write is executed, a read may be evaluated. */
  finish(index: number): void {
    const asked = this.asked[index];
    if (asked === undefined) throw new Error(`request ${index} was not asked`);
    if (asked.words === null) this.#tell(asked, { type: 'ready' });
    else this.#tell(asked, { type: 'applied', reply: this.execute(asked.bytes) });
  }

  /** All that is open is done, in its order. */
  finishAll(): void {
    for (let i = 0; i < this.asked.length; i++) if (this.asked[i]?.done) this.finish(i);
  }

  refuse(index: number, outcome: Exclude<WriteOutcome, { type: 'applied' }>): void {
    const asked = this.asked[index];
    if (asked !== undefined) this.#tell(asked, outcome);
  }

  /** Executes a command as if another client had sent it. */
  execute(command: Uint8Array): Reply {
    const replies: Reply[] = [];
    const value = batch(1, encodeParcel(session, sequence(++this.#applied), [command]));
    for (const each of decided(this.machine.applied + 1, value)) {
      this.machine.apply(each, session, (_number, reply) => replies.push(reply));
    }
    return replies[0] ?? { type: 'none' };
  }

  status(): FullStatus {
    const replicas = ['one', 'two', 'three'].map((name, i) => replicaStatus(name, i));
    const { keys, bytes, revision } = this.machine;
    const base = { name: this.name, pid: 7, leader: this.name, established: true, spare: 1, waiting: 'one leads.' };
    const storage = { logBytes: 4_096, firstSlot: slot(1), snapshotSlot: null, catchingUp: null };
    const own = { ...storage, residentBytes: 1_000_000, loop: this.measuring === 0 ? null : LOOP };
    const whole = { faultySlots: 0, lost: null, diverged: false };
    return { ...base, replicas, keys, bytes, revision, ...whole, ...own, ...this.shown };
  }

  measureLoop(): void {
    this.measuring++;
  }

  leader(): LeaderAddress | null {
    return this.leading;
  }

  drain(on: boolean): void {
    this.drains.push(on);
  }

  backup(): Promise<BackupSource> {
    return new Promise((give, fail) => this.snapshots.push({ give, fail }));
  }

  #tell(asked: Asked, outcome: WriteOutcome | ReadOutcome): void {
    const { done } = asked;
    if (done === null) throw new Error('it was told already');
    asked.done = null;
    done(outcome as WriteOutcome & ReadOutcome);
  }
}

export function replicaStatus(name: string, index: number, change: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    name: replicaName(name),
    self: index === 0,
    role: index === 0 ? 'leader' : 'follower',
    store: null,
    priority: 3 - index,
    ballot: { round: 1, replica: replicaName('one') },
    applied: null,
    lagSlots: null,
    lastHeardMs: index * 10,
    connected: true,
    contact: true,
    steady: true,
    ineligible: null,
    clientAddress: `192.0.2.1:900${index}`,
    ...change,
  };
}
