// A snapshot from a peer that has none that is of use, a damaged one, or one that cannot be read: another is asked, and
// nobody in a loop.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { slot } from '#src/base/ids.js';
import type { SnapshotPart } from '#src/paxos/message.js';
import { SNAPSHOT_PART_BYTES as PART_BYTES } from '#src/paxos/timing.js';
import { fakeInfo } from './fake-snapshots.js';
import { B, C, Ring, SIZE } from './ring.js';

describe('a snapshot that is of no use', () => {
  it('is not taken from a peer whose newest is not above what is applied here', async () => {
    const ring = new Ring();
    ring.applied = 9;
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(10, SIZE));
    await ring.until(() => ring.applied === 10, B, C);
    expect(ring.happened.filter((line) => line.startsWith('ask b'))).to.deep.equal(['ask b 0@0']);
  });

  it('is not waited for from a peer that has none', async () => {
    const ring = new Ring();
    ring.shelf(C).put(fakeInfo(10, 100));
    await ring.until(() => ring.applied === 10, B, C);
    expect(ring.happened.slice(0, 3)).to.deep.equal(['ask b 0@0', 'part b 0@0+0', 'ask c 0@0']);
    expect(ring.lacking).to.deep.equal(['b lacks one above 0']);
  });

  it('is thrown away when it turns out to be damaged, and taken from another', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE), 'damaged');
    ring.shelf(C).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error cannot take a snapshot over')).to.have.length(1);
    expect(ring.happened.filter((line) => line === 'install 9')).to.have.length(1);
    expect(ring.happened).to.include('ask c 0@0');
  });

  it('gets no name where it is not one for this replica, and is taken from another', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, 100, 'e'));
    ring.shelf(C).put(fakeInfo(9, 100, 'f'));
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.own.all).to.have.length(1);
    expect(ring.own.kept(9)).to.deep.equal(ring.shelf(C).kept(9));
    expect(ring.logger.of('error')).to.deep.equal([
      'error cannot take a snapshot over {"from":"b","code":"foreign-snapshot","reason":"it belongs to another cluster \'e\'"}',
    ]);
  });

  it('is fetched again where it was put aside as soon as it was here', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, 100));
    let races = 1;
    ring.install = () =>
      races-- > 0 ? Promise.reject(new CodedError('snapshot-gone', 'it was put aside')) : Promise.resolve();
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.happened.filter((line) => line === 'install 9')).to.have.length(2);
  });

  it('leaves the replica running where what was begun cannot be removed', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(12, PART_BYTES));
    ring.own.stuck = true;
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.applied === 12, C);
    expect(ring.logger.of('error cannot take a snapshot over')).to.have.length(1);
  });

  it('is left where installing it is refused', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, 100));
    let refusals = 1;
    ring.install = () =>
      refusals-- > 0 ? Promise.reject(new CodedError('foreign-snapshot', 'of another cluster')) : Promise.resolve();
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error')).to.deep.equal([
      'error cannot take a snapshot over {"from":"b","code":"foreign-snapshot","reason":"of another cluster"}',
    ]);
  });

  it('is tried again soon where there is no room for it: that is no fault of the peer', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.own.full = true;
    ring.time.at(17_000, () => {
      ring.own.full = false;
    });
    await ring.until(() => ring.applied === 9, B);
    expect(ring.time.mono()).to.be.lessThan(19_000);
    expect(ring.logger.of('error')).to.have.length(1);
  });

  it('is told to the operator of the peer that cannot read it, and asked of another', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE));
    ring.shelf(B).broken = true;
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error cannot read a snapshot for a peer')).to.have.length(1);
  });

  it('is written anew where what the peer has is too old, and looked at where it was damaged', async () => {
    const ring = new Ring();
    ring.applied = 9;
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(B).put(fakeInfo(10, SIZE), 'damaged');
    const end = ring.time.mono() + 6_000;
    await ring.until(() => ring.time.mono() >= end, B);
    expect(ring.lacking).to.deep.equal(['b doubts 10', 'b lacks one above 9']);
    ring.shelf(B).all.length = 0;
    ring.shelf(B).put(fakeInfo(11, SIZE));
    await ring.until(() => ring.applied === 11, B);
    expect(ring.lacking).to.have.length(2);
  });

  it('is looked at by all who gave parts of it, when it turns out to be damaged', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE), 'damaged');
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    const doubts = ['b doubts 9', 'c doubts 9'];
    await ring.until(() => doubts.every((doubt) => ring.lacking.includes(doubt)), C, B);
  });

  it('is taken from another where a sector of it cannot be read, with what has arrived', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE));
    ring.shelf(B).unreadableFrom = 2 * PART_BYTES;
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.happened.filter((line) => line.startsWith('ask'))).to.deep.equal([
      'ask b 0@0',
      'ask b 9@262144',
      'ask b 9@524288',
      'ask b 0@0',
      'ask c 9@524288',
      'ask c 9@786432',
      'ask c 9@1048576',
    ]);
  });

  it('is taken from another that has another one, where a sector of it cannot be read', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(12, PART_BYTES));
    ring.shelf(B).unreadableFrom = 2 * PART_BYTES;
    await ring.until(() => ring.applied === 12, B, C);
    expect(ring.happened.filter((line) => line.startsWith('ask b'))).to.have.length(4);
  });

  it('is asked for twice in five seconds, no more, where nobody else has one', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(B).unreadableFrom = 2 * PART_BYTES;
    const end = ring.time.mono() + 20_000;
    await ring.until(() => ring.time.mono() >= end, B);
    expect(ring.happened.filter((line) => line === 'ask b 9@524288').length).to.be.within(4, 10);
    expect(ring.own.incomplete).to.deep.equal([9]);
  });

  for (const { name, endsAt } of [
    { name: 'between two parts', endsAt: 2 * PART_BYTES },
    { name: 'within a part', endsAt: 2 * PART_BYTES + 5 },
  ]) {
    it(`is taken from another where the file was cut short ${name}`, async () => {
      const ring = new Ring();
      for (const peer of [B, C]) ring.shelf(peer).put(fakeInfo(9, SIZE));
      ring.shelf(B).endsAt = endsAt;
      await ring.until(() => ring.applied === 9, B, C);
      expect(ring.happened).to.include('ask c 9@524288');
      expect(ring.happened.filter((line) => line.startsWith('ask b'))).to.have.length(4);
      expect(ring.logger.of('error cannot read a snapshot for a peer')).to.have.length(1);
    });
  }

  it('is taken from another where a part of it is empty', () => {
    const ring = new Ring();
    ring.pull.want(B);
    const digest = 'd'.repeat(64);
    const part = {
      type: 'snapshot-part',
      slot: slot(9),
      size: 100,
      digest,
      offset: 0,
      bytes: new Uint8Array(0),
    } as const;
    expect(ring.pull.part(B, part)).to.equal('its file is cut short');
    ring.pull.want(B);
    ring.pull.want(C);
    expect(ring.happened).to.deep.equal(['ask b 0@0', 'ask c 0@0']);
  });

  it('does nothing when it comes unasked', () => {
    const ring = new Ring();
    const part: SnapshotPart = {
      type: 'snapshot-part',
      slot: slot(9),
      size: 100,
      digest: 'd',
      offset: 0,
      bytes: new Uint8Array(100),
    };
    expect(ring.pull.part(B, part)).to.equal('it was not asked for');
  });
});
