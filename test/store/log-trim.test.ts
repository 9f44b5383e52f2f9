// A log that is trimmed: it begins later, its oldest segments go when a group on disk says so, and what is kept is the same as
// before. Crashes at every operation leave a log that opens with everything above its first slot.

import { expect } from 'chai';
import { type Lsn, slot } from '#src/base/ids.js';
import type { AcceptorState } from '#src/paxos/effects.js';
import { accepted, ballot, DIRECTORY, type MadeLog, open, owner, replayed, state } from './support/made-log.js';
import { type CrashKind, MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';

const one = ballot(1);
const sizes = { first: 16 * 1024, largest: 16 * 1024 };

function from(first: number, decidedUpTo: number): AcceptorState {
  return { ...state(decidedUpTo, decidedUpTo, one), firstSlot: slot(first) };
}

/** Slots `first … last`, one group each, three of them a segment. */
async function fill(made: MadeLog, first: number, last: number, firstSlot = 1): Promise<void> {
  for (let n = first; n <= last; n++) {
    made.log.append([accepted(n, n, one, `value ${n}`)], from(firstSlot, n));
    await made.clock.advance(3);
  }
}

function segments(disk: MemoryDisk): number[] {
  const names = [...disk.names.keys()].filter((path) => path.endsWith('.wal'));
  return names.map((path) => Number(path.slice(`${DIRECTORY}/log/`.length, -'.wal'.length))).sort((a, b) => a - b);
}

async function filled(count: number): Promise<{ disk: MemoryDisk; made: MadeLog }> {
  const disk = new MemoryDisk();
  const made = await open(new MemoryFiles(disk), owner(false), sizes);
  await fill(made, 1, count);
  await made.clock.advance(1_000);
  return { disk, made };
}

describe('a log that is trimmed', () => {
  it('gives up the segments that hold nothing above its first slot, and no others', async () => {
    const { disk, made } = await filled(20);
    const before = segments(disk);
    const last = before.at(-1) ?? 0;
    const { bytes } = made.log;
    made.log.append([], from(10, 20));
    await made.clock.advance(100);
    expect(segments(disk)[0]).to.be.within(2, 4);
    expect((await made.log.read(slot(10), slot(20), 100_000)).length).to.equal(11);
    // Its segment is still there; what stands in it may be what was accepted before a snapshot took its place.
    expect(await made.log.read(slot(9), slot(20), 100_000)).to.deep.equal([]);
    made.log.append([], from(21, 20));
    await made.clock.advance(100);
    // The segment in use, the one before it, and the spare.
    expect(segments(disk)).to.deep.equal([last - 2, last - 1, last]);
    expect(made.log.bytes).to.be.at.least(bytes);
    expect(made.told.filter((line) => line.startsWith('failed'))).to.deep.equal([]);
    await made.log.close();
  });

  it('is opened where it begins, and goes on', async () => {
    const { disk, made } = await filled(20);
    made.log.append([], from(16, 20));
    await made.clock.advance(100);
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true), sizes, 17);
    expect(again.recovered).to.include({ firstSlot: 16, decidedUpTo: 20, lastLsn: 20, lost: false });
    expect(again.recovered.faulty).to.deep.equal([]);
    expect(again.findings).to.deep.equal({ dropped: [], damage: [] });
    expect(await replayed(again)).to.deep.equal(['18 value 18', '19 value 19', '20 value 20']);
    await fill(again, 21, 30, 16);
    await again.log.close();
    expect((await open(new MemoryFiles(disk), owner(true), sizes, 20)).recovered.decidedUpTo).to.equal(30);
  });

  it('has every slot from its first one on, wherever that stands', async () => {
    const { disk, made } = await filled(20);
    await made.log.close();
    for (let first = 1; first <= 21; first++) {
      const trimmed = await open(new MemoryFiles(disk), owner(true), sizes, first - 1);
      trimmed.log.append([], from(first, 20));
      await trimmed.log.close();
      const again = await open(new MemoryFiles(disk), owner(true), sizes, first - 1);
      expect(again.recovered).to.deep.include({ firstSlot: first, decidedUpTo: 20, faulty: [] });
      expect(await replayed(again)).to.have.lengthOf(21 - first);
      await again.log.close();
    }
    expect(segments(disk).length).to.be.at.most(4);
  });

  it('keeps its configuration when every segment that had it is gone', async () => {
    const { disk, made } = await filled(3);
    const configuration = { type: 'configuration', seats: [{ name: one.replica, store: null }], nonce: 'n' } as const;
    made.log.note(configuration, 'f00d');
    await fill(made, 4, 20);
    made.log.append([], from(20, 20));
    await made.log.close();
    const { configuration: found, founding } = await open(new MemoryFiles(disk), owner(true), sizes, 20);
    expect({ found, founding }).to.deep.equal({ found: configuration, founding: 'f00d' });
  });

  it('says how much it has since a slot, and where it may begin', async () => {
    const { made } = await filled(20);
    expect(made.log.bytesSince(slot(20))).to.equal(0);
    expect(made.log.bytesSince(slot(19))).to.be.within(4096, 8192);
    expect(made.log.bytesSince(slot(0))).to.equal(made.log.bytes - 4096);
    const keep = (slots: number, bytes: number, upTo = 20) => made.log.firstToKeep(slot(upTo), { slots, bytes });
    expect(keep(5, 1_000_000)).to.equal(16);
    expect(keep(100, 1_000_000)).to.equal(1);
    expect(keep(100, 0)).to.equal(21);
    expect(keep(100, 0, 8)).to.equal(9);
    expect(keep(100, 40_000)).to.be.within(10, 17);
    expect(made.log.decided).to.equal(20);
    await made.log.close();
  });

  it('has a first slot above what it holds once a snapshot was installed, and serves nothing from before', async () => {
    const { disk, made } = await filled(6);
    made.log.append([], { ...from(51, 50), highestSlot: slot(50) });
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true), sizes, 50);
    expect(again.recovered).to.include({ firstSlot: 51, decidedUpTo: 50 });
    expect(await again.log.read(slot(3), slot(6), 10_000)).to.deep.equal([]);
    // The snapshot is gone: what the log accepted below it was perhaps never decided.
    const lower = await open(new MemoryFiles(disk), owner(true), sizes, 4);
    expect(lower.recovered).to.include({ firstSlot: 5, decidedUpTo: 4 });
    expect(lower.recovered.faulty.map(({ from: first, to }) => [first, to])).to.deep.equal([[5, 50]]);
    expect(await replayed(lower)).to.deep.equal([]);
  });

  it('begins behind a snapshot that is newer than it', async () => {
    const { disk, made } = await filled(6);
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true), sizes, 9);
    expect(again.recovered).to.include({ firstSlot: 10, decidedUpTo: 9, highestSlot: 9, lastLsn: 6 });
    expect(await replayed(again)).to.deep.equal([]);
  });

  for (const kind of ['kill', 'power'] satisfies CrashKind[]) {
    it(`opens with everything above its first slot after a ${kind} at any operation`, async function () {
      this.timeout(60_000);
      const { disk, made } = await filled(20);
      await made.log.close();
      for (let at = 1; ; at++) {
        const broken = disk.copy();
        const { hasCrashed, durable } = await trimAndCrash(broken, at, kind);
        const again = await open(new MemoryFiles(broken), owner(true), sizes, 16);
        expect(again.recovered.lastLsn, `operation ${at}`).to.be.at.least(durable);
        expect(again.recovered).to.deep.include({ faulty: [], lost: false });
        expect(again.recovered.firstSlot).to.be.at.most(17);
        const lines = await replayed(again);
        expect(lines[0]).to.equal('17 value 17');
        expect(lines).to.have.lengthOf(again.recovered.decidedUpTo - 16);
        expect(again.findings.damage).to.deep.equal([]);
        if (!hasCrashed) break;
      }
    });
  }
});

async function trimAndCrash(
  disk: MemoryDisk,
  at: number,
  kind: CrashKind,
): Promise<{ hasCrashed: boolean; durable: Lsn }> {
  let hasCrashed = false;
  const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
    if (number !== at) return;
    hasCrashed = true;
    files.crash(kind, seeded(at));
  });
  let opened: MadeLog | null = null;
  const opening = open(files, owner(true), sizes, 16).then((made) => {
    opened = made;
    return made;
  });
  for (let n = 0; n < 50 && opened === null && !hasCrashed; n++) await atRest();
  if (opened === null) return { hasCrashed, durable: 20 as Lsn };
  const made = await opening;
  made.log.append([], from(15, 20));
  await made.clock.advance(50);
  await fill(made, 21, 24, 17);
  return { hasCrashed, durable: made.log.durable };
}
