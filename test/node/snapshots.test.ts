// Snapshots in whole replicas over simulated ports: the log stays bounded, a start goes on from the newest sound snapshot, and a
// replica that was away for too long, or lost its disk's contents, catches up while the others go on.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { MemoryDisk } from '../store/support/memory-files.js';
import { ReplicaHouse } from './support/replica-house.js';
import { expectSame, filesOf, KIB, led, snapshotsOf, storageOf, write } from './support/small-house.js';

describe('a log that grows', () => {
  it('is trimmed behind snapshots, of which two are kept', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 600);
    await house.time.run(1_000);
    for (const name of house.names) {
      expect(snapshotsOf(house, name), name).to.have.length(2);
      const { logBytes, firstSlot, snapshotSlot } = storageOf(house, name);
      expect(firstSlot, name).to.be.greaterThan(300);
      expect(snapshotSlot, name).to.be.greaterThan(400);
      expect(logBytes, name).to.be.lessThan(512 * KIB);
      expect(filesOf(house, name, 'log').length, name).to.be.lessThan(12);
    }
    await expectSame(house, 'k49', 'v599 ');
  });

  it('leaves what a start needs: all come back after all were killed', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'b', 300);
    for (const name of house.names) house.kill(name);
    await Promise.all(house.names.map((name) => house.start(name)));
    await house.until('a leader', () => house.leader() !== undefined);
    await expectSame(house, 'k49', 'v299 ');
    expect(storageOf(house, 'a').revision).to.equal(300);
  });

  it('is written down at a stop, so that the next start replays nothing', async () => {
    const house = await led('a');
    await write(house, 'a', 10);
    await house.close('a');
    expect(snapshotsOf(house, 'a')).to.have.length(1);
    await house.start('a');
    const [line = ''] = must(house.logs.get('a'), 'a').of('info recovered');
    const { snapshot, slots, keys } = JSON.parse(line.slice('info recovered '.length));
    expect({ snapshot, keys }).to.deep.equal({ snapshot: slots, keys: 10 });
    expect((await house.answer(house.get('a', 'k9'))).slice(0, 3)).to.equal('v9 ');
  });

  for (const [operationMs, written] of [
    [100, 1],
    [400, 0],
  ] as const) {
    it(`is written down at a stop ${written === 1 ? 'in a second or two' : 'no longer than that'}`, async () => {
      const house = await ReplicaHouse.led('a');
      for (let i = 0; i < 10; i++) await house.answer(house.put('a', `k${i}`, 'v'.repeat(200 * KIB)));
      house.latency = (_, { path }) => (path.includes('/snapshots') ? operationMs : 0.3);
      expect(await house.close('a')).to.be.within(800, 4_500);
      expect(snapshotsOf(house, 'a')).to.have.length(written);
      expect(filesOf(house, 'a', 'snapshots')).to.have.length(written);
    });
  }
});

describe('a replica that was away while the log was trimmed', () => {
  it('catches up by a snapshot and the log above it, while the others go on', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 20);
    house.kill('c');
    await write(house, 'a', 600);
    await house.start('c');
    await write(house, 'a', 100, 'w');
    await house.until('c to catch up', () => house.replica('c').service.machine.applied >= 720);
    expect(house.logs.get('c')?.of('info took over a snapshot')).to.have.length(1);
    await expectSame(house, 'k49', 'w99 ');
    await house.until('c to vote', () => house.replica('c').view().role === 'follower');
    // What it took over is its own: it starts from it, and goes on without the one that gave it.
    house.kill('c');
    await house.start('c');
    await house.until('c to be heard', () => house.leader() === 'a');
    house.kill('b');
    await write(house, 'c', 50, 'x');
    expect((await house.answer(house.get('c', 'k49'))).slice(0, 4)).to.equal('x49 ');
  });

  it('learns everything with an empty directory, and does not vote', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 20);
    house.kill('c');
    house.disks.set('c', new MemoryDisk());
    await write(house, 'a', 600);
    await house.start('c');
    await house.until('c to catch up', () => house.replica('c').service.machine.applied >= 620);
    await expectSame(house, 'k49', 'v599 ');
    expect(house.replica('c').view().role).to.equal('learner');
  });

  it('tells whose command the snapshot covers that it was executed', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'c', 20);
    for (const name of ['a', 'b']) house.net.cut(name, 'c', true);
    const answer = house.put('c', 'own', 'v');
    await write(house, 'a', 400);
    for (const name of ['a', 'b']) {
      house.net.breakAll(name, 'c');
      house.net.breakAll('c', name);
      house.net.heal(name, 'c');
    }
    expect(await house.answer(answer)).to.equal('executed');
    expect(await house.answer(house.get('c', 'own'))).to.equal('v');
  });

  it('goes on where it was killed while the snapshot came', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 20);
    house.kill('c');
    await write(house, 'a', 600);
    for (let life = 0; life < 12; life++) {
      await house.start('c');
      await house.time.run(100 + 7 * life);
      house.kill('c');
    }
    await house.start('c');
    await house.until('c to catch up', () => house.replica('c').service.machine.applied >= 620);
    await expectSame(house, 'k49', 'v599 ');
  });
});

describe('a snapshot that is damaged', () => {
  for (const { name, damaged, applies } of [
    { name: 'is put aside, and the older one used', damaged: 1, applies: 'older' },
    { name: 'is put aside like the older one, and the log or a peer used', damaged: 2, applies: 'none' },
  ]) {
    it(name, async () => {
      const house = await led('a', 'b', 'c');
      await write(house, 'a', 600);
      house.kill('c');
      const disk = must(house.disks.get('c'), 'the disk of c');
      const files = snapshotsOf(house, 'c');
      for (const file of files.slice(-damaged)) {
        disk.edit(`/data/snapshots/${file}`, (bytes) => bytes.map((byte, at) => (at === 500 ? byte ^ 1 : byte)));
      }
      await house.start('c');
      expect(house.logs.get('c')?.of('error put a damaged snapshot aside')).to.have.length(damaged);
      const [line = ''] = must(house.logs.get('c'), 'c').of('info recovered');
      const { snapshot } = JSON.parse(line.slice('info recovered '.length));
      expect(snapshot).to.equal(applies === 'older' ? Number.parseInt(files[0] ?? '', 10) : 0);
      await write(house, 'a', 50, 'w');
      await house.until('c to catch up', () => house.replica('c').service.machine.applied >= 650);
      await expectSame(house, 'k49', 'w49 ');
      expect(house.fatal).to.deep.equal([]);
    });
  }
});

describe('a sector that cannot be read', () => {
  it('of the newest snapshot costs no more than that: the older one is used', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 600);
    house.kill('c');
    const [older = '', newest = ''] = snapshotsOf(house, 'c');
    house.fault = (name, { type, path, position, length }) => {
      const isThere = position <= 20 * KIB && position + length > 20 * KIB;
      if (name === 'c' && type === 'read' && path.endsWith(newest) && isThere) throw new CodedError('io', 'EIO');
    };
    await house.start('c');
    expect(filesOf(house, 'c', 'snapshots')).to.deep.equal([older, `${newest}.damaged`]);
    await write(house, 'a', 50, 'w');
    await house.until('c to catch up', () => house.replica('c').service.machine.applied >= 650);
    await expectSame(house, 'k49', 'w49 ');
    expect(house.fatal).to.deep.equal([]);
  });

  it('of the log costs no more than what was in it', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 600);
    house.kill('c');
    const [oldest = ''] = filesOf(house, 'c', 'log');
    house.fault = (name, { type, path, position, length }) => {
      const isThere = position <= 20 * KIB && position + length > 20 * KIB;
      if (name === 'c' && type === 'read' && path.endsWith(oldest) && isThere) throw new CodedError('io', 'EIO');
    };
    await house.start('c');
    expect(house.logs.get('c')?.of('error a part of the log cannot be read')).to.have.length(1);
    await write(house, 'a', 50, 'w');
    await expectSame(house, 'k49', 'w49 ');
    expect(house.replica('c').view().lost).to.equal(null);
    expect(house.fatal).to.deep.equal([]);
  });
});

describe('a log that begins behind its first slots', () => {
  it('tells of founding and votes also when they were decided in an earlier life, and no snapshot is left', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 2);
    house.kill('c');
    await house.start('c');
    await write(house, 'a', 600);
    house.kill('c');
    const disk = must(house.disks.get('c'), 'the disk of c');
    for (const file of snapshotsOf(house, 'c')) {
      disk.edit(`/data/snapshots/${file}`, (bytes) => bytes.map((byte, at) => (at === 500 ? byte ^ 1 : byte)));
    }
    await house.start('c');
    const { recovered } = house.replica('c').inside;
    expect(recovered.recovered.decidedUpTo).to.equal(0);
    expect(recovered.replayed.founding).to.equal(house.replica('a').inside.recovered.charter.founding);
    expect(recovered.replayed.configuration).to.deep.equal(house.replica('a').inside.recovered.charter.configuration);
  });
});
