/**
 * The replica as those who serve clients see it. Writes and reads are the origin's; here is only what the origin cannot know:
 * that the disk has no room for new writes, who leads, and what STATUS shows.
 */

import type { Clock } from '../base/clock.js';
import type { ReplicaName, Slot } from '../base/ids.js';
import type { StateMachine } from '../kv/state-machine.js';
import type { View } from '../paxos/view.js';
import { clusterStatus } from './clients/cluster-status.js';
import type { Meter } from './ports.js';
import {
  type BackupSource,
  type CatchingUp,
  type Commands,
  DISTRUSTED,
  type FullStatus,
  type LeaderAddress,
  type ReadOutcome,
  type Service,
  type WriteOutcome,
} from './service.js';
import type { UnderWay, WriteLoad } from './write-load.js';

/** What stands on the disk. */
export interface StorageStatus {
  readonly logBytes: number;
  readonly firstSlot: Slot;
  readonly snapshotSlot: Slot | null;
  readonly catchingUp: CatchingUp | null;
}

export interface ReplicaServiceOptions {
  readonly name: ReplicaName;
  readonly pid: number | null;
  readonly machine: StateMachine;
  readonly origin: Commands;
  readonly clock: Clock;
  /** Null in a simulation. */
  readonly meter: Meter | null;
  view(): View;
  /** The leader's running time as far as it is known here. */
  time(): number;
  storage(): StorageStatus;
  /** The state must be shown to nobody. */
  isDistrusted(): boolean;
  /** `host:port` for clients, null when a replica has not told. */
  addressOf(name: ReplicaName): string | null;
  drain(on: boolean): void;
  /** Cuts, after the call, and writes a snapshot. Rejects with a CodedError of one plain line. */
  snapshotNow(): Promise<BackupSource>;
}

export class ReplicaService implements Service {
  readonly name: ReplicaName;
  readonly machine: StateMachine;
  readonly #options: ReplicaServiceOptions;
  #refusal: WriteOutcome | null = null;

  constructor(options: ReplicaServiceOptions) {
    this.name = options.name;
    this.machine = options.machine;
    this.#options = options;
  }

  /** Why new writes are refused, null when they are not. */
  refuseWrites(why: string | null): void {
    this.#refusal = why === null ? null : { type: 'busy', why };
  }

  write(command: Uint8Array, load: WriteLoad, done: (outcome: WriteOutcome) => void): void {
    const refusal = this.#refusal;
    if (refusal === null) this.#options.origin.write(command, load, done);
    else this.#options.clock.endOfTurn(() => done(refusal));
  }

  get underWay(): UnderWay {
    return this.#options.origin.underWay;
  }

  read(done: (outcome: ReadOutcome) => void): void {
    if (this.distrusted) this.#options.clock.endOfTurn(() => done(DISTRUSTED));
    else this.#options.origin.read(done);
  }

  get distrusted(): boolean {
    return this.#options.isDistrusted();
  }

  get congested(): boolean {
    return this.#options.origin.congested;
  }

  whenRoom(resume: () => void): void {
    this.#options.origin.whenRoom(resume);
  }

  status(): FullStatus {
    const { pid, meter } = this.#options;
    return {
      ...clusterStatus(this.#options.view(), this.machine, pid, (name) => this.#options.addressOf(name)),
      ...this.#options.storage(),
      residentBytes: meter?.residentBytes() ?? null,
      loop: meter?.loopDelays() ?? null,
    };
  }

  get time(): number {
    return this.#options.time();
  }

  measureLoop(): void {
    this.#options.meter?.measureLoop();
  }

  leader(): LeaderAddress | null {
    const { leader } = this.#options.view();
    return leader === null ? null : { name: leader, clientAddress: this.#options.addressOf(leader) };
  }

  drain(on: boolean): void {
    this.#options.drain(on);
  }
  backup(): Promise<BackupSource> {
    return this.#options.snapshotNow();
  }
}
