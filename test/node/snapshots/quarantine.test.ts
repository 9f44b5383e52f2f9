// What a replica does with a state that turned out to be wrong: in which order, and what ends it.

import { expect } from 'chai';
import { type Slot, slot } from '#src/base/ids.js';
import { Quarantine } from '#src/node/snapshots/quarantine.js';
import type { SnapshotRef, SnapshotSource } from '#src/store/snapshots.js';
import { LogBook } from '../support/log-book.js';
import { fakeInfo } from './fake-snapshots.js';

class Ward {
  readonly logger = new LogBook();
  readonly happened: string[] = [];
  /** Until then nothing is put aside. */
  disk = Promise.resolve();
  all: SnapshotRef[] = [1_000, 2_000, 3_000].map((at) => ({ slot: slot(at), name: `${at}`, bytes: 1 }));
  readonly quarantine = new Quarantine({
    logger: this.logger,
    snapshots: this,
    suspend: () => void this.happened.push('suspend'),
    resume: () => void this.happened.push('resume'),
  });

  async setAsideAbove(after: Slot, reason: string): Promise<readonly SnapshotRef[]> {
    const gone = this.all.filter(({ slot: at }) => at > after);
    this.happened.push(`${reason} ${gone.map(({ slot: at }) => at).join(' ')}`);
    await this.disk;
    this.all = this.all.filter((each) => !gone.includes(each));
    return gone;
  }
}

function sourceOf(text: string): SnapshotSource {
  const bytes = Buffer.from(text);
  return {
    info: fakeInfo(1, bytes.length),
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  };
}

describe('a quarantine', () => {
  it('puts away every snapshot that may have the wrong state, before another may be used', async () => {
    const ward = new Ward();
    let done = (): void => undefined;
    ward.disk = new Promise((resolve) => {
      done = resolve;
    });
    const beginning = ward.quarantine.begin(slot(1_500));
    const stage = () => [ward.quarantine.isOn, ward.quarantine.isClearing, ward.quarantine.isDistrusted];
    // Which they are is known in the step that finds the state wrong.
    expect(ward.happened).to.deep.equal(['suspend', 'diverged 2000 3000']);
    expect(stage()).to.deep.equal([true, true, false]);
    done();
    await beginning;
    expect(stage()).to.deep.equal([true, false, true]);
    expect(ward.logger.of('warn put a snapshot aside')).to.have.length(2);
  });

  it('lets nobody read on what was opened before, whatever becomes of the state', async () => {
    const ward = new Ward();
    const source = await ward.quarantine.watched(Promise.resolve(sourceOf('content')));
    expect(await source.read(0, 4)).to.deep.equal(Buffer.from('cont'));
    await ward.quarantine.begin(slot(0));
    ward.quarantine.rebuilt();
    ward.quarantine.end();
    expect(await source.read(4, 3).catch(String)).to.contain('turned out not to be');
    const next = await ward.quarantine.watched(Promise.resolve(sourceOf('other')));
    expect(await next.read(0, 5)).to.deep.equal(Buffer.from('other'));
  });

  it('goes on until another state has proved itself', async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.rebuilt();
    expect([ward.quarantine.isOn, ward.quarantine.isDistrusted]).to.deep.equal([true, false]);
    // It may be long, and the log must not grow meanwhile.
    expect(ward.happened.at(-1)).to.equal('resume');
    ward.quarantine.end();
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal(['suspend', 'diverged ', 'resume', 'resume']);
  });

  it('begins again when the other state is wrong, too', async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.rebuilt();
    await ward.quarantine.begin(slot(2_500));
    expect(ward.quarantine.isDistrusted).to.equal(true);
    expect(ward.happened).to.deep.equal(['suspend', 'diverged ', 'resume', 'suspend', 'diverged 3000']);
  });

  it('has nothing to do with a state that nobody doubts', () => {
    const ward = new Ward();
    ward.quarantine.rebuilt();
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal([]);
  });
});
