// Whether a snapshot is still what was written: what becomes of one that is not, and how often one is looked at because
// others say so.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { Inspector } from '#src/node/snapshots/inspector.js';
import type { SnapshotInfo } from '#src/store/snapshot-reader.js';
import type { SnapshotRef } from '#src/store/snapshots.js';
import { LogBook } from '../support/log-book.js';
import { VirtualTime } from '../support/virtual-time.js';
import { fakeInfo } from './fake-snapshots.js';

const LOAD_MS = 50;

/** One file, and what happens to it: `load`, `aside damaged`, `unsound`, in order. */
class Desk {
  readonly time = new VirtualTime();
  readonly logger = new LogBook();
  readonly happened: string[] = [];
  readonly fatal: unknown[] = [];
  readonly info = fakeInfo(9, 100);
  readonly ref: SnapshotRef = { slot: this.info.slot, name: '9', bytes: 100 };
  all: readonly SnapshotRef[] = [this.ref];
  failure: Error | null = null;
  readonly inspector = new Inspector({
    clock: this.time,
    logger: this.logger,
    snapshots: this,
    unsound: ({ slot: at }) => void this.happened.push(`unsound ${at}`),
    fatal: (error) => void this.fatal.push(error),
  });

  async load(): Promise<SnapshotInfo> {
    this.happened.push('load');
    await new Promise<void>((resolve) => void this.time.at(this.time.mono() + LOAD_MS, resolve));
    if (this.failure !== null) throw this.failure;
    return this.info;
  }

  async setAside(_: SnapshotRef, reason: string): Promise<void> {
    this.happened.push(`aside ${reason}`);
    this.all = [];
  }

  /** Looks, while time passes. */
  async look(): Promise<boolean> {
    const looking = this.inspector.isSound(this.ref);
    await this.time.run(LOAD_MS);
    return looking;
  }
}

describe('an inspector of snapshots', () => {
  it('leaves one that is sound', async () => {
    const desk = new Desk();
    expect(await desk.look()).to.equal(true);
    expect(desk.happened).to.deep.equal(['load']);
  });

  it('puts one aside that is damaged, and has another written', async () => {
    const desk = new Desk();
    desk.failure = new CodedError('snapshot-damaged', 'a checksum is wrong');
    expect(await desk.look()).to.equal(false);
    expect(desk.happened).to.deep.equal(['load', 'aside damaged', 'unsound 9']);
    expect(desk.logger.of('error put a damaged snapshot aside')).to.have.length(1);
  });

  it('leaves one that cannot be read until there is another', async () => {
    const desk = new Desk();
    desk.failure = new CodedError('io', 'EIO');
    expect(await desk.look()).to.equal(false);
    expect(desk.happened).to.deep.equal(['load', 'unsound 9']);
    expect(desk.logger.of('error a snapshot cannot be read')).to.have.length(1);
  });

  it('does nothing about one whose place another has taken meanwhile', async () => {
    const desk = new Desk();
    desk.failure = new CodedError('snapshot-damaged', 'a checksum is wrong');
    desk.all = [{ ...desk.ref }];
    expect(await desk.look()).to.equal(false);
    expect(desk.happened).to.deep.equal(['load']);
    expect(desk.logger.of('error')).to.deep.equal([]);
  });

  it('looks once for all who doubt the same, and again only after a while', async () => {
    const desk = new Desk();
    for (let ms = 0; ms < 9_000; ms += 10) {
      desk.inspector.doubt(desk.ref);
      expect(desk.inspector.isDoubted(desk.ref)).to.equal(ms < LOAD_MS);
      await desk.time.run(10);
    }
    expect(desk.happened).to.deep.equal(['load']);
    await desk.time.run(2_000);
    desk.inspector.doubt(desk.ref);
    expect(desk.happened).to.deep.equal(['load', 'load']);
    const stopped = desk.inspector.stop();
    await desk.time.run(LOAD_MS);
    await stopped;
    expect(desk.inspector.isDoubted(desk.ref)).to.equal(false);
  });

  it('ends the replica for what is no failure of the disk', async () => {
    const desk = new Desk();
    desk.failure = new TypeError('a fault');
    desk.inspector.doubt(desk.ref);
    await desk.time.run(LOAD_MS);
    expect(desk.fatal).to.deep.equal([desk.failure]);
  });
});
