// A snapshot that arrives in parts: it goes on where it was left, wherever that was; what is no part of it is refused, and what
// does not come to a sound whole never gets its name.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { slot } from '#src/base/ids.js';
import { CHUNK_BYTES, type SnapshotHeader } from '#src/store/snapshot-format.js';
import type { Snapshots } from '#src/store/snapshots.js';
import { always, Collector, contentsOf, entry, open, PLACE, smallState, state } from './support/made-snapshot.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { atRest } from './support/sim-clock.js';

const PART = 100_000;
const made = state(
  9,
  Array.from({ length: 4 }, (_, i) => [`key ${i}`, entry(`${i}`.repeat(CHUNK_BYTES - 100))]),
);

interface Sent {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

async function sent(): Promise<Sent> {
  const snapshots = await open(new MemoryFiles(new MemoryDisk()));
  await snapshots.write(made.header, contentsOf(made), always);
  const source = await snapshots.open(snapshots.all[0] ?? expect.fail());
  return { bytes: await source.read(0, source.info.bytes), digest: source.info.digest };
}

/** Takes what is missing, part by part, at most `parts` of them; resolves to where it began. */
async function take(
  snapshots: Snapshots,
  { bytes, digest }: Sent,
  parts = Number.POSITIVE_INFINITY,
  check: (header: SnapshotHeader) => void = welcome,
): Promise<number> {
  const incoming = await snapshots.receive(slot(9), bytes.length, digest);
  const from = incoming.have;
  for (let i = 0; i < parts && incoming.have < bytes.length; i++) {
    await incoming.append(incoming.have, bytes.subarray(incoming.have, incoming.have + PART));
  }
  if (incoming.have === bytes.length) await incoming.finish(check, null);
  else await incoming.close();
  return from;
}

function welcome(): void {
  // Any state is one for this replica.
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof CodedError ? error.code : error),
  );
}

async function expectWhole(files: MemoryFiles): Promise<void> {
  const snapshots = await open(files);
  const collector = new Collector();
  await snapshots.load(snapshots.all.at(-1) ?? expect.fail('there is none'), collector);
  expect(collector.state).to.deep.equal(made);
  expect((await files.list(PLACE)).filter((name) => name.includes('incoming'))).to.deep.equal([]);
}

describe('a snapshot that arrives', () => {
  it('goes on at its last sound chunk, after any number of parts', async () => {
    const whole = await sent();
    const parts = Math.ceil(whole.bytes.length / PART);
    for (let before = 0; before < parts; before++) {
      const disk = new MemoryDisk();
      await take(await open(new MemoryFiles(disk)), whole, before);
      const files = new MemoryFiles(disk);
      const from = await take(await open(files), whole);
      expect(from)
        .to.be.at.most(before * PART)
        .and.greaterThan(before * PART - CHUNK_BYTES - 8);
      await expectWhole(files);
    }
  });

  it('goes on after a power cut in any operation', async () => {
    const whole = await sent();
    const probe = new MemoryFiles(new MemoryDisk());
    await take(await open(probe), whole);
    for (let at = 1; at <= probe.operations; at++) {
      const disk = new MemoryDisk();
      const dying = new MemoryFiles(disk, ({ number }) => {
        if (number === at) dying.crash('power', () => 0.4 + 0.2 * (at % 2));
      });
      // What a crash interrupts never settles.
      void open(dying).then((snapshots) => take(snapshots, whole));
      while (!dying.isCrashed) await atRest();
      const files = new MemoryFiles(disk);
      const snapshots = await open(files);
      if (snapshots.all.length === 0) await take(snapshots, whole);
      await expectWhole(files);
    }
  });

  it('begins anew when another is announced', async () => {
    const whole = await sent();
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    await take(snapshots, whole, 3);
    const other = await snapshots.receive(slot(9), whole.bytes.length, 'f'.repeat(64));
    expect(other.have).to.equal(0);
    expect((await files.list(PLACE)).length).to.equal(1);
    await other.discard();
    expect(await files.list(PLACE)).to.deep.equal([]);
  });

  it('takes the next part only', async () => {
    const whole = await sent();
    const snapshots = await open(new MemoryFiles(new MemoryDisk()));
    const incoming = await snapshots.receive(slot(9), whole.bytes.length, whole.digest);
    await incoming.append(0, whole.bytes.subarray(0, PART));
    for (const offset of [0, PART - 1, PART + 1]) {
      expect(await codeOf(incoming.append(offset, whole.bytes.subarray(0, 10)))).to.equal('snapshot-mismatch');
    }
    expect(await codeOf(incoming.append(PART, whole.bytes.subarray(PART - 1)))).to.equal('snapshot-mismatch');
    expect(await codeOf(incoming.finish(welcome, null))).to.equal('snapshot-mismatch');
    expect(incoming.have).to.equal(PART);
  });

  it('never gets its name when a part was wrong or it is not what was announced, and is fetched anew', async () => {
    const whole = await sent();
    const flipped = whole.bytes.slice();
    flipped[PART + 5] = (flipped[PART + 5] ?? 0) ^ 1;
    const wrong: [string, Sent][] = [
      ['a flipped bit', { ...whole, bytes: flipped }],
      ['another digest', { ...whole, digest: '0'.repeat(64) }],
      ['a shorter file', { ...whole, bytes: whole.bytes.subarray(0, -1) }],
    ];
    for (const [name, each] of wrong) {
      const files = new MemoryFiles(new MemoryDisk());
      const snapshots = await open(files);
      expect(await codeOf(take(snapshots, each)), name).to.equal('snapshot-damaged');
      expect(await files.list(PLACE), name).to.deep.equal([]);
      await take(snapshots, whole);
      await expectWhole(files);
    }
  });

  it('never gets its name when its header says that it is for others, and is not kept', async () => {
    const whole = await sent();
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    const refused = take(snapshots, whole, undefined, ({ cluster }) => {
      throw new CodedError('foreign-snapshot', `it belongs to '${cluster}'`);
    });
    expect(await codeOf(refused)).to.equal('foreign-snapshot');
    expect(await files.list(PLACE)).to.deep.equal([]);
    expect(snapshots.all).to.deep.equal([]);
  });

  it('is not left open where it cannot be made durable', async () => {
    const whole = await sent();
    const files = new MemoryFiles(new MemoryDisk(), ({ type, path }) => {
      if (type === 'sync' && path.endsWith('.incoming')) throw new CodedError('io', 'EIO');
    });
    let opened = 0;
    const reallyOpen = files.open.bind(files);
    files.open = async (path, mode) => {
      const file = await reallyOpen(path, mode);
      const reallyClose = file.close.bind(file);
      file.close = () => {
        opened--;
        return reallyClose();
      };
      opened++;
      return file;
    };
    expect(await codeOf(take(await open(files), whole))).to.equal('io');
    expect(opened).to.equal(0);
  });

  it('is fetched anew where the disk does not give back what had arrived', async () => {
    const whole = await sent();
    let isBad = false;
    const files = new MemoryFiles(new MemoryDisk(), ({ type, path, position, length }) => {
      const isThere = path.endsWith('.incoming') && position <= PART && PART < position + length;
      if (isBad && isThere && type === 'read') throw new CodedError('io', 'EIO');
      // What is written anew the disk puts elsewhere.
      if (isThere && type === 'write') isBad = false;
    });
    await take(await open(files), whole, 3);
    isBad = true;
    expect(await take(await open(files), whole)).to.equal(0);
    await expectWhole(files);
  });

  for (const digest of ['', 'F'.repeat(64), '../../../../etc'.padEnd(64, '0')]) {
    it(`is refused with the digest '${digest}'`, async () => {
      const snapshots = await open(new MemoryFiles(new MemoryDisk()));
      expect(await codeOf(snapshots.receive(slot(9), 100, digest))).to.equal('snapshot-mismatch');
    });
  }
});

describe('a snapshot on a full disk', () => {
  it('is not begun, neither an own one nor one that arrives', async () => {
    const disk = new MemoryDisk();
    const files = new MemoryFiles(disk);
    const snapshots = await open(files);
    await snapshots.write(smallState(5).header, contentsOf(smallState(5)), always);
    disk.capacity = disk.used() + 16 * 1024 * 1024;
    expect(await codeOf(snapshots.write(made.header, contentsOf(made), always))).to.equal('no-space');
    expect(await codeOf(snapshots.receive(slot(9), 1_000, 'a'.repeat(64)))).to.equal('no-space');
    expect((await open(files)).all.map((ref) => ref.slot)).to.deep.equal([5]);
  });

  it('is given up when the pace says so, and leaves nothing', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const snapshots = await open(files);
    for (const chunks of [1, 2, 3, 4]) {
      let left = chunks;
      const written = await snapshots.write(made.header, contentsOf(made), () => Promise.resolve(--left > 0));
      expect(written).to.equal(null);
      expect(await files.list(PLACE)).to.deep.equal([]);
    }
  });
});
