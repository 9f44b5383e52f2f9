// When a replica writes its state down, what then becomes of its log, and what it does when it cannot.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
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
const CHUNKS = 5;
const CHUNK_MS = 10;

/** A replica whose slots take 10 bytes of log each, and whose snapshots 300. */
class Bench {
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

describe('a snapshotter', () => {
  it('writes when the log has grown by so much, and trims what the snapshot has and peers need no more', async () => {
    const bench = new Bench();
    await bench.decide(99);
    expect(bench.happened).to.deep.equal([]);
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100', 'trim 81']);
    await bench.decide(99);
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened.slice(3)).to.deep.equal(['write 200', 'wrote 200', 'trim 181']);
  });

  it('writes less often when snapshots are larger than that', async () => {
    const bench = new Bench();
    bench.snapshotBytes = 3_000;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(299);
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100']);
    await bench.decide(1);
    expect(bench.happened.at(-1)).to.equal('write 400');
  });

  it('takes a quarter of the time', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const began = bench.time.mono();
    await bench.time.run(1_000, () => bench.all.length > 0);
    expect(bench.time.mono() - began).to.equal(CHUNKS * 4 * CHUNK_MS);
  });

  it('takes all of it while the log runs away', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const began = bench.time.mono();
    await bench.decide(199);
    await bench.time.run(CHUNK_MS);
    await bench.decide(1);
    await bench.time.run(1_000, () => bench.all.length > 0);
    expect(bench.time.mono() - began).to.equal(CHUNKS * CHUNK_MS);
  });

  it('writes one that a peer needs, where there is none', async () => {
    const bench = new Bench();
    bench.snapshotter.wanted(slot(0));
    await bench.decide(3);
    bench.snapshotter.wanted(slot(0));
    bench.snapshotter.wanted(slot(0));
    await bench.time.run(1_000);
    bench.snapshotter.wanted(slot(0));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('wr'))).to.deep.equal(['write 3', 'wrote 3']);
  });

  it('writes one that a peer needs, where there is none above what the peer has', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(10);
    bench.snapshotter.wanted(slot(99));
    bench.snapshotter.wanted(slot(110));
    bench.snapshotter.wanted(slot(500));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100']);
    bench.snapshotter.wanted(slot(100));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100', 'write 110']);
  });

  it('writes another in place of one that is of no use any more, though it be of the same slot', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    const [ref] = bench.all;
    bench.snapshotter.replace(ref ?? expect.fail());
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('wrote'))).to.deep.equal(['wrote 100', 'wrote 100']);
    await bench.decide(10);
    const asked = bench.snapshotter.now();
    await bench.time.run(10_000);
    await asked;
    bench.snapshotter.replace(ref ?? expect.fail());
    await bench.time.run(1_000);
    expect(bench.happened.at(-1)).to.equal('wrote 110');
  });

  it('writes for others once in five seconds, whatever they ask for', async () => {
    const bench = new Bench();
    const began = bench.time.mono();
    while (bench.time.mono() < began + 20_000) {
      await bench.decide(1);
      bench.snapshotter.wanted(slot(Number(bench.machine.applied) - 1));
      for (const ref of bench.all) bench.snapshotter.replace(ref);
      await bench.time.run(300);
    }
    expect(bench.happened.filter((line) => line.startsWith('write')).length).to.be.within(3, 5);
  });

  it('trims only once it is durable that the slots of the snapshot are decided', async () => {
    const bench = new Bench();
    bench.unmarked = 30;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(29);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100']);
    await bench.decide(1);
    expect(bench.happened.at(-1)).to.equal('trim 81');
  });

  it('trims after a restart what an earlier life did not come to, and counts from the snapshot that is there', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.happened.length = 0;
    const next = bench.life();
    await bench.decide(50, next);
    expect(bench.happened).to.deep.equal(['trim 81']);
    await bench.decide(50, next);
    expect(bench.happened.at(-1)).to.equal('write 200');
  });

  it('tells once that it cannot, keeps the log, and tries again a minute later', async () => {
    const bench = new Bench();
    bench.failure = new CodedError('no-space', 'no space');
    for (let minute = 0; minute < 3; minute++) {
      for (let looks = 0; looks < 10; looks++) await bench.decide(10);
      await bench.time.run(60_000);
    }
    expect(bench.happened).to.deep.equal(['write 100', 'write 110', 'write 210']);
    expect(bench.logger.of('error')).to.have.length(1);
    bench.failure = null;
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened.slice(3)).to.deep.equal(['write 301', 'wrote 301', 'trim 282']);
    expect(bench.fatal).to.deep.equal([]);
  });

  it('stops the replica for what is no failure of the disk', async () => {
    const bench = new Bench();
    bench.failure = new TypeError('a fault');
    await bench.decide(100);
    expect(bench.fatal).to.deep.equal([bench.failure]);
  });

  it('gives up, and neither writes nor trims, while the state is not to be trusted', async () => {
    const bench = new Bench();
    bench.unmarked = 300;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(100);
    bench.snapshotter.suspend();
    await bench.time.run(100);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100', 'write 200', 'gave up 200']);
    bench.unmarked = 0;
    await bench.decide(100);
    expect(bench.happened).to.have.length(4);
    bench.snapshotter.resume();
    await bench.decide(1);
    expect(bench.happened.slice(4)).to.deep.equal(['trim 81', 'write 301']);
  });

  it('has no snapshot of a state that was found to be wrong while it was read back', async () => {
    const bench = new Bench();
    bench.backMs = 5_000;
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.exchange();
    await bench.decide(100);
    await bench.time.run(20_000);
    expect(bench.happened).to.deep.equal(['write 100', 'left 100', 'write 200', 'wrote 200', 'trim 181']);
  });

  it('goes on with none of a state that was found to be wrong while it was written', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(CHUNK_MS);
    bench.exchange();
    await bench.time.run(1_000);
    expect(bench.happened.slice(0, 3)).to.deep.equal(['write 100', 'gave up 100', 'write 100']);
  });

  it('begins nothing more once it stops, whatever becomes of the state', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const stopped = bench.snapshotter.stop();
    bench.exchange();
    await bench.time.run(1_000);
    await stopped;
    await bench.decide(100);
    expect(bench.happened).to.deep.equal(['write 100', 'gave up 100']);
  });
});

describe('a snapshotter that is asked for a snapshot now', () => {
  it('writes one of what is applied then, after the one under way', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.decide(5);
    const asked = bench.snapshotter.now();
    await bench.time.run(2_000);
    expect((await asked).slot).to.equal(105);
    expect(bench.happened.filter((line) => line.startsWith('wr'))).to.deep.equal([
      'write 100',
      'wrote 100',
      'write 105',
      'wrote 105',
    ]);
  });

  it('is not kept from the next ones any more by a failure that one asked for has got over', async () => {
    const bench = new Bench();
    bench.failure = new CodedError('io', 'an error');
    await bench.decide(100);
    bench.failure = null;
    const asked = bench.snapshotter.now();
    await bench.time.run(1_000);
    expect((await asked).slot).to.equal(100);
    for (let looks = 0; looks < 10; looks++) await bench.decide(10);
    await bench.time.run(1_000);
    expect(bench.happened.at(-1)).to.match(/^trim /);
    expect(bench.happened).to.include('wrote 200');
  });

  it('writes one for all who ask at once', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.decide(5);
    const asked = Promise.all([bench.snapshotter.now(), bench.snapshotter.now(), bench.snapshotter.now()]);
    await bench.time.run(2_000);
    expect((await asked).map((ref) => Number(ref.slot))).to.deep.equal([105, 105, 105]);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100', 'write 105']);
  });

  it('gives the newest where nothing has changed since', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    expect((await bench.snapshotter.now()).slot).to.equal(100);
  });

  it('writes another where the newest is not what it was any more', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    const [bad] = bench.all;
    bench.isSound = async (ref) => ref !== bad;
    const asked = Promise.all([bench.snapshotter.now(), bench.snapshotter.now()]);
    await bench.time.run(2_000);
    const [first, second] = await asked;
    expect(first).to.not.equal(bad);
    expect(second).to.equal(first);
    expect(bench.happened.filter((line) => line.startsWith('wrote'))).to.deep.equal(['wrote 100', 'wrote 100']);
  });

  it('gives none where the state turns out to be wrong while the newest is looked at', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.isSound = async () => {
      await bench.snapshotter.suspend();
      return true;
    };
    expect(await bench.snapshotter.now().catch((error: unknown) => String(error))).to.contain('not to be trusted');
  });

  it('passes on why it cannot', async () => {
    const bench = new Bench();
    await bench.decide(1);
    bench.failure = new CodedError('no-space', 'no space');
    expect(await bench.snapshotter.now().catch((error: unknown) => error)).to.equal(bench.failure);
    bench.snapshotter.suspend();
    expect(await bench.snapshotter.now().catch((error: unknown) => String(error))).to.contain('not to be trusted');
  });
});

describe('a snapshotter whose state is found to be wrong while a snapshot is asked for', () => {
  for (const [when, afterMs] of [
    ['is written', CHUNK_MS],
    ['is read back', 150],
    ['gets its name', 250],
  ] as const) {
    it(`hands none out where it ${when}`, async () => {
      const bench = new Bench();
      bench.backMs = 100;
      bench.nameMs = 100;
      await bench.decide(50);
      const asked = bench.snapshotter.now().catch((error: unknown) => String(error));
      await bench.time.run(afterMs);
      bench.exchange();
      await bench.time.run(1_000);
      expect(await asked).to.contain('not to be trusted');
    });
  }
});

describe('a snapshotter at a stop', () => {
  it('writes what has changed, and does not wait for others', async () => {
    const bench = new Bench();
    await bench.decide(3);
    const began = bench.time.mono();
    let endedAt = 0;
    const finished = bench.snapshotter.finish(500).then(() => {
      endedAt = bench.time.mono();
    });
    await bench.time.run(1_000);
    await finished;
    expect(endedAt - began).to.equal(CHUNKS * CHUNK_MS);
    expect(bench.all.map(({ slot: at }) => at)).to.deep.equal([3]);
    await bench.decide(200);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.have.length(1);
  });

  it('writes nothing where nothing has changed', async () => {
    const bench = new Bench();
    await bench.snapshotter.finish(500);
    expect(bench.happened).to.deep.equal([]);
  });

  it('gives up in time', async () => {
    const bench = new Bench();
    await bench.decide(3);
    let endedAt = 0;
    const finished = bench.snapshotter.finish(25).then(() => {
      endedAt = bench.time.mono();
    });
    await bench.time.run(1_000);
    await finished;
    expect(endedAt).to.equal(30);
    expect(bench.happened).to.deep.equal(['write 3', 'gave up 3']);
  });
});
