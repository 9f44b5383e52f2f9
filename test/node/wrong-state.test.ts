// Whole replicas of which one's state is not that of the others: nobody is shown it, no snapshot or backup keeps it, and
// another takes its place.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { ReplicaHouse } from './support/replica-house.js';
import { expectSame, filesOf, KIB, led, small, snapshotsOf, storageOf, write } from './support/small-house.js';

describe('a state that is not that of the others', () => {
  it('does not outvote the right one together with a state that was taken over from it', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 100);
    house.kill('b');
    house.replica('c').service.machine.table.delete('k7');
    await house.answer(house.write('a', 'DELETE', 'k7'));
    await write(house, 'a', 600, 'w');
    // Only c has a snapshot to give.
    house.net.cut('a', 'b', true);
    await house.start('b');
    await house.until('b to catch up', () => house.replica('b').service.machine.applied >= 700);
    house.net.heal('a', 'b');
    house.kill('b');
    await house.start('b');
    await write(house, 'a', 500, 'x');
    await house.time.run(1_000);
    const { core } = house.replica('b').inside;
    expect(core.lineage).to.equal(house.replica('c').inside.recovered.identity.store);
    for (const name of house.names) {
      expect(house.replica(name).service.machine.checkpoint?.slot, name).to.equal(1_000);
      expect(house.replica(name).service.distrusted, name).to.equal(false);
    }
    expect(house.logs.get('a')?.of('error replicas have different states')).to.have.length(1);
  });

  /** A bit flips in the memory of c, of which others are told by the next digest. */
  async function flip(house: ReplicaHouse): Promise<void> {
    for (const key of ['k7', 'k8']) house.replica('c').service.machine.table.delete(key);
    await house.answer(house.write('a', 'DELETE', 'k7'));
  }

  /** Reading back a snapshot takes c longer than to rebuild its state. */
  function readSlowly(house: ReplicaHouse): void {
    house.latency = (name, { type, path }) =>
      name === 'c' && type === 'read' && path.endsWith('.snapshot.new') ? 6_000 : 0.3;
  }

  it('is in no snapshot and no backup that was under way when it was found, however late that is done', async () => {
    const house = small(new ReplicaHouse('a', 'b', 'c'));
    house.checkpointSlots = 10;
    house.snapshots = { logBytes: 1024 * KIB * KIB, keepSlots: 20, keepLogBytes: 64 * KIB };
    await Promise.all(house.names.map((name) => house.start(name)));
    await house.until('a to lead', () => house.leader() === 'a');
    await write(house, 'a', 100);
    for (const name of ['a', 'b']) await (await house.answer(house.replica(name).service.backup())).close();
    await write(house, 'a', 45);
    const { service } = house.replica('c');
    for (const key of ['k7', 'k8']) service.machine.table.delete(key);
    readSlowly(house);
    const backup = service.backup().catch(String);
    await house.time.run(100);
    await house.answer(house.write('a', 'DELETE', 'k7'));
    await write(house, 'a', 20, 'w');
    await house.until('c to notice', () => house.logs.get('c')?.of('error the state of this replica').length === 1);
    await house.until('c to agree', () => !service.distrusted, 5_000);
    expect(await house.answer(backup)).to.contain('not to be trusted');
    await house.time.run(1_000);
    const theirs = ['a', 'b'].flatMap((name) => snapshotsOf(house, name));
    expect(snapshotsOf(house, 'c').filter((file) => !theirs.includes(file))).to.deep.equal([]);
  });

  it('is put aside also where new snapshots are always being written, and what came later is not', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 100);
    await flip(house);
    await write(house, 'a', 850, 'w');
    readSlowly(house);
    await write(house, 'a', 100, 'w');
    const { service } = house.replica('c');
    await house.until('c to notice', () => service.distrusted);
    const slots = () => snapshotsOf(house, 'c').map((file) => Number.parseInt(file, 10));
    const begun = service.machine.applied;
    await house.until('c to be rebuilt', () => house.logs.get('c')?.of('info rebuilt the state').length === 1);
    const right = slots();
    await house.until('c to agree', () => !service.distrusted, 20_000);
    for (let round = 0; round < 3; round++) {
      await write(house, 'a', 70, 'x');
      await house.time.run(6_000);
    }
    expect(right).to.have.length(1);
    expect(slots().filter((at) => at < begun && !right.includes(at))).to.deep.equal([]);
    expect(filesOf(house, 'c', 'snapshots').filter((file) => file.endsWith('.diverged'))).to.have.length(1);
    expect(
      house.logs
        .get('c')
        ?.of('warn put a snapshot aside')
        .every((line) => !line.includes(`${right[0]}`)),
    ).to.equal(true);
  });

  it('is not backed up to the end where it was found while a client took it', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 100);
    await flip(house);
    const { service } = house.replica('c');
    const backup = await house.answer(service.backup());
    expect(await house.answer(backup.read(0, 100))).to.have.length(100);
    await write(house, 'a', 1_000, 'w');
    await house.until('c to notice', () => service.distrusted);
    const read = (): Promise<unknown> => house.answer(backup.read(100, 100)).catch(String);
    expect(await read()).to.contain('turned out not to be');
    await write(house, 'a', 1_000, 'x');
    await house.until('c to agree', () => !service.distrusted);
    expect(await read()).to.contain('turned out not to be');
    await backup.close();
  });

  it('is written down also when the one in its place cannot prove itself, under the name of who executed it', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 100);
    await flip(house);
    await write(house, 'a', 950, 'w');
    const { service } = house.replica('c');
    await house.until('c to notice', () => service.distrusted);
    // Nobody who could be compared is left when it is rebuilt.
    house.fault = (name, { type, path }) => {
      if (name === 'c' && type === 'write' && path.endsWith('.incoming')) throw new CodedError('io', 'EIO');
    };
    await write(house, 'a', 300, 'x');
    house.kill('b');
    await house.until('a to lead', () => house.replica('a').view().established);
    await write(house, 'a', 1_100, 'x');
    house.fault = () => undefined;
    const book = must(house.logs.get('c'), 'the log book of c');
    const news = () => [...book.of('info rebuilt the state'), ...book.of('info took over')];
    await house.until('c to be rebuilt', () => news().length > 0, 60_000);
    await write(house, 'a', 1_200, 'y');
    await house.time.run(1_000);
    expect(service.distrusted).to.equal(true);
    expect(storageOf(house, 'c').logBytes).to.be.lessThan(512 * KIB);
    expect(storageOf(house, 'c').snapshotSlot).to.be.greaterThan(3_400);
    expect(await house.answer(service.backup().catch(String))).to.contain('not to be trusted');
    house.kill('c');
    await house.start('c');
    const { store } = house.replica('a').inside.recovered.identity;
    expect(house.replica('c').inside.core.lineage).to.equal(store);
    await house.until('a to lead', () => house.leader() === 'a');
    await house.answer(house.put('a', 'last', 'z'));
    expect(await house.answer(house.get('c', 'last'))).to.equal('z');
    expect(house.fatal).to.deep.equal([]);
  });

  it('is shown to nobody, and rebuilt from a snapshot of theirs', async () => {
    const house = await led('a', 'b', 'c');
    await write(house, 'a', 100);
    // As if a bit in memory had changed: the same command has another effect here.
    house.replica('c').service.machine.table.delete('k7');
    expect(await house.answer(house.write('a', 'DELETE', 'k7'))).to.equal('integer');
    await write(house, 'a', 950, 'w');
    const { service } = house.replica('c');
    await house.until('c to notice', () => service.distrusted);
    expect(await house.answer(house.get('c', 'k8'))).to.equal('busy');
    expect(service.status().diverged).to.equal(true);
    expect(house.replica('c').view().role).to.equal('follower');
    await write(house, 'a', 1_000, 'x');
    await house.until('c to agree', () => !service.distrusted);
    await expectSame(house, 'k7', 'x957 ');
    expect(service.machine.table.get('k7')?.version).to.equal(house.replica('a').service.machine.get('k7')?.version);
    expect(house.logs.get('c')?.of('error the state of this replica')).to.have.length(1);
    expect(house.logs.get('c')?.of('info rebuilt the state')).to.have.length(1);
    expect(filesOf(house, 'c', 'snapshots').filter((file) => file.endsWith('.diverged')).length).to.be.lessThan(2);
    await write(house, 'a', 200, 'y');
    await house.time.run(1_000);
    expect(snapshotsOf(house, 'c')).to.deep.equal(
      snapshotsOf(house, 'c').filter((file) => !file.endsWith('.diverged')),
    );
    expect(house.fatal).to.deep.equal([]);
  });
});
