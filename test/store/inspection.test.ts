// What is told of a data directory without touching it: a used one, one that a first start has not finished, one that is no data
// directory, and whatever damage a start would refuse. Whatever is found, no byte and no name may have changed.

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { markRestored, openIdentity } from '#src/store/identity.js';
import { type Inspection, inspectDirectory } from '#src/store/inspection.js';
import { accepted, ballot, DIRECTORY, decided, open, promised, state } from './support/made-log.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';

const one = ballot(1);
const WAL = `${DIRECTORY}/log/00000001.wal`;

async function identityOn(disk: MemoryDisk, draw = 0): Promise<Awaited<ReturnType<typeof openIdentity>>> {
  return openIdentity(new MemoryFiles(disk), DIRECTORY, {
    cluster: 'c0'.repeat(32),
    clusterName: 'synod',
    names: ['node-a', 'node-b'],
    name: replicaName('node-a'),
    leaseMs: 300,
    wallMs: 5_000,
    draw: Uint8Array.from({ length: 16 }, (_, place) => place + draw),
  });
}

/** A replica's directory after an orderly stop: a promise, two decided slots and one that is only accepted. */
async function used(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const identity = await identityOn(disk);
  const { log } = await open(new MemoryFiles(disk), identity);
  log.append([promised(1, one), accepted(2, 1, one, 'apple'), decided(3, 2, 'beech')], state(2, 2, one));
  log.append([accepted(4, 3, one, 'cedar')], state(2, 3, one));
  await log.close();
  await identity.close();
  return disk;
}

/** Inspects, and looks whether everything is as it was. */
async function inspected(disk: MemoryDisk): Promise<Inspection> {
  const before = contents(disk);
  const found = await inspectDirectory(new MemoryFiles(disk), DIRECTORY);
  expect(contents(disk)).to.deep.equal(before);
  return found;
}

function contents(disk: MemoryDisk): (readonly [string, string])[] {
  return [...disk.names].map(([path, inode]) => [path, Buffer.from(inode?.cached ?? []).toString('base64')]);
}

function flipped(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.map((byte, place) => (place === at ? byte ^ 1 : byte));
}

describe('inspecting a data directory', () => {
  it('tells whose it is, what was promised, and which slots there are', async () => {
    const { identity, log, damage } = await inspected(await used());
    expect(damage).to.deep.equal([]);
    expect(identity).to.include({ name: 'node-a', clusterName: 'synod', incarnation: 5_000, settled: true });
    expect(log).to.deep.include({ lastLsn: 4, isMarked: true, tornBytes: 0 });
    expect(log?.state).to.deep.equal({ promised: one, decidedUpTo: 2, firstSlot: 1, highestSlot: 3 });
    expect(log?.segments[0]).to.deep.equal({ number: 1, size: 16 * 1024 });
  });

  it('says so when it is none, or its log is gone', async () => {
    const strange = new MemoryDisk();
    const files = new MemoryFiles(strange);
    for (const name of ['8000', '8001', '8002', 'notes']) await files.makeDirectory(`${DIRECTORY}/${name}`);
    const refused = await inspected(strange).catch((error: unknown) => error);
    expect(refused).to.include({
      message: `${DIRECTORY} is no replica's data directory: there is no identity file in it, but 8000, 8001, 8002, …`,
    });
    const disk = await used();
    const without = new MemoryFiles(disk);
    for (const path of [...disk.names.keys()].filter((each) => each.startsWith(`${DIRECTORY}/log`)).reverse()) {
      disk.names.delete(path);
    }
    expect((await without.list(DIRECTORY)).includes('log')).to.equal(false);
    expect((await inspected(disk)).damage).to.deep.equal([
      `${DIRECTORY}/log is missing: what was promised and accepted here is not known any more`,
    ]);
  });

  it('tells of a write that was never finished, and takes nothing else for one', async () => {
    const disk = await used();
    const end = (await inspected(disk)).log?.end.offset ?? 0;
    const dirty = (bytes: number): Promise<Inspection> => {
      const copy = disk.copy();
      copy.edit(WAL, (was) => was.map((byte, at) => (at >= end && at < end + bytes ? 7 : byte)));
      return inspected(copy);
    };
    const torn = await dirty(512);
    expect(torn.damage).to.deep.equal([]);
    expect(torn.log).to.deep.include({ lastLsn: 4, tornBytes: 4_096 });
    const damaged = await dirty(4_096);
    expect(damaged.damage).to.deep.equal([]);
    expect(damaged.log).to.deep.include({ lost: true, faulty: [] });
    expect(damaged.log?.damage[0]).to.match(/00000001\.wal is damaged at byte \d+: .*it is the end of the log/);
  });

  const damages: readonly (readonly [string, (disk: MemoryDisk) => void, RegExp])[] = [
    ['no log where there was one', (disk) => disk.names.delete(WAL), /00000001\.wal|holds no log/],
    ['a flipped bit in the identity', (disk) => disk.edit(`${DIRECTORY}/identity`, flipped(40)), /identity is damaged/],
    ['a log without an identity', (disk) => disk.names.delete(`${DIRECTORY}/identity`), /whose it is cannot be known/],
  ];
  for (const [what, damage, told] of damages) {
    it(`finds ${what}`, async () => {
      const disk = await used();
      damage(disk);
      const found = await inspected(disk);
      expect(found.damage).to.have.length(1);
      expect(found.damage[0]).to.match(told);
      expect(found.log).to.equal(null);
    });
  }

  const losses: readonly (readonly [string, (disk: MemoryDisk) => void, number, boolean])[] = [
    ['a flipped bit', (disk) => disk.edit(WAL, flipped(4_200)), 3, false],
    ['the end cut off', (disk) => disk.edit(WAL, (bytes) => bytes.slice(0, 4_096)), 0, true],
  ];
  for (const [what, damage, faulty, lost] of losses) {
    it(`tells what a log has lost by ${what}`, async () => {
      const disk = await used();
      damage(disk);
      const { log, damage: refusals } = await inspected(disk);
      expect(refusals).to.deep.equal([]);
      expect(log?.damage[0]).to.match(/00000001\.wal is damaged at byte 4096/);
      expect(log?.faulty.reduce((sum, { from, to }) => sum + to - from + 1, 0)).to.equal(faulty);
      expect(log?.lost).to.equal(lost);
    });
  }

  it('has nothing to say against what a start would make anew', async () => {
    const empty = new MemoryDisk();
    await new MemoryFiles(empty).makeDirectory(DIRECTORY);
    expect(await inspected(empty)).to.deep.equal({ identity: null, restored: null, log: null, damage: [] });
    const unfinished = new MemoryDisk();
    await (await identityOn(unfinished)).close();
    const { identity, log, damage } = await inspected(unfinished);
    expect(identity?.settled).to.equal(false);
    expect({ log, damage }).to.deep.equal({ log: null, damage: [] });
  });

  it('tells whose log it is not, whether the identity file beside it is gone or another', async () => {
    const disk = await used();
    disk.names.delete(`${DIRECTORY}/identity`);
    expect((await inspected(disk)).damage).to.deep.equal([
      `${DIRECTORY} holds a log and no identity file: whose it is cannot be known. ` +
        'Put that file back, or move this directory away and start with an empty one',
    ]);
    const other = new MemoryDisk();
    await (await identityOn(other, 7)).close();
    for (const [path, inode] of disk.names) if (path.startsWith(`${DIRECTORY}/log`)) other.names.set(path, inode);
    const { identity, log, damage } = await inspected(other);
    expect({ settled: identity?.settled, log }).to.deep.equal({ settled: false, log: null });
    expect(damage).to.have.length(1);
    expect(damage[0]).to.include("holds a log that is not this store's");
  });

  it('tells of a restored directory that nobody has started over', async () => {
    const disk = new MemoryDisk();
    await new MemoryFiles(disk).makeDirectory(DIRECTORY);
    await markRestored(new MemoryFiles(disk), DIRECTORY, 'ab'.repeat(32));
    const restored = 'ab'.repeat(32);
    expect(await inspected(disk)).to.deep.equal({ identity: null, restored, log: null, damage: [] });
  });

  it('rejects what is no directory', async () => {
    const failed = await inspectDirectory(new MemoryFiles(new MemoryDisk()), '/nowhere').catch(
      (error: unknown) => error,
    );
    expect(failed).to.have.property('code', 'not-found');
  });
});
