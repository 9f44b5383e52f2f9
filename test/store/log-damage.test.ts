// A small log cut at every byte and flipped at every byte: a write that did not finish is dropped and nothing else. Whatever else
// is missing is told by file and offset, and the log knows of every slot and promise that it does not know them any more.

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
  STORE,
  state,
} from './support/made-log.js';
import { type CrashKind, MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';

const isLong = process.env.SYNOD_LONG !== undefined;
const one = ballot(1);
const two = ballot(2, 'node-b');

/** The groups of the log below, of which the last stands in the second segment: their places in one string of bytes. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly lastLsn: number;
}

interface Small {
  readonly disk: MemoryDisk;
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
  const disk = new MemoryDisk();
  const { log, clock } = await open(new MemoryFiles(disk), owner(false));
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

function paths(disk: MemoryDisk): string[] {
  return [...disk.names.keys()].filter((path) => path.endsWith('.wal')).sort();
}

function wholeOf(disk: MemoryDisk): Uint8Array {
  return Buffer.concat(paths(disk).map((path) => disk.inode(path).cached));
}

function groupsOf(disk: MemoryDisk): Group[] {
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
function changed(original: MemoryDisk, change: (bytes: Uint8Array) => void): MemoryDisk {
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

async function tryOpen(disk: MemoryDisk, files = new MemoryFiles(disk)): Promise<MadeLog | CodedError> {
  try {
    return await open(files, owner(true));
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

async function refusal(disk: MemoryDisk): Promise<CodedError> {
  const opened = await tryOpen(disk);
  if (opened instanceof CodedError) return opened;
  throw new Error(`opened with LSN ${opened.recovered.lastLsn}`);
}

async function sound(disk: MemoryDisk): Promise<MadeLog> {
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
      const { dropped, damage } = first.findings;
      expect([dropped.length, damage.length]).to.deep.equal([1, 0]);
      expect(dropped[0]).to.match(/^dropped 4096 bytes of an unfinished write in .*\.wal at byte \d+/);
      const again = await sound(cut);
      expect(again.findings.dropped).to.deep.equal([]);
      expect(again.recovered).to.deep.equal(first.recovered);
      const next = first.recovered.lastLsn + 1;
      again.log.append([accepted(next, 9, ballot(9), 'next')], state(0, 9, ballot(9)));
      await again.clock.advance(100);
      await again.log.close();
      expect((await sound(cut)).recovered).to.include({ lastLsn: next, highestSlot: 9 });
    }
  });

  it('with its file is whole, faulty, lost or refused, and says which', async function () {
    this.timeout(600_000);
    const { disk } = await small(true);
    const seen = new Set<string>();
    for (const path of paths(disk)) {
      const { length } = disk.inode(path).cached;
      for (let size = 0; size < length; size += isLong ? 1 : size % 4096 < 250 ? 23 : 1_021) {
        const short = disk.copy();
        short.edit(path, (bytes) => bytes.slice(0, size));
        seen.add(await outcome(short, `${path} cut to ${size}`, size % 4 === 0));
      }
      const without = disk.copy();
      without.names.delete(path);
      without.durableNames.delete(path);
      seen.add(await outcome(without, `without ${path}`));
    }
    expect([...seen].sort()).to.deep.equal(['faulty', 'lost', 'whole']);
  });

  it('behind its last group is made whole again', async () => {
    const { disk } = await small(false);
    const [, second = ''] = paths(disk);
    disk.edit(second, (bytes) => bytes.slice(0, 13_000));
    const opened = await sound(disk);
    expect(opened.findings.damage[0]).to.match(/^made .*00000002\.wal whole again: it had lost 19768 bytes/);
    expect((await sound(disk)).findings.damage).to.deep.equal([]);
    expect(opened.recovered).to.include({ lastLsn: 6, lost: false });
  });
});

/** Opens a damaged log, checks it against what it held, again, goes on (if `goesOn`), opens it once more: it is the same. */
async function outcome(disk: MemoryDisk, what: string, goesOn = true): Promise<string> {
  const files = new MemoryFiles(disk);
  const first = await tryOpen(disk, files);
  if (first instanceof CodedError) {
    expect(first.code, what).to.equal('log-damaged');
    expect(first.message).to.match(/^\/data\/log\/\d+\.wal is damaged at byte \d+: /);
    return 'refused';
  }
  const held = model(6);
  try {
    const found = await held.checkDamaged(first);
    expect(
      first.findings.dropped.length + first.findings.damage.length > 0 || found === 'whole',
      'it is told',
    ).to.equal(true);
    files.crash('kill', () => 0);
    if (!goesOn) return found;
    const again = await sound(disk);
    expect(again.recovered.faulty).to.deep.equal(first.recovered.faulty);
    expect(again.recovered.held).to.deep.equal(first.recovered.held);
    expect(await held.checkDamaged(again)).to.equal(found);
    const { lastLsn, promised: before } = again.recovered;
    const next = ballot(before.round + 1);
    again.log.append([promised(lastLsn + 1, next)], { ...again.recovered, promised: next });
    await again.log.close();
    const last = await sound(disk);
    expect(last.recovered.faulty).to.deep.equal(first.recovered.faulty);
    expect(last.recovered.lost).to.equal(first.recovered.lost);
    expect(last.recovered.promised).to.deep.equal(next);
    return found;
  } catch (error) {
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

describe('a log with a flipped bit', () => {
  for (const isClosed of [true, false]) {
    it(`at any byte ${isClosed ? 'after a clean stop' : 'of what is marked'} says what it does not know`, async function () {
      this.timeout(600_000);
      const { disk, bytes, groups } = await small(isClosed);
      const chance = seeded(7);
      const seen = new Map<string, number>();
      // Rot of a group that nothing followed cannot be told from a write that did not finish.
      const end = isClosed ? bytes.length : (groups.at(-1)?.start ?? 0);
      for (let at = 0; at < end; at++) {
        const isWithin = groups.some(({ start, end: last }) => at >= start && at < last);
        // Between groups every byte is like any other.
        if (!isWithin && !isLong && at % 509 !== 0) continue;
        const bit = 1 << Math.floor(chance() * 8);
        const flipped = changed(disk, (whole) => {
          whole[at] = (whole[at] ?? 0) ^ bit;
        });
        const found = await outcome(flipped, `bit ${bit} flipped at ${at}`, at % 8 === 0);
        seen.set(found, (seen.get(found) ?? 0) + 1);
      }
      expect([...seen.keys()].sort()).to.deep.equal(['faulty', 'whole']);
    });
  }

  it('says which file, where, why and what it costs', async () => {
    const { disk, groups } = await small(true);
    const { start } = groups[2] ?? { start: 0 };
    const opened = await sound(changed(disk, (whole) => whole.fill(0xff, start + 80, start + 81)));
    expect(opened.findings.damage).to.deep.equal([
      '/data/log/00000001.wal is damaged at byte 8192: the checksum of the group is wrong; records are missing up to 3; ' +
        'what was accepted in the slots 1 to 2 may be among them, at most at ballot 1.node-a',
    ]);
  });

  it('in the last two groups loses the end, until it is repaired', async () => {
    const { disk, groups } = await small(true);
    const [last, mark] = [groups.at(-2), groups.at(-1)];
    const spoil = (...places: number[]) =>
      changed(disk, (whole) => {
        for (const place of places) whole[place] = (whole[place] ?? 0) ^ 0x40;
      });
    // The mark alone holds nothing; with the group before it, two writes are spoilt, and one of them was acknowledged.
    expect(await outcome(spoil((mark?.start ?? 0) + 40), 'the mark')).to.equal('whole');
    expect(await outcome(spoil((last?.start ?? 0) + 90, (mark?.start ?? 0) + 40), 'both')).to.equal('lost');
    expect(await outcome(spoil((last?.start ?? 0) + 1, (mark?.start ?? 0) + 1), 'their heads')).to.equal('lost');
  });
});

describe('a log with other damage', () => {
  const block = 4096;
  const damages: readonly [what: string, damage: (disk: MemoryDisk) => void, expected: string][] = [
    ['a group lost', (disk) => edit(disk, 1, (bytes) => bytes.fill(0, block, 2 * block)), 'faulty 1-1@1'],
    [
      'a group in the place of another',
      (disk) => edit(disk, 1, (bytes) => bytes.copyWithin(2 * block, block, 2 * block)),
      'faulty 2-2@1',
    ],
    ['the first group lost', (disk) => edit(disk, 1, (bytes) => bytes.fill(0, 0, block)), 'whole'],
    [
      'a segment in the place of another',
      (disk) => edit(disk, 2, (bytes) => bytes.set(disk.inode(path(1)).cached)),
      'lost',
    ],
    ['a segment missing', (disk) => disk.names.delete(path(1)), 'faulty 1-3@1'],
    [
      'the last groups of a full segment lost',
      (disk) => edit(disk, 1, (bytes) => bytes.fill(0, 3 * block)),
      'faulty 3-3@1',
    ],
  ];
  for (const [what, damage, expected] of damages) {
    it(`${what} is ${expected}`, async () => {
      const disk = new MemoryDisk();
      const made = await open(new MemoryFiles(disk), owner(false));
      const held = new LogModel();
      for (let n = 1; n <= 6; n++) {
        const step = { records: [accepted(n, n, one, 'x'.repeat(1000))], state: state(0, n, one) };
        held.append(step.records, step.state);
        made.log.append(step.records, step.state);
        await atRest();
      }
      await made.clock.advance(100);
      await made.log.close();
      damage(disk);
      const opened = await sound(disk);
      const runs = opened.recovered.faulty.map(({ from, to, ballot: b }) => `${from}-${to}@${b.round}`);
      expect([await held.checkDamaged(opened), ...runs].join(' ')).to.equal(expected);
      expect(opened.findings.damage).to.not.have.lengthOf(0);
    });
  }

  it('not one group of which can be read is refused', async () => {
    const { disk } = await small(true);
    for (const each of paths(disk)) disk.edit(each, (bytes) => bytes.fill(7));
    expect((await refusal(disk)).message).to.match(/00000001\.wal is damaged at byte 0: .* nothing else in the log/);
  });

  it('of which two lives were mixed is refused', async () => {
    const lives = [2, 1].map(async (recordsEach) => {
      const disk = new MemoryDisk();
      const made = await open(new MemoryFiles(disk), owner(false));
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
    expect((await sound(disk.copy())).recovered.lastLsn).to.equal(10);
    disk.edit(path(2), () => other.inode(path(2)).cached);
    expect((await refusal(disk)).message).to.match(
      /00000002.wal is damaged at byte 0: the records from 4 on are there twice/,
    );
  });

  it('another store’s log under a new identity', async () => {
    const { disk } = await small(true);
    const failure = await open(new MemoryFiles(disk), owner(false, 'f'.repeat(32) as typeof STORE)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(CodedError).with.property('code', 'log-foreign');
  });

  function path(segment: number): string {
    return `${DIRECTORY}/log/0000000${segment}.wal`;
  }

  function edit(disk: MemoryDisk, segment: number, change: (bytes: Uint8Array) => void): void {
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
          const files: MemoryFiles = new MemoryFiles(broken, ({ number }) => {
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
