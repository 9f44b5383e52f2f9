// Whole replicas of which one has no snapshot or log that helps a replica that lags or was wrong: it writes another, and
// the cluster goes on.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import type { MemoryDisk } from '../../store/support/memory-files.js';
import { ReplicaHouse } from '../support/replica-house.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Led by a, with snapshots that are not due by themselves, and little of the log kept where `keepSlots` says so. */
async function led(keepSlots: number): Promise<ReplicaHouse> {
  const house = new ReplicaHouse('a', 'b', 'c');
  house.snapshots = { logBytes: 1024 * MIB, keepSlots, keepLogBytes: 256 * MIB };
  house.segments = { first: 64 * KIB, largest: 4 * MIB };
  const { time } = house;
  const at = time.at.bind(time);
  // A timer takes a moment, as in Node: sums of milliseconds are rounded, and what is due now could be due for ever.
  time.at = (atMono, fire) => at(Math.max(atMono, time.mono() + 0.05), fire);
  await Promise.all(house.names.map((name) => house.start(name)));
  await house.until('a to lead', () => house.leader() === 'a');
  return house;
}

async function write(house: ReplicaHouse, puts: number, bytes = KIB, word = 'v'): Promise<void> {
  for (let put = 0; put < puts; put++) {
    const value = `${word}${put} `.padEnd(bytes, 'x');
    expect(await house.answer(house.put('a', `k${put % 50}`, value))).to.equal('OK');
  }
}

/** Has them write a snapshot each. */
async function save(house: ReplicaHouse, ...names: readonly string[]): Promise<void> {
  for (const name of names) await (await house.answer(house.replica(name).service.backup())).close();
}

const appliedBy = (house: ReplicaHouse, name: string) => house.replica(name).service.machine.applied;

const snapshotsOf = (house: ReplicaHouse, name: string) =>
  [...must(house.disks.get(name), name).names.keys()].filter((path) => path.endsWith('.snapshot'));

/** Only a and c are left, of which c lags. */
async function catchesUp(house: ReplicaHouse): Promise<void> {
  house.kill('b');
  await house.start('c');
  await house.until('a to lead', () => house.replica('a').view().established);
  await house.until('c to catch up', () => appliedBy(house, 'c') >= appliedBy(house, 'a'), 20_000);
  // Several times what is held behind a gap.
  await write(house, 30, 900 * KIB, 'w');
  await house.until('c to follow', () => appliedBy(house, 'c') >= appliedBy(house, 'a'));
}

describe('a replica that others need a snapshot of', () => {
  for (const { name, spoil } of [
    {
      name: 'has a flipped bit in its newest',
      spoil: (house: ReplicaHouse, path: string) =>
        must(house.disks.get('a'), 'a').edit(path, (bytes) =>
          bytes.map((byte, at) => (at === 30_000 ? byte ^ 1 : byte)),
        ),
    },
    {
      name: 'has a newest that is cut short',
      spoil: (house: ReplicaHouse, path: string) =>
        must(house.disks.get('a'), 'a').edit(path, (bytes) => bytes.slice(0, 30_000)),
    },
    {
      name: 'cannot read its newest',
      spoil: (house: ReplicaHouse, path: string) => {
        const bad = must(house.disks.get('a'), 'a').inode(path);
        house.fault = (_, { type, path: read }) => {
          if (type === 'read' && read === path && house.disks.get('a')?.inode(path) === bad)
            throw new CodedError('io', 'EIO');
        };
      },
    },
  ]) {
    it(`writes another where it ${name}`, async () => {
      const house = await led(20);
      await write(house, 50);
      house.kill('c');
      await write(house, 100);
      await save(house, 'a', 'b');
      await write(house, 5);
      await house.time.run(500);
      expect(house.replica('a').service.status().firstSlot).to.be.greaterThan(100);
      spoil(house, must(snapshotsOf(house, 'a').at(-1), 'a snapshot'));
      await catchesUp(house);
    });
  }

  it('writes another where its log is damaged above its newest', async () => {
    const house = await led(100_000);
    await write(house, 20);
    await save(house, 'a', 'b');
    await write(house, 20);
    house.kill('c');
    // More than is kept in memory for who lags.
    await write(house, 500, 30 * KIB, 'lost');
    await house.time.run(500);
    flip(must(house.disks.get('a'), 'a'), 'lost200 ');
    await catchesUp(house);
    expect(house.logs.get('a')?.of('error cannot read the log for a peer')).to.not.deep.equal([]);
  });

  it('writes another where a wrong state is to be rebuilt whose log begins above its newest', async () => {
    const house = await led(20);
    house.checkpointSlots = 100;
    await write(house, 50);
    await save(house, 'a', 'b');
    await write(house, 100);
    await save(house, 'c');
    await write(house, 50);
    await house.time.run(500);
    const { service } = house.replica('c');
    expect(service.status().firstSlot).to.be.greaterThan(100);
    service.machine.table.delete('k7');
    await house.answer(house.write('a', 'DELETE', 'k7'));
    await write(house, 900, KIB, 'w');
    await house.until('c to notice', () => service.distrusted);
    await house.until('c to agree', () => !service.distrusted, 20_000);
  });

  it('gives a backup that is sound where the file has a flipped bit', async () => {
    const house = await led(20);
    await write(house, 50);
    await save(house, 'a');
    const path = must(snapshotsOf(house, 'a').at(-1), 'a snapshot');
    must(house.disks.get('a'), 'a').edit(path, (bytes) => bytes.map((byte, at) => (at === 30_000 ? byte ^ 1 : byte)));
    const flipped = must(house.disks.get('a'), 'a').inode(path);
    await save(house, 'a');
    expect(snapshotsOf(house, 'a')).to.deep.equal([path]);
    expect(house.disks.get('a')?.inode(path)).to.not.equal(flipped);
    expect(house.logs.get('a')?.of('error put a damaged snapshot aside')).to.have.length(1);
  });
});

/** One bit of the log where these bytes stand. */
function flip(disk: MemoryDisk, text: string): void {
  for (const [path, inode] of disk.names) {
    if (!path.endsWith('.wal') || inode === null) continue;
    const at = Buffer.from(inode.cached.buffer, inode.cached.byteOffset, inode.cached.length).indexOf(text);
    if (at >= 0) inode.cached[at] = (inode.cached[at] ?? 0) ^ 1;
  }
}
