// Restoring a backup over simulated disks: every directory gets the same state, without the cluster it came from; a file that is
// damaged anywhere is refused whole; and whatever interrupts a restore leaves a directory that is never taken for an empty one.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { replicaName, slot } from '#src/base/ids.js';
import { openIdentity, readIdentity } from '#src/store/identity.js';
import { restore } from '#src/store/restore.js';
import { CHUNK_BYTES } from '#src/store/snapshot-format.js';
import type { SnapshotInfo } from '#src/store/snapshot-reader.js';
import { openSnapshots } from '#src/store/snapshots.js';
import {
  always,
  Collector,
  contentsOf,
  entry,
  open,
  PLACE,
  type State,
  smallState,
  state,
} from './support/made-snapshot.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { seeded } from './support/seeded.js';
import { atRest, SimClock } from './support/sim-clock.js';

const FILE = '/backup.synod';
const WHERE = ['/new/a', '/new/b'];

/** A disk with nothing but a backup of this state. */
async function backupOf(made: State): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const files = new MemoryFiles(disk);
  const written = await (await open(files)).write(made.header, contentsOf(made), always);
  await files.rename(`${PLACE}/${String(written?.slot).padStart(16, '0')}.snapshot`, FILE);
  await files.syncDirectory('/');
  return disk;
}

function restored(disk: MemoryDisk, directories = WHERE, files = new MemoryFiles(disk)): Promise<SnapshotInfo> {
  return restore({ files, clock: new SimClock(), from: FILE, directories, progress: () => undefined });
}

async function refusal(working: Promise<unknown>): Promise<CodedError> {
  try {
    await working;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** What a directory holds for a start. */
async function held(disk: MemoryDisk, directory: string): Promise<unknown> {
  const files = new MemoryFiles(disk);
  const snapshots = await openSnapshots({ files, clock: new SimClock(), directory });
  const collector = new Collector();
  for (const ref of snapshots.all) await snapshots.load(ref, collector);
  return collector.state;
}

function begin(disk: MemoryDisk, directory: string): ReturnType<typeof openIdentity> {
  return openIdentity(new MemoryFiles(disk), directory, {
    cluster: 'c0'.repeat(32),
    clusterName: 'synod',
    names: ['a', 'b'],
    name: replicaName('a'),
    leaseMs: 300,
    wallMs: 5_000,
    draw: new Uint8Array(16),
  });
}

describe('a restore', () => {
  const states: readonly [string, State][] = [
    ['nothing at all', state(0, [], 0)],
    ['all kinds of bytes', smallState(7)],
    [
      'values beyond a chunk',
      state(9, [
        ['a', entry('x'.repeat(3 * CHUNK_BYTES))],
        ['b', entry('behind')],
      ]),
    ],
    [
      'more than is written at once',
      state(
        9,
        Array.from({ length: 30 }, (_, i) => [String(i).padStart(4, '0'), entry('v'.repeat(200_000))]),
      ),
    ],
    ['many sessions', state(9, [['a', entry('b')]], 10_000)],
  ];
  for (const [name, made] of states) {
    it(`makes directories of the same state as before slot 1: ${name}`, async () => {
      const disk = await backupOf(made);
      const info = await restored(disk);
      expect(info.header).to.deep.equal(made.header);
      const header = {
        ...made.header,
        clusterId: info.digest,
        slot: slot(0),
        configuration: null,
        founding: '',
        lineage: null,
        sessions: 0,
      };
      for (const directory of WHERE) {
        expect(await held(disk, directory)).to.deep.equal({
          header,
          sessions: [],
          ids: made.ids,
          entries: made.entries,
        });
        expect(await begin(disk, directory)).to.include({ fresh: true, restoredFrom: info.digest });
      }
      const names = [...disk.names.keys()].filter((path) => path.startsWith('/new/a/'));
      expect(names).to.have.members([
        '/new/a/identity',
        '/new/a/snapshots',
        '/new/a/snapshots/0000000000000000.snapshot',
      ]);
    });
  }

  it('tells how far it is, up to the end', async () => {
    const disk = await backupOf(smallState(7));
    const told = new Map<string, boolean>();
    const progress = (what: string, done: number, total: number): void => void told.set(what, done === total);
    await restore({ files: new MemoryFiles(disk), clock: new SimClock(), from: FILE, directories: WHERE, progress });
    expect([...told]).to.deep.equal([
      ['verifying /backup.synod', true],
      ['writing /new/a', true],
      ['writing /new/b', true],
    ]);
  });

  it('can be done again over what it left, until somebody has started there', async () => {
    const disk = await backupOf(smallState(7));
    await restored(disk);
    const { digest } = await restored(disk);
    const identity = await begin(disk, '/new/a');
    await identity.close();
    expect((await refusal(restored(disk))).code).to.equal('not-empty');
    expect(await readIdentity(new MemoryFiles(disk), '/new/b/identity')).to.deep.equal({
      type: 'restored',
      from: digest,
    });
  });
});

describe('a restore refuses', () => {
  it('a directory that is not empty, before it makes any other', async () => {
    const disk = await backupOf(smallState(7));
    const files = new MemoryFiles(disk);
    await files.makeDirectory('/new/b');
    await files.writeSmall('/new/b/letter', new Uint8Array(1));
    const error = await refusal(restored(disk));
    expect(error.code).to.equal('not-empty');
    expect(error.message).to.match(/^\/new\/b is not empty: /);
    expect([...disk.names.keys()]).to.not.include('/new/a');
  });

  it('a directory restored from another file', async () => {
    const disk = await backupOf(smallState(7));
    await restored(disk);
    const other = await backupOf(smallState(8));
    disk.edit(FILE, () => other.inode(FILE).cached);
    expect((await refusal(restored(disk))).code).to.equal('not-empty');
  });

  it('a file that is no backup', async () => {
    const disk = await backupOf(smallState(7));
    disk.edit(FILE, () => new TextEncoder().encode('# Synod\n\nSynod is a strongly consistent key-value store'));
    expect((await refusal(restored(disk))).message).to.match(
      /^\/backup.synod is damaged at byte 0: it does not begin as a backup /,
    );
  });

  it('a directory that is in use', async () => {
    const disk = await backupOf(smallState(7));
    await new MemoryFiles(disk).makeDirectory('/new/b');
    disk.locked.add('/new/b');
    expect((await refusal(restored(disk))).code).to.equal('locked');
  });

  it('a file that is not there', async () => {
    expect((await refusal(restored(new MemoryDisk()))).code).to.equal('not-found');
  });

  it('a file with any flipped bit, whole and with the reason', async () => {
    const disk = await backupOf(smallState(7));
    const { length } = disk.inode(FILE).cached;
    for (let at = 0; at < length; at++) {
      const flipped = disk.copy();
      flipped.edit(FILE, (bytes) => bytes.map((byte, place) => (place === at ? byte ^ (1 << (at % 8)) : byte)));
      await refusedWhole(flipped, `byte ${at}`);
    }
  });

  it('a file that is cut short anywhere, or has something behind its end', async () => {
    const disk = await backupOf(smallState(7));
    const { length } = disk.inode(FILE).cached;
    for (let size = 0; size < length; size++) {
      const cut = disk.copy();
      cut.edit(FILE, (bytes) => bytes.slice(0, size));
      await refusedWhole(cut, `${size} bytes`);
    }
    disk.edit(FILE, (bytes) => Uint8Array.from([...bytes, 0]));
    await refusedWhole(disk, 'one byte more');
  });

  async function refusedWhole(disk: MemoryDisk, which: string): Promise<void> {
    const error = await refusal(restored(disk));
    expect(error.code, which).to.be.oneOf(['snapshot-damaged', 'newer-format']);
    expect(error.message, which).to.match(/^\/backup\.synod (is damaged at byte \d+: |has format \d+)/);
    expect(
      [...disk.names.keys()].filter((path) => path.startsWith('/new')),
      which,
    ).to.deep.equal([]);
  }
});

describe('a restore that is cut off', () => {
  it('at any point leaves nothing, or what says that it was restored, and can be done again', async () => {
    const original = await backupOf(smallState(7));
    for (const kind of ['kill', 'power'] as const) {
      for (let at = 1; ; at++) {
        const disk = original.copy();
        let hasCrashed = false;
        const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
          if (number !== at) return;
          hasCrashed = true;
          files.crash(kind, seeded(at));
        });
        await Promise.race([restored(disk, ['/new/a'], files), atRest()]);
        if (!hasCrashed) break;
        const left = [...disk.names.keys()].filter((path) => path.startsWith('/new/a/'));
        const identity = left.includes('/new/a/identity')
          ? await readIdentity(new MemoryFiles(disk), '/new/a/identity')
          : null;
        if (left.some((path) => path.startsWith('/new/a/snapshots'))) {
          expect(identity?.type, `${kind} at operation ${at}`).to.equal('restored');
        }
        await restored(disk, ['/new/a']);
        expect(await begin(disk, '/new/a'), `${kind} at operation ${at}`).to.include({ fresh: true });
      }
    }
  });
});
