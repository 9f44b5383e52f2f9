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
    trustworthy: () => void this.happened.push('trustworthy'),
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

  it("ends when a rebuilt state is a majority's, and not by what the wrong one was earlier", async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.agreed(slot(3_000));
    ward.quarantine.rebuilt(slot(4_000));
    expect(ward.quarantine.isDistrusted).to.equal(false);
    ward.quarantine.agreed(slot(3_000));
    expect(ward.quarantine.isOn).to.equal(true);
    ward.quarantine.agreed(slot(4_000));
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal(['suspend', 'resume', 'trustworthy']);
  });

  it("fetches another state when the rebuilt one is not a majority's either", async () => {
    const ward = new Ward();
    await ward.quarantine.begin(slot(3_000));
    ward.quarantine.rebuilt(slot(4_000));
    for (let told = 0; told < 3; told++) ward.quarantine.told();
    expect(ward.quarantine.isDistrusted).to.equal(false);
    ward.quarantine.told();
    expect(ward.quarantine.isDistrusted).to.equal(true);
    expect(ward.logger.of('warn')).to.have.length(1);
  });

  it('has nothing to do with a state that nobody doubts', () => {
    const ward = new Ward();
    ward.quarantine.told();
    ward.quarantine.rebuilt(slot(4_000));
    ward.quarantine.agreed(slot(4_000));
    expect(ward.quarantine.isOn).to.equal(false);
    expect(ward.happened).to.deep.equal([]);
  });
});
