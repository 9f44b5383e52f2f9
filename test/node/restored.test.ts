// Whole replicas over simulated ports whose snapshots are gone or not theirs. Where a log goes on from a state that is not
// at hand any more, that of another replica is fetched before anybody is shown anything; where there is none, the start
// says what to do.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { restore } from '#src/store/restore.js';
import { openSnapshots, snapshotDirectory } from '#src/store/snapshots.js';
import { always, contentsOf, entry, smallState, state } from '../store/support/made-snapshot.js';
import { MemoryFiles } from '../store/support/memory-files.js';
import { SimClock } from '../store/support/sim-clock.js';
import { ReplicaHouse } from './support/replica-house.js';

const OLD = state(9, [['old', entry('from the backup')]], 0);

/** Directories restored from one backup, in which nothing has run yet. */
async function restoredHouse(...names: readonly string[]): Promise<ReplicaHouse> {
  const house = new ReplicaHouse(...names);
  for (const name of names) {
    const files = new MemoryFiles(must(house.disks.get(name), name));
    const clock = new SimClock();
    const snapshots = await openSnapshots({ files, clock, directory: '/other' });
    await snapshots.write(OLD.header, contentsOf(OLD), always);
    const from = `${snapshotDirectory('/other')}/${snapshots.all[0]?.name}`;
    await restore({ files, clock, from, directories: ['/data'], progress: () => undefined });
  }
  return house;
}

async function startAll(house: ReplicaHouse): Promise<void> {
  await Promise.all(house.names.map((name) => house.start(name)));
  await house.until('a leader', () => house.leader() !== undefined);
}

async function write(house: ReplicaHouse, at: string, puts: number): Promise<void> {
  for (let put = 0; put < puts; put++)
    expect(await house.answer(house.put(at, `k${put % 50}`, `v${put}`))).to.equal('OK');
}

function damageSnapshots(house: ReplicaHouse, name: string): void {
  const disk = must(house.disks.get(name), name);
  for (const path of [...disk.names.keys()].filter((each) => /^\/data\/.*\.snapshot$/.test(each))) {
    disk.edit(path, (bytes) => bytes.map((byte, at) => (at === 100 ? byte ^ 1 : byte)));
  }
}

async function refusal(starting: Promise<unknown>): Promise<string> {
  return starting.then(
    () => 'it started',
    (error: unknown) => (error instanceof CodedError ? error.message : String(error)),
  );
}

describe('a restored replica without a sound snapshot', () => {
  it('shows nobody what its log makes of nothing, and takes the state of another', async () => {
    const house = await restoredHouse('a', 'b', 'c');
    await startAll(house);
    await write(house, 'a', 20);
    for (const name of house.names) house.kill(name);
    damageSnapshots(house, 'c');
    await house.start('c');
    const { service } = house.replica('c');
    expect(service.machine.get('old')).to.equal(undefined);
    expect(service.status().diverged).to.equal(true);
    await Promise.all(['a', 'b'].map((name) => house.start(name)));
    const seen = await house.answer(house.get('c', 'old'));
    expect(seen).to.not.equal('none');
    await house.until('c to have a state', () => !service.distrusted);
    expect(await house.answer(house.get('c', 'old'))).to.equal('from the backup');
    expect(house.logs.get('c')?.of('error no sound snapshot is left')).to.have.length(1);
    // What it took over is its own: it starts from it, and goes on without who gave it.
    house.kill('c');
    await house.start('c');
    house.kill('b');
    await house.until('a to lead', () => house.leader() === 'a');
    await write(house, 'c', 20);
    expect(await house.answer(house.get('c', 'old'))).to.equal('from the backup');
    expect(house.fatal).to.deep.equal([]);
  });

  it('does not out-vote the one that has the right state, together with another like it', async () => {
    const house = await restoredHouse('a', 'b', 'c');
    house.checkpointSlots = 20;
    await startAll(house);
    await write(house, 'a', 30);
    for (const name of house.names) house.kill(name);
    for (const name of ['b', 'c']) damageSnapshots(house, name);
    await startAll(house);
    expect(house.leader()).to.equal('a');
    for (const name of ['b', 'c']) {
      await house.until(`${name} to have a state`, () => !house.replica(name).service.distrusted);
      expect(await house.answer(house.get(name, 'old'))).to.equal('from the backup');
    }
    expect(house.logs.get('a')?.of('warn the state here')).to.deep.equal([]);
    expect(house.replica('a').service.status().diverged).to.equal(false);
  });

  for (const { what, names, runs, why } of [
    { what: 'that never ran', names: ['a', 'b', 'c'], runs: false, why: 'this replica has never run' },
    { what: 'that is alone', names: ['a'], runs: true, why: 'there is no other replica to get one from' },
  ]) {
    it(`${what} does not start, and says what to do`, async () => {
      const house = await restoredHouse(...names);
      if (runs) {
        await startAll(house);
        house.kill('a');
      }
      damageSnapshots(house, 'a');
      expect(await refusal(house.start('a'))).to.equal(
        `no sound snapshot is left in /data of what was restored from a backup, and ${why}: ` +
          'move the directory away, and restore the backup into an empty one',
      );
    });
  }
});

describe('a snapshot of another founding', () => {
  it('is put aside at a start, before the log is trimmed behind it', async () => {
    const house = new ReplicaHouse('a');
    house.segments = { first: 64 * 1_024, largest: 64 * 1_024 };
    await startAll(house);
    await write(house, 'a', 50);
    house.kill('a');
    const files = new MemoryFiles(must(house.disks.get('a'), 'a'));
    const snapshots = await openSnapshots({ files, clock: house.time, directory: '/data' });
    const made = smallState(900);
    const foreign = { ...made.header, clusterId: house.settings('a').clusterId };
    await house.until('it to be written', snapshots.write(foreign, contentsOf(made), always));
    await house.start('a');
    await house.until('a to lead', () => house.leader() === 'a');
    expect(await house.answer(house.get('a', 'k49'))).to.equal('v49');
    expect(house.logs.get('a')?.of('error put a snapshot of another founding aside')).to.have.length(1);
    expect([...must(house.disks.get('a'), 'a').names.keys()]).to.include(
      '/data/snapshots/0000000000000900.snapshot.foreign',
    );
  });
});
