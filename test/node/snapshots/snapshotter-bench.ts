/** A snapshotter on a bench: a clock, a log of nothing but its length, and snapshots that take as long as a test says. */

import { type Slot, slot } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { Snapshotter } from '#src/node/snapshots/snapshotter.js';
import { NOOP } from '#src/paxos/value.js';
import type { SnapshotHeader } from '#src/store/snapshot-format.js';
import type { SnapshotInfo } from '#src/store/snapshot-reader.js';
import type { SnapshotRef } from '#src/store/snapshots.js';
import { decided } from '../../kv/values.js';
import { LogBook } from '../support/log-book.js';
import { VirtualTime } from '../support/virtual-time.js';
import { fakeInfo } from './fake-snapshots.js';

const SETTINGS = { logBytes: 1_000, keepSlots: 20, keepLogBytes: 500 };
export const CHUNKS = 5;
export const CHUNK_MS = 10;

/** A replica whose slots take 10 bytes of log each, and whose snapshots 300. */

export class Bench {
  readonly time = new VirtualTime();
  readonly logger = new LogBook();
  readonly machine = new StateMachine();
  /** `write 100`, `wrote 100`, `gave up 100`, `trim 81`, `released`, in order. */
  readonly happened: string[] = [];
  readonly fatal: unknown[] = [];
  all: SnapshotRef[] = [];
  failure: Error | null = null;
  snapshotBytes = 300;
  isSound: (ref: SnapshotRef) => Promise<boolean> = () => Promise.resolve(true);
  /** What it takes to read a snapshot back, which heeds no pace. */
  backMs = 0;
  /** And to give it its name. */
  nameMs = 0;
  epoch = 0;
  /** Slots that are decided and not durable as such. */
  unmarked = 0;
  readonly log: ConstructorParameters<typeof Snapshotter>[0]['log'];
  readonly snapshotter: Snapshotter;

  constructor() {
    const bench = this;
    this.log = {
      get bytes() {
        return bench.machine.applied * 10;
      },
      get decided() {
        return slot(bench.machine.applied - bench.unmarked);
      },
      bytesSince: (after) => (this.machine.applied - after) * 10,
      firstToKeep: (upTo, { slots }) => slot(Math.max(1, upTo + 1 - slots)),
    };
    this.snapshotter = this.life();
  }

  life(): Snapshotter {
    return new Snapshotter({
      clock: this.time,
      logger: this.logger,
      settings: SETTINGS,
      state: this.machine,
      snapshots: this,
      inspector: { isSound: (ref) => this.isSound(ref) },
      log: this.log,
      header: ({ slot: at }) => ({ ...fakeInfo(at, 0).header, slot: at }),
      trim: (firstSlot) => void this.happened.push(`trim ${firstSlot}`),
      isSuspended: false,
      epoch: () => this.epoch,
      fatal: (error) => void this.fatal.push(error),
    });
  }

  /** Slots are decided, durably, and the log tells. */
  async decide(slots: number, snapshotter = this.snapshotter): Promise<void> {
    for (const each of decided(this.machine.applied + 1, ...Array.from({ length: slots }, () => NOOP))) {
      this.machine.apply(each, null, () => undefined);
    }
    snapshotter.look();
    await this.time.run(0);
  }

  async write(
    { slot: at }: SnapshotHeader,
    _: unknown,
    pace: (bytes: number) => Promise<boolean>,
    isWanted = (): boolean => true,
  ): Promise<SnapshotInfo | null> {
    this.happened.push(`write ${at}`);
    if (this.failure !== null) throw this.failure;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      await new Promise<void>((resolve) => void this.time.at(this.time.mono() + CHUNK_MS, resolve));
      if (await pace(1)) continue;
      this.happened.push(`gave up ${at}`);
      return null;
    }
    await this.#wait(this.backMs);
    if (!isWanted()) {
      this.happened.push(`left ${at}`);
      return null;
    }
    await this.#wait(this.nameMs);
    this.happened.push(`wrote ${at}`);
    this.#keep(at);
    return fakeInfo(at, this.snapshotBytes);
  }

  /** The state is found to be wrong, and another takes its place, which proves itself. */
  exchange(): void {
    this.snapshotter.suspend();
    this.epoch++;
    this.snapshotter.resume();
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void this.time.at(this.time.mono() + ms, resolve));
  }

  #keep(at: Slot): void {
    this.all = [
      ...this.all.filter((ref) => ref.slot !== at),
      { slot: at, name: `${at}`, bytes: this.snapshotBytes },
    ].slice(-2);
  }
}
