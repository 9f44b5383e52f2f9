// A small log cut at every byte and flipped at every byte: a write that did not finish is dropped and nothing else; damage is
// refused by file and offset; whatever is opened holds exactly what was acknowledged.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { inspectGroup, roundUp, segmentSeed } from '#src/store/log-format.js';
import { LogModel } from './support/log-model.js';
import {
  accepted,
  ballot,
  DIRECTORY,
  decided,
  type MadeLog,
  open,
  owner,
  promised,
  SMALL,
  STORE,
  state,
} from './support/made-log.js';
import { seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';
import { type CrashKind, SimDisk, SimFiles } from './support/sim-files.js';

const one = ballot(1);
const two = ballot(2, 'node-b');

/** The groups of the log below, of which the last stands in the second segment: their places in one string of bytes. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly lastLsn: number;
}

interface Small {
  readonly disk: SimDisk;
  /** Segment after segment, spare included. */
  readonly bytes: Uint8Array;
  readonly groups: readonly Group[];
}

const steps = [
  { records: [promised(1, one)], state: state(0, 0, one), mark: false },
  { records: [accepted(2, 1, one, 'apple'), accepted(3, 2, one, 'beech')], state: state(0, 2, one), mark: true },
  { records: [accepted(4, 2, two, 'cedar'), decided(5, 3, 'damson')], state: state(2, 3, two), mark: false },
  { records: [accepted(6, 4, two, 'elm'.repeat(20))], state: state(3, 4, two), mark: false },
];

/** A log of `steps`, with a mark where they say so and, if asked for, a clean end. */
async function small(isClosed: boolean): Promise<Small> {
  const disk = new SimDisk();
  const { log, clock } = await open(new SimFiles(disk), owner(false));
  for (const step of steps) {
    log.append(step.records, step.state);
    await atRest();
    if (step.mark) await clock.advance(10);
  }
  const cut = disk.copy();
  await clock.advance(200);
  await log.close();
  const made = isClosed ? disk : cut;
  return { disk: made, bytes: wholeOf(made), groups: groupsOf(made) };
}

function paths(disk: SimDisk): string[] {
  return [...disk.names.keys()].filter((path) => path.endsWith('.wal')).sort();
}

function wholeOf(disk: SimDisk): Uint8Array {
  return Buffer.concat(paths(disk).map((path) => disk.inode(path).cached));
}

function groupsOf(disk: SimDisk): Group[] {
  const groups: Group[] = [];
  let base = 0;
  for (const [place, path] of paths(disk).entries()) {
    const bytes = disk.inode(path).cached;
    for (let at = 0; at < bytes.length; ) {
      const found = inspectGroup(bytes, at, segmentSeed(STORE, place + 1), at, bytes.length - at);
      if (found.type !== 'group') break;
      const { length, lastLsn } = found.header;
      groups.push({ start: base + at, end: base + at + length, lastLsn });
      at += roundUp(length);
    }
    base += bytes.length;
  }
  return groups;
}

/** A disk like `original`, with the log's bytes changed. */
function changed(original: SimDisk, change: (bytes: Uint8Array) => void): SimDisk {
  const disk = original.copy();
  const whole = wholeOf(disk);
  change(whole);
  let base = 0;
  for (const path of paths(disk)) {
    const { length } = disk.inode(path).cached;
    const start = base;
    disk.edit(path, () => whole.slice(start, start + length));
    base += length;
  }
  return disk;
}

function model(acknowledged: number): LogModel {
  const made = new LogModel();
  for (const step of steps) made.append(step.records, step.state);
  made.acknowledged = acknowledged;
  return made;
}

async function tryOpen(disk: SimDisk): Promise<MadeLog | CodedError> {
  try {
    return await open(new SimFiles(disk), owner(true));
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

async function refusal(disk: SimDisk): Promise<CodedError> {
  const opened = await tryOpen(disk);
  if (opened instanceof CodedError) return opened;
  throw new Error(`opened with LSN ${opened.recovered.lastLsn}`);
}

async function sound(disk: SimDisk): Promise<MadeLog> {
  const opened = await tryOpen(disk);
  if (opened instanceof CodedError) throw opened;
  return opened;
}

describe('a log that is cut', () => {
  it('at any byte drops the group that was not finished, and nothing before it', async function () {
    this.timeout(60_000);
    const { disk, bytes, groups } = await small(false);
    expect(groups.map((group) => group.lastLsn)).to.deep.equal([0, 1, 3, 3, 5, 6]);
    for (const [place, group] of groups.entries()) {
      if (place === 0) continue;
      const before = groups[place - 1]?.lastLsn ?? 0;
      for (let at = group.start; at <= group.end; at++) {
        const cut = changed(disk, (whole) => whole.fill(0, at));
        // What is missing may have been zeros.
        const isWhole = bytes.subarray(at, group.end).every((byte) => byte === 0);
        const opened = await sound(cut);
        expect(opened.recovered.lastLsn, `cut at ${at}`).to.equal(isWhole ? group.lastLsn : before);
        await model(before).check(opened);
      }
    }
  });

  it('opens with the same result again, and goes on from there', async () => {
    const { disk, groups } = await small(false);
    for (const { start, end } of groups.slice(1)) {
      const cut = changed(disk, (whole) => whole.fill(0, Math.floor((start + end) / 2)));
      const first = await sound(cut);
      expect(first.notes).to.have.lengthOf(1);
      expect(first.notes[0]).to.match(/^dropped 4096 bytes of an unfinished write in .*\.wal at byte \d+/);
      const again = await sound(cut);
      expect(again.notes).to.deep.equal([]);
      expect(again.recovered).to.deep.equal(first.recovered);
      const next = first.recovered.lastLsn + 1;
      again.log.append([accepted(next, 9, ballot(9), 'next')], state(0, 9, ballot(9)));
      await again.clock.advance(100);
      await again.log.close();
      expect((await sound(cut)).recovered).to.include({ lastLsn: next, highestSlot: 9 });
    }
  });

  it('does not mistake a file cut short for a torn write', async () => {
    const { disk, groups } = await small(true);
    for (let size = 0; size < SMALL.first; size += 509) {
      const short = disk.copy();
      short.edit(`${DIRECTORY}/log/00000001.wal`, (bytes) => bytes.slice(0, size));
      expect((await refusal(short)).code, `cut to ${size}`).to.equal('log-damaged');
    }
    const last = (groups.at(-1)?.end ?? 0) - SMALL.first;
    for (const size of [0, 100, 4096, last, SMALL.first]) {
      const short = disk.copy();
      short.edit(`${DIRECTORY}/log/00000002.wal`, (bytes) => bytes.slice(0, size));
      expect((await refusal(short)).code, `cut to ${size}`).to.equal('log-damaged');
    }
  });
});

describe('a log with a flipped bit', () => {
  it('at any byte of what is marked is refused by place, or nothing is changed', async function () {
    this.timeout(60_000);
    const { disk, bytes, groups } = await small(true);
    const all = groups.at(-1)?.lastLsn ?? 0;
    expect(groups.map((group) => group.lastLsn)).to.deep.equal([0, 1, 3, 3, 5, 6, 6]);
    const chance = seeded(7);
    const opened: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const group = groups.find(({ start, end }) => at >= start && at < end);
      // Between groups every byte is like any other.
      if (group === undefined && at % 61 !== 0) continue;
      const found = await tryOpen(
        changed(disk, (whole) => {
          whole[at] = (whole[at] ?? 0) ^ (1 << Math.floor(chance() * 8));
        }),
      );
      if (found instanceof CodedError) {
        expect(found.code, `flip at ${at}`).to.equal('log-damaged');
        continue;
      }
      opened.push(at);
      await model(all).check(found);
    }
    const isHarmless = (at: number) => !groups.slice(0, -1).some(({ start, end }) => at >= start && at < end);
    expect(opened.filter((at) => !isHarmless(at))).to.deep.equal([]);
    expect(opened).to.not.have.lengthOf(0);
  });

  it('says which file, where, why and what to do', async () => {
    const { disk, groups } = await small(true);
    const { start } = groups[2] ?? { start: 0 };
    const error = await refusal(
      changed(disk, (whole) => {
        whole[start + 80] = 0xff;
      }),
    );
    expect(error.data).to.include({ file: '/data/log/00000001.wal', offset: start });
    expect(error.message).to.match(
      /^\/data\/log\/00000001\.wal is damaged at byte 8192: the checksum .* a sound group/,
    );
    expect(error.message).to.contain('move this data directory away');
    expect(error.message).to.not.contain('\n');
  });

  it('in the last group drops it only as far as one write can reach', async () => {
    const { disk, groups } = await small(true);
    const [last, mark] = [groups.at(-2), groups.at(-1)];
    const spoil = (...places: number[]) =>
      tryOpen(
        changed(disk, (whole) => {
          for (const place of places) whole[place] = (whole[place] ?? 0) ^ 0x40;
        }),
      );
    // The mark alone holds nothing; with the group before it, two writes are spoilt, and one of them was acknowledged.
    expect(await spoil((mark?.start ?? 0) + 40)).to.have.nested.property('recovered.lastLsn', 6);
    const both = await spoil((last?.start ?? 0) + 90, (mark?.start ?? 0) + 40);
    expect(both).to.be.instanceOf(CodedError).with.property('code', 'log-damaged');
    const header = await spoil((last?.start ?? 0) + 1, (mark?.start ?? 0) + 1);
    expect(header).to.be.instanceOf(CodedError).with.property('code', 'log-damaged');
  });
});

describe('a log with other damage is refused', () => {
  const block = 4096;
  const damages: readonly [what: string, damage: (disk: SimDisk) => void, place: RegExp][] = [
    [
      'a group lost',
      (disk) => edit(disk, 1, (bytes) => bytes.fill(0, block, 2 * block)),
      /byte 4096: there is no group/,
    ],
    [
      'a group in the place of another',
      (disk) => edit(disk, 1, (bytes) => bytes.copyWithin(2 * block, block, 2 * block)),
      /byte 8192: the checksum/,
    ],
    ['the first group lost', (disk) => edit(disk, 1, (bytes) => bytes.fill(0, 0, block)), /byte 0: there is no group/],
    [
      'a segment in the place of another',
      (disk) => edit(disk, 2, (bytes) => bytes.set(disk.inode(path(1)).cached)),
      /00000002.wal is damaged at byte 0: the checksum/,
    ],
    [
      'a segment missing',
      (disk) => disk.names.delete(path(1)),
      /00000001.wal is damaged at byte 0: the file is missing/,
    ],
    [
      'the last groups of a full segment lost',
      (disk) => edit(disk, 1, (bytes) => bytes.fill(0, 3 * block)),
      /byte 12288: there is no group.*a sound group follows at byte 0 of 00000002/,
    ],
  ];
  for (const [what, damage, place] of damages) {
    it(what, async () => {
      const disk = new SimDisk();
      const made = await open(new SimFiles(disk), owner(false));
      for (let n = 1; n <= 6; n++) {
        made.log.append([accepted(n, n, one, 'x'.repeat(1000))], state(0, n, one));
        await atRest();
      }
      await made.clock.advance(100);
      await made.log.close();
      damage(disk);
      expect((await refusal(disk)).message).to.match(place);
    });
  }

  it('a segment of another life of the same store, which follows a full one without a gap', async () => {
    const lives = [1, 2].map(async (recordsEach) => {
      const disk = new SimDisk();
      const made = await open(new SimFiles(disk), owner(false));
      for (let n = 1; n <= 5; n++) {
        const first = (n - 1) * recordsEach + 1;
        const records = Array.from({ length: recordsEach }, (_, place) => promised(first + place, one));
        made.log.append(records, state(0, 0, one));
        await made.clock.advance(1);
      }
      return disk;
    });
    const [disk, other] = await Promise.all(lives);
    if (disk === undefined || other === undefined) throw new Error('there are two');
    expect((await sound(disk.copy())).recovered.lastLsn).to.equal(5);
    disk.edit(path(2), () => other.inode(path(2)).cached);
    expect((await refusal(disk)).message).to.match(/00000002.wal is damaged at byte 0: the records 4 to 6 should come/);
  });

  it('another store’s log under a new identity', async () => {
    const { disk } = await small(true);
    const failure = await open(new SimFiles(disk), owner(false, 'f'.repeat(32) as typeof STORE)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(CodedError).with.property('code', 'log-foreign');
  });

  function path(segment: number): string {
    return `${DIRECTORY}/log/0000000${segment}.wal`;
  }

  function edit(disk: SimDisk, segment: number, change: (bytes: Uint8Array) => void): void {
    disk.edit(path(segment), (bytes) => {
      const copy = bytes.slice();
      change(copy);
      return copy;
    });
  }
});

describe('recovery that is interrupted', () => {
  for (const kind of ['kill', 'power'] satisfies CrashKind[]) {
    it(`at any operation and by ${kind} ends with the same result`, async () => {
      const { disk, groups } = await small(false);
      for (const group of groups.slice(1)) {
        const cut = changed(disk, (whole) => whole.fill(0, group.end - 30));
        const expected = (await sound(cut.copy())).recovered;
        for (let at = 1; ; at++) {
          const broken = cut.copy();
          let hasCrashed = false;
          const files: SimFiles = new SimFiles(broken, ({ number }) => {
            if (number !== at) return;
            hasCrashed = true;
            files.crash(kind, seeded(at));
          });
          await Promise.race([open(files, owner(true)), atRest()]);
          if (!hasCrashed) break;
          expect((await sound(broken)).recovered, `operation ${at}`).to.deep.equal(expected);
        }
      }
    });
  }
});
