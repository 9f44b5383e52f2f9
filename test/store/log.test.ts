// The log in fair weather: what is appended is grouped, told when durable, found again, replayed in slot order and read for
// peers. Every test runs over simulated files.

import { expect } from 'chai';
import { lsn, slot } from '#src/base/ids.js';
import { DECIDED, NO_BALLOT } from '#src/paxos/ballot.js';
import type { LogRecord } from '#src/paxos/effects.js';
import { NOOP } from '#src/paxos/value.js';
import {
  accepted,
  ballot,
  batch,
  DIRECTORY,
  decided,
  type MadeLog,
  open,
  owner,
  promised,
  replayed,
  SMALL,
  state,
} from './support/made-log.js';
import { MemoryDisk, MemoryFiles, type Operation } from './support/memory-files.js';
import { atRest } from './support/sim-clock.js';

const one = ballot(1);

function fresh(): Promise<MadeLog> {
  return open(new MemoryFiles(new MemoryDisk()), owner(false));
}

/** A log with `count` slots accepted and decided, closed, opened again. */
async function reopened(disk: MemoryDisk, count: number, sizes = SMALL): Promise<MadeLog> {
  const { log } = await open(new MemoryFiles(disk), owner(false), sizes);
  for (let n = 1; n <= count; n++) log.append([accepted(n, n, one, `value ${n}`)], state(n - 1, n, one));
  log.append([], state(count, count, one));
  await log.close();
  return open(new MemoryFiles(disk), owner(true), sizes);
}

describe('a new log', () => {
  it('is empty, settles the identity, and says nothing', async () => {
    const identity = owner(false);
    const made = await open(new MemoryFiles(new MemoryDisk()), identity);
    expect(made.recovered).to.deep.equal({ ...state(0, 0), lastLsn: 0, held: [], faulty: [], lost: false });
    expect(identity.settled).to.equal(true);
    expect(made.findings).to.deep.equal({ dropped: [], damage: [] });
    await atRest();
    expect(made.told).to.deep.equal([]);
    expect(await replayed(made)).to.deep.equal([]);
  });

  it('is made again after a crash at any point of its making', async () => {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      const identity = owner(false);
      let crashed = false;
      const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
        if (number !== at) return;
        crashed = true;
        files.crash('power', () => 0.4);
      });
      const opening = open(files, identity);
      await Promise.race([opening, atRest()]);
      if (!crashed) break;
      const made = await open(new MemoryFiles(disk), owner(identity.settled));
      made.log.append([promised(1, one)], state(0, 0, one));
      await atRest();
      expect(made.told, `crash at operation ${at}`).to.deep.equal(['persisted 1']);
    }
  });

  it('must be the first of its store: a settled identity without a log is refused', async () => {
    let refused: unknown;
    await open(new MemoryFiles(new MemoryDisk()), owner(true)).catch((error: unknown) => {
      refused = error;
    });
    expect(refused).to.have.property('code', 'log-damaged');
    expect(String(refused)).to.contain('/data/log/00000001.wal').and.to.contain('missing');
  });
});

describe('appending', () => {
  it('tells what is durable, in order, and only then counts it', async () => {
    const { log, told } = await fresh();
    log.append([promised(1, one), accepted(2, 1, one, 'a')], state(0, 1, one));
    expect(log.durable).to.equal(0);
    await atRest();
    expect(log.durable).to.equal(2);
    log.append([accepted(3, 2, one, 'b')], state(1, 2, one));
    await atRest();
    expect(told).to.deep.equal(['persisted 2', 'persisted 3']);
  });

  it('makes one group of a turn, and one of all that comes while a write is under way', async () => {
    let release: () => void = () => undefined;
    const writes: Operation[] = [];
    const files = new MemoryFiles(new MemoryDisk(), (operation) => {
      if (operation.type !== 'write' || !operation.path.endsWith('1.wal') || operation.position === 0) return undefined;
      writes.push(operation);
      return new Promise<void>((settle) => {
        release = settle;
      });
    });
    const { log, told } = await open(files, owner(false));
    log.append([promised(1, one)], state(0, 0, one));
    log.append([accepted(2, 1, one, 'a')], state(0, 1, one));
    await atRest();
    for (let n = 3; n < 9; n++) {
      log.append([accepted(n, n, one, 'b')], state(0, n, one));
      await atRest();
    }
    expect(writes.length).to.equal(1);
    release();
    await atRest();
    release();
    await atRest();
    expect(told).to.deep.equal(['persisted 2', 'persisted 8']);
    expect(writes.map(({ position, length }) => [position, length])).to.deep.equal([
      [4096, 4096],
      [8192, 4096],
    ]);
  });

  it('marks what is durable when nothing follows for 10 ms, once, and at the end', async () => {
    const writes: number[] = [];
    const hook = ({ type, path, position }: Operation) => {
      if (type === 'write' && path.endsWith('1.wal')) writes.push(position / 4096);
    };
    const sizes = { first: 64 * 1024, largest: 64 * 1024 };
    const { log, clock, told } = await open(new MemoryFiles(new MemoryDisk(), hook), owner(false), sizes);
    writes.length = 0;
    log.append([promised(1, one)], state(0, 0, one));
    await clock.advance(9);
    log.append([promised(2, one)], state(0, 0, one));
    await clock.advance(9);
    expect(writes).to.deep.equal([1, 2]);
    await clock.advance(1);
    expect(writes).to.deep.equal([1, 2, 3]);
    await clock.advance(1_000);
    expect(writes).to.deep.equal([1, 2, 3]);
    log.append([], state(0, 0, ballot(2)));
    await log.close();
    expect(writes).to.deep.equal([1, 2, 3, 4]);
    expect(told).to.deep.equal(['persisted 1', 'persisted 2']);
  });

  it('refuses an LSN that does not follow', async () => {
    const { log } = await fresh();
    expect(() => log.append([promised(2, one)], state(0, 0))).to.throw('LSN 2 does not follow 0');
  });

  it('goes on from segment to segment, and has a spare ahead of it', async () => {
    const disk = new MemoryDisk();
    const made = await open(new MemoryFiles(disk), owner(false));
    for (let n = 1; n <= 40; n++) {
      made.log.append([accepted(n, n, one, 'x'.repeat(1000))], state(n - 1, n, one));
      await made.clock.advance(3);
    }
    await made.clock.advance(1_000);
    const sizes = [...disk.names].filter(([path]) => path.endsWith('.wal')).map(([, inode]) => inode?.cached.length);
    expect(sizes.map((size = 0) => size / 1024)).to.deep.equal([16, 32, 64, 64, 64]);
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true));
    expect(again.recovered.lastLsn).to.equal(40);
    expect(await replayed(again)).to.have.lengthOf(39);
  });

  it('takes a record that is larger than the first segments', async () => {
    const disk = new MemoryDisk();
    const { log, clock, told } = await open(new MemoryFiles(disk), owner(false));
    log.append([accepted(1, 1, one, 'y'.repeat(50_000)), accepted(2, 2, one, 'z')], state(1, 2, one));
    await clock.advance(1_000);
    expect(told.at(-1)).to.equal('persisted 2');
    expect(() => log.append([accepted(3, 3, one, 'y'.repeat(SMALL.largest))], state(1, 3, one))).to.throw('larger');
    await log.close();
    const again = await open(new MemoryFiles(disk), owner(true));
    expect(again.recovered.held.map((held) => held.slot)).to.deep.equal([2]);
    expect((await replayed(again)).map((line) => line.length)).to.deep.equal([50_002]);
  });

  it('never claims a slot decided in a group that does not hold it yet', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    const sizes = { first: 4 * 1024 * 1024, largest: 8 * 1024 * 1024 };
    const { log, clock } = await open(files, owner(false), sizes);
    const big = 'x'.repeat(900_000);
    const records = [1, 2, 3].map((n) => accepted(n, n, one, big));
    log.append([...records, decided(4, 4, 'd')], state(4, 4, one));
    await clock.advance(1_000);
    const cut = files.disk.copy();
    // The first group holds two of the values; take the second away.
    cut.edit('/data/log/00000001.wal', (bytes) => bytes.fill(0, 4096 + 1_802_240));
    const again = await open(new MemoryFiles(cut), owner(true), sizes);
    expect(again.recovered).to.include({ lastLsn: 2, decidedUpTo: 0, highestSlot: 4 });
  });
});

describe('opening again', () => {
  it('gives back promise, marks and what is held above the decided', async () => {
    const disk = new MemoryDisk();
    const first = await open(new MemoryFiles(disk), owner(false));
    const two = ballot(2, 'node-ü');
    const records: LogRecord[] = [
      promised(1, one),
      accepted(2, 1, one, 'a'),
      accepted(3, 2, one, 'old'),
      accepted(4, 3, one, 'c'),
      accepted(5, 2, two, 'new'),
      decided(6, 5, 'e'),
      promised(7, ballot(9)),
    ];
    first.log.append(records, state(1, 8, ballot(9)));
    await first.log.close();
    const { recovered } = await open(new MemoryFiles(disk), owner(true));
    expect(recovered).to.deep.equal({
      promised: ballot(9),
      decidedUpTo: 1,
      firstSlot: 1,
      highestSlot: 8,
      lastLsn: 7,
      held: [
        { slot: 2, ballot: two, value: batch('new') },
        { slot: 3, ballot: one, value: batch('c') },
        { slot: 5, ballot: DECIDED, value: batch('e') },
      ],
      faulty: [],
      lost: false,
    });
  });

  const promises: readonly [what: string, records: readonly LogRecord[], header: number, expected: number][] = [
    ['the header', [promised(1, ballot(2))], 5, 5],
    ['a promised record', [promised(1, ballot(6))], 5, 6],
    ['an accepted record', [accepted(1, 1, ballot(7), 'a')], 5, 7],
  ];
  for (const [what, records, header, expected] of promises) {
    it(`takes the promise from ${what} when it is the highest`, async () => {
      const disk = new MemoryDisk();
      const first = await open(new MemoryFiles(disk), owner(false));
      first.log.append(records, state(0, 1, ballot(header)));
      await first.log.close();
      const { recovered } = await open(new MemoryFiles(disk), owner(true));
      expect(recovered.promised).to.deep.equal(ballot(expected));
    });
  }

  it('lets the highest ballot of a slot count, whatever came last, and a decided record above all', async () => {
    const disk = new MemoryDisk();
    const { log } = await open(new MemoryFiles(disk), owner(false));
    const records = [
      accepted(1, 1, ballot(3), 'third'),
      accepted(2, 1, ballot(2), 'second'),
      decided(3, 2, 'decided'),
      accepted(4, 2, ballot(9), 'late'),
    ];
    log.append(records, state(0, 2, ballot(9)));
    await log.close();
    const { recovered } = await open(new MemoryFiles(disk), owner(true));
    expect(recovered.held.map(({ value }) => value)).to.deep.equal([batch('third'), batch('decided')]);
  });

  it('replays what is decided in slot order, whatever order it came in', async () => {
    const disk = new MemoryDisk();
    const { log, clock } = await open(new MemoryFiles(disk), owner(false));
    const order = [3, 1, 2, 7, 6, 4, 5, 8];
    for (const [place, n] of order.entries()) {
      log.append([accepted(place + 1, n, one, `v${n}`)], state(0, 8, one));
      await clock.advance(20);
    }
    log.append([], state(7, 8, one));
    await log.close();
    const again = await open(new MemoryFiles(disk), owner(true));
    expect(await replayed(again)).to.deep.equal([1, 2, 3, 4, 5, 6, 7].map((n) => `${n} v${n}`));
    expect(again.recovered.held.map((held) => held.slot)).to.deep.equal([8]);
  });

  it('reads, repairs and replays again with the same result', async () => {
    const disk = new MemoryDisk();
    const made = await reopened(disk, 30);
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true));
    expect(again.recovered).to.deep.equal(made.recovered);
    expect(again.recovered.promised).to.deep.equal(one);
    expect(await replayed(again)).to.deep.equal(await replayed(made));
  });

  it('stores every kind of value', async () => {
    const disk = new MemoryDisk();
    const { log } = await open(new MemoryFiles(disk), owner(false));
    const seats = [{ name: one.replica, store: null }];
    const configuration = { type: 'configuration', seats, nonce: 'n' } as const;
    log.append([{ type: 'decided', lsn: lsn(1), slot: slot(1), value: configuration }], state(0, 1));
    log.append([{ type: 'accepted', lsn: lsn(2), slot: slot(2), ballot: one, value: NOOP }], state(0, 2, NO_BALLOT));
    await log.close();
    const { recovered } = await open(new MemoryFiles(disk), owner(true));
    expect(recovered.held.map(({ value }) => value)).to.deep.equal([configuration, NOOP]);
  });
});

describe('reading for peers', () => {
  const texts = async (made: MadeLog, from: number, to: number, maxBytes = 1_000_000) =>
    (await made.log.read(slot(from), slot(to), maxBytes)).map(({ slot: at, ballot: b, value }) => {
      expect(b).to.equal(DECIDED);
      return `${at} ${value.type === 'batch' ? new TextDecoder().decode(value.bytes) : value.type}`;
    });

  it('gives what is recent from memory, and what is old from the disk, alike', async () => {
    const disk = new MemoryDisk();
    const made = await reopened(disk, 50);
    expect(await texts(made, 3, 6)).to.deep.equal(['3 value 3', '4 value 4', '5 value 5', '6 value 6']);
    made.log.append([accepted(51, 51, one, 'value 51')], state(51, 51, one));
    expect(await texts(made, 50, 60)).to.deep.equal(['50 value 50', '51 value 51']);
    expect(await texts(made, 60, 70)).to.deep.equal([]);
    await made.log.close();
  });

  it('gives nothing of a slot before it is appended what was decided: what was accepted may be something else', async () => {
    const made = await reopened(new MemoryDisk(), 3);
    made.log.append([accepted(4, 4, one, 'came to nothing')], state(3, 4, one));
    expect(await texts(made, 3, 4)).to.deep.equal(['3 value 3']);
    expect(await texts(made, 4, 4)).to.deep.equal([]);
    made.log.append([accepted(5, 4, ballot(2), 'chosen')], state(4, 4, ballot(2)));
    expect(await texts(made, 3, 4)).to.deep.equal(['3 value 3', '4 chosen']);
    await made.log.close();
  });

  it('stops at the bytes that fit, but gives one at least', async () => {
    const made = await reopened(new MemoryDisk(), 20);
    expect(await texts(made, 1, 20, 60)).to.have.lengthOf(3);
    expect(await texts(made, 7, 20, 1)).to.deep.equal(['7 value 7']);
  });

  it('serves several at a time', async () => {
    const made = await reopened(new MemoryDisk(), 40);
    const answers = await Promise.all([1, 30, 5, 39].map((from) => texts(made, from, from + 1)));
    expect(answers.map((lines) => lines[0])).to.deep.equal(['1 value 1', '30 value 30', '5 value 5', '39 value 39']);
  });

  it('gives what was written after it last looked at that part of the disk', async () => {
    const made = await reopened(new MemoryDisk(), 3, { first: 256 * 1024, largest: 256 * 1024 });
    await texts(made, 1, 3);
    const big = 'b'.repeat(30_000);
    // More than the recent values that are kept in memory.
    for (let n = 4; n < 404; n++) {
      made.log.append([accepted(n, n, one, big)], state(n - 1, n, one));
      await made.clock.advance(20);
    }
    expect(await texts(made, 4, 4)).to.deep.equal([`4 ${big}`]);
    expect(await texts(made, 402, 403)).to.deep.equal([`402 ${big}`]);
  });

  it('keeps in memory what is not durable yet, however much it is', async () => {
    let isSlow = false;
    const releases: (() => void)[] = [];
    const files = new MemoryFiles(new MemoryDisk(), ({ type }) =>
      isSlow && type === 'write' ? new Promise<void>((settle) => releases.push(settle)) : undefined,
    );
    const sizes = { first: 4 * 1024 * 1024, largest: 4 * 1024 * 1024 };
    const { log } = await open(files, owner(false), sizes);
    await atRest();
    isSlow = true;
    log.append([accepted(1, 1, one, 'v')], state(1, 1, one));
    await atRest();
    for (let n = 2; n <= 300; n++) log.append([accepted(n, n, one, 'v'.repeat(50_000))], state(n, n, one));
    for (const release of releases.splice(0)) release();
    await atRest();
    expect(log.durable).to.equal(1);
    expect(await log.read(slot(1), slot(300), 100_000_000)).to.have.lengthOf(300);
  });

  it('gives values that stay when the log goes on', async () => {
    const made = await reopened(new MemoryDisk(), 20);
    const [held] = await made.log.read(slot(1), slot(1), 1000);
    await made.log.read(slot(20), slot(20), 1000);
    expect(held?.value).to.deep.equal(batch('value 1'));
  });

  it('rejects what the disk has changed meanwhile, instead of giving it away', async () => {
    const disk = new MemoryDisk();
    const made = await reopened(disk, 5);
    const bytes = disk.inode(`${DIRECTORY}/log/00000001.wal`).cached;
    bytes[Buffer.from(bytes).indexOf('value 2')] = 0x56;
    const failure = await made.log.read(slot(2), slot(2), 1000).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'log-damaged');
    expect(await texts(await reopened(new MemoryDisk(), 3), 1, 1)).to.have.lengthOf(1);
  });
});
