// What a replica does with a state that turned out to be wrong: in which order, and what ends it.

import { expect } from 'chai';
import { type Slot, slot } from '#src/base/ids.js';
import { Quarantine } from '#src/node/snapshots/quarantine.js';
import type { SnapshotRef } from '#src/store/snapshots.js';
import { LogBook } from '../support/log-book.js';

class Ward {
  readonly logger = new LogBook();
  readonly happened: string[] = [];
  all: SnapshotRef[] = [1_000, 2_000, 3_000].map((at) => ({ slot: slot(at), name: `${at}`, bytes: 1 }));
  readonly quarantine = new Quarantine({
    logger: this.logger,
    snapshots: this,
    suspend: async () => void this.happened.push('suspend'),
    resume: () => void this.happened.push('resume'),
  });

  async setAside(ref: { readonly slot: Slot }, reason: string): Promise<void> {
    this.happened.push(`${reason} ${ref.slot}`);
    this.all = this.all.filter((each) => each !== ref);
  }
}

describe('a quarantine', () => {
  it('puts away every snapshot that may have the wrong state, when none is being written any more', async () => {
    const ward = new Ward();
    const beginning = ward.quarantine.begin(slot(1_500));
    expect(ward.quarantine.isOn).to.equal(true);
    await beginning;
    expect(ward.happened).to.deep.equal(['suspend', 'diverged 2000', 'diverged 3000']);
    expect(ward.quarantine.isDistrusted).to.equal(true);
  });

  it('goes on until another state has proved itself', async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.rebuilt();
    expect([ward.quarantine.isOn, ward.quarantine.isDistrusted]).to.deep.equal([true, false]);
    ward.quarantine.end();
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal(['suspend', 'resume']);
  });

  it('begins again when the other state is wrong, too', async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.rebuilt();
    await ward.quarantine.begin(slot(2_500));
    expect(ward.quarantine.isDistrusted).to.equal(true);
    expect(ward.happened).to.deep.equal(['suspend', 'suspend', 'diverged 3000']);
  });

  it('has nothing to do with a state that nobody doubts', () => {
    const ward = new Ward();
    ward.quarantine.rebuilt();
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal([]);
  });
});
