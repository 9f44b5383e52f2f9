// The directory of snapshots: what is written is what is read, whatever its size; how many are kept; what an interruption, a
// failing disk or a full one leaves; and how one is read for others while it is replaced.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { slot } from '#src/base/ids.js';
import { CHUNK_BYTES } from '#src/store/snapshot-format.js';
import type { Snapshots } from '#src/store/snapshots.js';
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
import { atRest } from './support/sim-clock.js';

async function write(snapshots: Snapshots, made: State): Promise<void> {
  await snapshots.write(made.header, contentsOf(made), always);
}

async function read(snapshots: Snapshots): Promise<unknown> {
  const ref = snapshots.all.at(-1);
  if (ref === undefined) return null;
  const collector = new Collector();
  await snapshots.load(ref, collector);
  return collector.state;
}

describe('snapshots: what is written is read back', () => {
  const sizes = [0, 1, CHUNK_BYTES - 42, CHUNK_BYTES - 41, CHUNK_BYTES - 40, CHUNK_BYTES, 3 * CHUNK_BYTES];
  const states: [string, State][] = [
    ['nothing at all', state(0, [], 0)],
    ['all kinds of bytes', smallState(7)],
    ['the empty key', state(7, [['', entry('')]])],
    [
      'no configuration yet',
      { ...smallState(1), header: { ...smallState(1).header, configuration: null, founding: '' } },
    ],
    ['sessions beyond one chunk', state(7, [], 10_000)],
    ['ids beyond one chunk', state(7, [], 2, 20_000)],
    [
      'entries beyond one chunk',
      state(
        7,
        Array.from({ length: 5_000 }, (_, i) => [String(i).padStart(8, '0'), entry('v'.repeat(100))]),
      ),
    ],
    ...sizes.map((size): [string, State] => [
      `a value of ${size} bytes between two others`,
      state(7, [
        ['a', entry('before')],
        ['b', entry('x'.repeat(size))],
        ['c', entry('behind')],
      ]),
    ]),
    [
      'two large values in a row, and a large key',
      state(7, [
        ['a', entry('x'.repeat(CHUNK_BYTES))],
        ['b', entry('y'.repeat(2 * CHUNK_BYTES))],
        ['c'.repeat(CHUNK_BYTES), entry('z')],
      ]),
    ],
    [
      'large values whose pieces are not read from the disk at once',
      state(
        7,
        Array.from({ length: 5 }, (_, i) => [`${i}`, entry(`${i}`.repeat(1024 * 1024))]),
      ),
    ],
  ];
  for (const [name, made] of states) {
    it(name, async () => {
      const files = new MemoryFiles(new MemoryDisk());
      const snapshots = await open(files);
      const info = await snapshots.write(made.header, contentsOf(made), always);
      expect(info?.bytes).to.equal(snapshots.all[0]?.bytes);
      expect(await read(await open(files))).to.deep.equal(made);
    });
  }

  it('in the form of format 4, which a change of this digest would leave: then there must be a new format', async () => {
    const snapshots = await open(new MemoryFiles(new MemoryDisk()));
    const made = smallState(7);
    const info = await snapshots.write(made.header, contentsOf(made), always);
    expect(info?.digest).to.equal('b9a5343c95967360f026d4bce82610387aeb9dad049d4bd7ca1f7eec12cc8a9b');
  });

  it('and the same state is the same bytes', async () => {
    const written = [];
    for (let i = 0; i < 2; i++) {
      const disk = new MemoryDisk();
      await write(await open(new MemoryFiles(disk)), smallState(7));
      written.push(disk.inode(`${PLACE}/0000000000000007.snapshot`).cached);
    }
    expect(written[0]).to.deep.equal(written[1]);
  });
});

const slots = (snapshots: Snapshots): number[] => snapshots.all.map((ref) => ref.slot);

describe('snapshots: which are kept', () => {
  it('the newest two', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    const kept = [];
    for (const at of [3, 5, 9, 9, 12]) {
      await write(snapshots, smallState(at));
      kept.push(slots(snapshots));
      expect(slots(await open(files))).to.deep.equal(slots(snapshots));
    }
    expect(kept).to.deep.equal([[3], [3, 5], [5, 9], [5, 9], [9, 12]]);
  });

  it('not those set aside, of which there is one for each reason', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    for (const reason of ['damaged', 'damaged', 'diverged'] as const) {
      await write(snapshots, smallState(slots(snapshots).length + files.operations));
      for (const ref of snapshots.all) await snapshots.setAside(ref, reason);
      expect(snapshots.all).to.deep.equal([]);
    }
    const names = await files.list(PLACE);
    expect(names.map((name) => name.split('.').slice(1).join('.'))).to.deep.equal([
      'snapshot.damaged',
      'snapshot.diverged',
    ]);
  });

  it('not those above a slot that are set aside together, nor one that is just getting its name; but what comes later', async () => {
    const disk = new MemoryDisk();
    let hold: Promise<void> | null = null;
    const files = new MemoryFiles(disk, ({ type }) => (type === 'rename' && hold !== null ? hold : undefined));
    const snapshots = await open(files);
    for (const at of [2, 5]) await write(snapshots, smallState(at));
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const writing = write(snapshots, smallState(7));
    await atRest();
    const aside = snapshots.setAsideAbove(slot(2), 'diverged');
    hold = null;
    release();
    const gone = await aside;
    await writing;
    expect(gone.map((ref) => Number(ref.slot))).to.deep.equal([5, 7]);
    await write(snapshots, smallState(8));
    expect(slots(snapshots)).to.deep.equal([8]);
  });

  it('not one that is wanted no more when it would get its name', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    await write(snapshots, smallState(3));
    const made = smallState(5);
    expect(await snapshots.write(made.header, contentsOf(made), always, () => false)).to.equal(null);
    expect(slots(snapshots)).to.deep.equal([3]);
    expect(await files.list(PLACE)).to.deep.equal(['0000000000000003.snapshot']);
  });

  it('nothing of one that is gone when it is to be set aside or has become too old', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    for (const at of [1, 2]) await write(snapshots, smallState(at));
    const [first = expect.fail(), second = expect.fail()] = snapshots.all;
    await Promise.all([snapshots.setAside(second, 'diverged'), snapshots.setAside(second, 'diverged')]);
    await files.unlink(`${PLACE}/${first.name}`);
    for (const at of [3, 4]) await write(snapshots, smallState(at));
    expect(slots(snapshots)).to.deep.equal([3, 4]);
    await files.unlink(`${PLACE}/0000000000000003.snapshot`);
    for (const ref of snapshots.all) await snapshots.setAside(ref, 'damaged');
    expect(snapshots.all).to.deep.equal([]);
    expect(await files.list(PLACE)).to.deep.equal([`${second.name}.diverged`, '0000000000000004.snapshot.damaged']);
  });

  it('one that is open can be read to its end when newer ones have taken its place', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    await write(snapshots, smallState(1));
    const [ref] = snapshots.all;
    const source = await snapshots.open(ref ?? expect.fail());
    const before = await source.read(0, 10_000);
    expect(before.length).to.equal(source.info.bytes);
    for (const at of [2, 3, 4]) await write(snapshots, smallState(at));
    expect(slots(snapshots)).to.deep.equal([3, 4]);
    expect(await source.read(5, 7)).to.deep.equal(before.subarray(5, 12));
    expect(await source.read(source.info.bytes - 3, 100)).to.deep.equal(before.subarray(-3));
    expect(source.info).to.deep.include({ slot: slot(1), header: smallState(1).header });
    await source.close();
  });
});

describe('snapshots: what an unfinished one leaves', () => {
  const large = state(
    9,
    Array.from({ length: 17 }, (_, i) => [String(i).padStart(4, '0'), entry('v'.repeat(CHUNK_BYTES - 100))]),
  );

  async function oneWritten(): Promise<MemoryDisk> {
    const disk = new MemoryDisk();
    await write(await open(new MemoryFiles(disk)), smallState(5));
    return disk;
  }

  /** How many operations writing the large one takes. */
  async function operationsOf(): Promise<[from: number, to: number]> {
    const files = new MemoryFiles(await oneWritten());
    const snapshots = await open(files);
    const from = files.operations;
    await write(snapshots, large);
    return [from + 1, files.operations];
  }

  it('the one before, whichever operation fails, and nothing that a next one could not be written over', async () => {
    const [from, to] = await operationsOf();
    for (let failing = from; failing <= to; failing++) {
      const files = new MemoryFiles(await oneWritten(), ({ number }) => {
        if (number === failing) throw new CodedError('io', 'broken');
      });
      const snapshots = await open(files);
      const outcome = await write(snapshots, large).then(
        () => 'written',
        (error: unknown) => (error instanceof CodedError ? error.code : error),
      );
      expect(outcome, `operation ${failing}`).to.equal('io');
      const names = await files.list(PLACE);
      expect(names, `operation ${failing}`).to.include('0000000000000005.snapshot');
      expect(names.filter((name) => name.endsWith('.new'))).to.deep.equal([]);
      await write(snapshots, smallState(12));
      expect(await read(snapshots)).to.deep.equal(smallState(12));
    }
  });

  it('after a kill nothing that a power loss could take away again once it was seen', async () => {
    const seen = new Set<string>();
    const [from, to] = await operationsOf();
    for (let last = from; last <= to; last++) {
      const disk = await oneWritten();
      const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
        if (number > last) files.crash('kill', () => 0);
      });
      void open(files).then((snapshots) => write(snapshots, large));
      await atRest();
      const next = new MemoryFiles(disk);
      const found = slots(await open(next)).join(' ');
      next.crash('power', () => 0.99);
      expect(slots(await open(new MemoryFiles(disk))).join(' '), `after operation ${last}`).to.equal(found);
      seen.add(found);
    }
    expect([...seen].sort()).to.deep.equal(['5', '5 9']);
  });
});
