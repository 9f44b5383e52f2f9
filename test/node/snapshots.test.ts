// Snapshots in whole replicas over simulated ports: the log stays bounded, a start goes on from the newest sound snapshot, and a
// replica that was away for too long, or lost its disk's contents, catches up while the others go on.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { MemoryDisk } from '../store/support/memory-files.js';
import { ReplicaHouse } from './support/replica-house.js';

const KIB = 1024;

/** With a log of some hundred KiB at most, of which little is kept. */
function small(house: ReplicaHouse): ReplicaHouse {
  house.snapshots = { logBytes: 64 * KIB, keepSlots: 20, keepLogBytes: 64 * KIB };
  house.segments = { first: 64 * KIB, largest: 64 * KIB };
  return house;
}

async function led(...names: readonly string[]): Promise<ReplicaHouse> {
  const house = small(new ReplicaHouse(...names));
  await Promise.all(names.map((name) => house.start(name)));
  await house.until(`${names[0]} to lead`, () => house.leader() === names[0]);
  return house;
}

/** One after the other, of a kibibyte each. */
async function write(house: ReplicaHouse, at: string, puts: number, word = 'v'): Promise<void> {
  for (let put = 0; put < puts; put++) {
    const answer = await house.answer(house.put(at, `k${put % 50}`, `${word}${put} `.padEnd(KIB, 'x')));
    expect(answer).to.equal('OK');
  }
}

function filesOf(house: ReplicaHouse, name: string, directory: string): readonly string[] {
  const paths = [...must(house.disks.get(name), name).names.keys()];
  return paths
    .filter((path) => path.startsWith(`/data/${directory}/`))
    .map((path) => path.slice(`/data/${directory}/`.length));
}

const snapshotsOf = (house: ReplicaHouse, name: string) =>
  filesOf(house, name, 'snapshots').filter((file) => file.endsWith('.snapshot'));

const storageOf = (house: ReplicaHouse, name: string) => house.replica(name).service.status();

/** Every replica that runs holds the same. */
async function expectSame(house: ReplicaHouse, key: string, beginning: string): Promise<void> {
  for (const name of house.names) {
    expect((await house.answer(house.get(name, key))).slice(0, beginning.length), name).to.equal(beginning);
  }
}

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
