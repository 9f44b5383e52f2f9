// What comes after damage: a lost end stays lost until it is repaired, whatever happens meanwhile; a repair is whole or not
// there; and nothing that is written later lets a lost record be taken for one that never was.

import { expect } from 'chai';
import { lsn, slot } from '#src/base/ids.js';
import { DECIDED, isDecided } from '#src/paxos/ballot.js';
import type { Repair } from '#src/paxos/effects.js';
import type { Run } from '#src/paxos/message.js';
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
  replayed,
  state,
} from './support/made-log.js';
import { type CrashKind, MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { between, seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';

const one = ballot(1);
const BLOCK = 4096;

/** Block `block` of a segment reads as garbage. */
function spoil(disk: MemoryDisk, segment: number, block: number): void {
  disk.edit(`${DIRECTORY}/log/0000000${segment}.wal`, (bytes) =>
    bytes.slice().fill(7, block * BLOCK, (block + 1) * BLOCK),
  );
}

/** Slots from 1 on accepted, 2 decided, a group each, from the second block on; then a mark. */
async function logOf(slots: number): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log, clock } = await open(new MemoryFiles(disk), owner(false), { first: 64 * 1024, largest: 64 * 1024 });
  for (let n = 1; n <= slots; n++) {
    log.append([accepted(n, n, one, `value ${n}`)], state(Math.min(n - 1, 2), n, one));
    await clock.advance(1);
  }
  await clock.advance(1_000);
  await log.close();
  return disk;
}

function three(): Promise<MemoryDisk> {
  return logOf(3);
}

function five(): Promise<MemoryDisk> {
  return logOf(5);
}

function runsOf(runs: readonly Run[]): string {
  return runs.map(({ from, to, ballot: at }) => `${from}-${to} ${isDecided(at) ? 'decided' : at.round}`).join(', ');
}

async function lost(): Promise<MemoryDisk> {
  const disk = await three();
  spoil(disk, 1, 3);
  spoil(disk, 1, 4);
  return disk;
}

function reopen(disk: MemoryDisk, files = new MemoryFiles(disk)): Promise<MadeLog> {
  return open(files, owner(true), { first: 64 * 1024, largest: 64 * 1024 });
}

const repair: Repair = {
  promised: ballot(7),
  highestSlot: slot(9),
  nextLsn: lsn(20),
  faulty: [{ from: slot(2), to: slot(9), ballot: DECIDED }],
};

describe('a lost end', () => {
  it('stays lost over starts and what is learned meanwhile', async () => {
    const disk = await lost();
    for (let life = 0; life < 3; life++) {
      const made = await reopen(disk);
      expect(made.recovered).to.include({ lost: true, decidedUpTo: life + 1 });
      const next = life + 2;
      made.log.append([decided(made.recovered.lastLsn + 1, next, `value ${next}`)], state(next, next, one));
      await made.log.close();
    }
  });

  it('is whole again by a repair, which says what is faulty at every later start', async () => {
    const disk = await lost();
    const made = await reopen(disk);
    await made.log.repair(repair);
    expect(made.log.durable).to.equal(19);
    made.log.append([accepted(20, 9, ballot(8), 'nine'), decided(21, 2, 'value 2')], state(2, 9, ballot(8)));
    await made.log.close();
    for (let life = 0; life < 2; life++) {
      const { recovered, log } = await reopen(disk);
      expect(recovered).to.include({ lost: false, lastLsn: 21, decidedUpTo: 2, highestSlot: 9 });
      expect(recovered.promised).to.deep.equal(ballot(8));
      // An accepted record is not enough where something may have been decided.
      expect(recovered.faulty).to.deep.equal([{ from: 3, to: 9, ballot: DECIDED }]);
      await log.close();
    }
  });

  it('that only others remember is repaired as well, behind what was appended just before', async () => {
    const disk = await three();
    const made = await reopen(disk);
    expect(made.recovered.lost).to.equal(false);
    made.log.append([decided(made.recovered.lastLsn + 1, 3, 'value 3')], state(3, 3, one));
    await made.log.repair({ ...repair, faulty: [{ from: slot(4), to: slot(9), ballot: DECIDED }] });
    await made.log.close();
    const { recovered } = await reopen(disk);
    expect(recovered).to.deep.include({ lost: false, lastLsn: 19, promised: ballot(7), decidedUpTo: 3 });
    expect(recovered.faulty).to.deep.equal([{ from: 4, to: 9, ballot: DECIDED }]);
  });

  it('that only others remember stays lost over starts, and can be repaired then', async () => {
    const disk = await three();
    const files = new MemoryFiles(disk);
    const made = await reopen(disk, files);
    await made.log.lose();
    files.crash('power', () => 0.9);
    const later = await reopen(disk);
    expect(later.recovered).to.include({ lost: true, decidedUpTo: 2 });
    await later.log.repair(repair);
    await later.log.close();
    const { recovered } = await reopen(disk);
    expect(recovered).to.deep.include({ lost: false, lastLsn: 19, promised: ballot(7) });
  });

  for (const turns of [0, 1, 2, 3, 4]) {
    it(`is noted ${turns} turns after something was appended`, async () => {
      const disk = await three();
      const files = new MemoryFiles(disk);
      const made = await reopen(disk, files);
      made.log.append([decided(made.recovered.lastLsn + 1, 3, 'value 3')], state(3, 3, one));
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await made.log.lose();
      files.crash('power', () => 0.9);
      expect((await reopen(disk)).recovered).to.include({ lost: true, decidedUpTo: 3 });
    });
  }

  it('does not come back when the repair itself cannot be read', async () => {
    const disk = await lost();
    const made = await reopen(disk);
    await made.log.repair({ ...repair, nextLsn: lsn(made.recovered.lastLsn + 1) });
    const first = made.recovered.lastLsn + 1;
    made.log.append([accepted(first, 9, ballot(8), 'nine')], state(1, 9, ballot(8)));
    await made.log.close();
    const heads = [...disk.names.keys()].filter((path) => /[34]\.wal$/.test(path)).sort();
    const [head = ''] = heads;
    disk.edit(head, (bytes) => bytes.slice().fill(7, 0, BLOCK));
    const { recovered } = await reopen(disk);
    expect(recovered.lost).to.equal(false);
    expect(recovered.faulty.map(({ from, to, ballot: at }) => [from, to, at])).to.deep.equal([[2, 8, ballot(8)]]);
  });

  for (const kind of ['kill', 'power'] satisfies CrashKind[]) {
    it(`is repaired or not after a ${kind} at any operation, never in between`, async () => {
      const seen = new Set<string>();
      for (let at = 1; ; at++) {
        const disk = await lost();
        const { hasCrashed, isRepaired } = await repairAndCrash(disk, at, kind);
        const { recovered } = await reopen(disk);
        const runs = recovered.faulty.map(({ from, to }) => `${from}-${to}`).join(' ');
        const found = recovered.lost ? 'lost' : `${runs} ${recovered.promised.round} ${recovered.lastLsn}`;
        expect(found).to.be.oneOf(isRepaired ? ['2-9 7 19'] : ['lost', '2-9 7 19'], `operation ${at}`);
        seen.add(found);
        if (!hasCrashed) break;
      }
      expect([...seen].sort()).to.deep.equal(['2-9 7 19', 'lost']);
    });
  }
});

async function repairAndCrash(
  disk: MemoryDisk,
  at: number,
  kind: CrashKind,
): Promise<{ hasCrashed: boolean; isRepaired: boolean }> {
  let hasCrashed = false;
  let isRepaired = false;
  const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
    if (number !== at) return;
    hasCrashed = true;
    files.crash(kind, seeded(at));
  });
  let made: MadeLog | null = null;
  const work = reopen(disk, files).then(async (opened) => {
    made = opened;
    await opened.log.repair(repair);
    isRepaired = !hasCrashed;
  });
  const advance = async (): Promise<void> => {
    for (let n = 0; n < 200 && !isRepaired && !hasCrashed; n++)
      await (made === null ? atRest() : made.clock.advance(10));
  };
  await Promise.race([work, advance()]);
  await atRest();
  return { hasCrashed, isRepaired };
}

describe('a log that lost something in its middle', () => {
  it('does not take an accepted value for the decided one, which may have been among the lost', async () => {
    const disk = new MemoryDisk();
    const { log, clock } = await open(new MemoryFiles(disk), owner(false), { first: 64 * 1024, largest: 64 * 1024 });
    const steps = [
      accepted(1, 1, one, 'never chosen'),
      decided(2, 1, 'chosen'),
      accepted(3, 1, ballot(2), 'of a leader that fell behind'),
    ];
    for (const record of steps) {
      log.append([record], state(0, 1, ballot(record.lsn === 3 ? 2 : 1)));
      await clock.advance(1);
    }
    log.append([], state(1, 1, ballot(2)));
    await log.close();
    spoil(disk, 1, 2);
    const opened = await reopen(disk);
    expect(opened.recovered.decidedUpTo).to.equal(0);
    expect(opened.recovered.faulty).to.deep.equal([{ from: 1, to: 1, ballot: DECIDED }]);
    opened.log.append([decided(4, 1, 'chosen')], state(1, 1, ballot(2)));
    await opened.log.close();
    const healed = await reopen(disk);
    expect(await replayed(healed)).to.deep.equal(['1 chosen']);
    expect(healed.recovered.faulty).to.deep.equal([]);
  });

  it('does not do so either when the segment is gone that had the decided one', async () => {
    const disk = new MemoryDisk();
    const sizes = { first: 16 * 1024, largest: 16 * 1024 };
    const { log, clock } = await open(new MemoryFiles(disk), owner(false), sizes);
    const two = ballot(2);
    const promises = [2, 3, 4, 5].map((n) => promised(n, two));
    const stale = accepted(6, 2, two, 'of a leader that fell behind');
    for (const record of [decided(1, 2, 'chosen'), ...promises, stale, decided(7, 1, 'first')]) {
      log.append([record], state(0, 2, record.lsn === 1 ? one : two));
      await clock.advance(1);
    }
    log.append([], state(2, 2, two));
    await log.close();
    await new MemoryFiles(disk).unlink(`${DIRECTORY}/log/00000001.wal`);
    for (let life = 0; life < 2; life++) {
      const made = await open(new MemoryFiles(disk), owner(true), sizes);
      expect(await replayed(made)).to.deep.equal([]);
      expect(runsOf(made.recovered.faulty), `life ${life}`).to.equal('1-2 decided');
      expect(made.recovered.held.map((each) => each.slot)).to.deep.equal([]);
      await made.log.close();
    }
  });

  it('says so when it loses something else after that, before the repair', async () => {
    const steps: readonly (readonly [block: number, held: string, faulty: string])[] = [
      // Slots 1 and 2 are decided, 3 to 5 accepted; the group of slot 4 is the first to be damaged.
      [1, '3 5', '1-2 decided, 4-4 1'],
      [3, '5', '2-2 decided, 3-4 1'],
      [5, '3', '4-5 1'],
    ];
    for (const [block, held, faulty] of steps) {
      const disk = await five();
      for (const place of [4, block]) {
        spoil(disk, 1, place);
        await (await reopen(disk)).log.close();
      }
      for (let life = 0; life < 2; life++) {
        const { recovered, log } = await reopen(disk);
        expect(recovered.held.map((each) => each.slot).join(' '), `block ${block}`).to.equal(held);
        expect(runsOf(recovered.faulty), `block ${block}`).to.equal(faulty);
        await log.close();
      }
    }
  });

  it('says so when it loses something else after a repair of its end', async () => {
    for (const [blocks, faulty] of [
      [[2], '1-2 decided'],
      // The last group and the mark behind it: only the repair tells that they were there.
      [[5, 6], '3-5 7'],
    ] as const) {
      const disk = await five();
      const made = await reopen(disk);
      const { held } = made.recovered;
      expect(held.map((each) => each.slot)).to.deep.equal([3, 4, 5]);
      await made.log.repair({ promised: ballot(7), highestSlot: slot(5), nextLsn: lsn(20), faulty: [] });
      await made.log.close();
      for (const block of blocks) spoil(disk, 1, block);
      const { recovered } = await reopen(disk);
      expect(runsOf(recovered.faulty), `blocks ${blocks.join()}`).to.equal(faulty);
    }
  });

  it('does not forget a promise that only a lost part of an append had', async () => {
    const disk = new MemoryDisk();
    const sizes = { first: 8 * 1024 * 1024, largest: 8 * 1024 * 1024 };
    const { log, clock } = await open(new MemoryFiles(disk), owner(false), sizes);
    log.append([decided(1, 1, 'x')], state(1, 1, one));
    await clock.advance(1);
    const big = 'y'.repeat(1_500_000);
    const promise = { type: 'promised', lsn: lsn(2), ballot: ballot(9) } as const;
    log.append([promise, decided(3, 2, big), decided(4, 3, big), decided(5, 4, big)], state(4, 4, ballot(9)));
    await clock.advance(100);
    const whole = disk.inode(`${DIRECTORY}/log/00000001.wal`).cached;
    const starts: number[] = [];
    for (let at = 0; at < whole.length; at += BLOCK) {
      if (Buffer.from(whole.subarray(at, at + 4)).toString('latin1') === 'SYNG') starts.push(at);
    }
    // The group with the promise is unreadable, and the last part of the append was never written.
    disk.edit(`${DIRECTORY}/log/00000001.wal`, (bytes) => {
      const copy = bytes.slice();
      copy.fill(7, starts[2] ?? 0, (starts[2] ?? 0) + BLOCK);
      return copy.fill(0, starts[4] ?? 0);
    });
    const again = await open(new MemoryFiles(disk), owner(true), sizes);
    expect(again.recovered.promised).to.deep.equal(ballot(9));
  });

  it('knows what it does not know, over many logs and damages', async function () {
    this.timeout(600_000);
    const chosen = process.env.SYNOD_SEED;
    const count = process.env.SYNOD_LONG === undefined ? 150 : 5_000;
    const seeds = chosen ? [Number(chosen)] : Array.from({ length: count }, (_, seed) => seed + 1);
    const seen = new Set<string>();
    for (const seed of seeds) {
      try {
        seen.add(await damageAtRandom(seed));
      } catch (error) {
        throw new Error(`SYNOD_SEED=${seed} npx mocha dist/test/store/log-healing.test.js`, { cause: error });
      }
    }
    if (!chosen) expect([...seen].sort()).to.deep.equal(['faulty', 'lost', 'whole']);
  });
});

/** Accepts and decides in several ballots, spoils up to three blocks, and looks at it three times with new records between. */
async function damageAtRandom(seed: number): Promise<string> {
  const chance = seeded(seed);
  const disk = new MemoryDisk();
  const sizes = { first: 16 * 1024, largest: 32 * 1024 };
  const made = await open(new MemoryFiles(disk), owner(false), sizes);
  const model = new LogModel();
  let round = 1;
  let prefix = 0;
  const count = between(chance, 5, 25);
  for (let n = 1; n <= count; n++) {
    if (chance() < 0.2) round++;
    const at = prefix + between(chance, 1, 3);
    // One value for a slot and ballot, and one that is decided, as Paxos has it.
    const text = (what: string) => `${at} ${what} `.repeat((at * 37) % 200);
    const record = chance() < 0.3 ? decided(n, at, text('decided')) : accepted(n, at, ballot(round), text(`${round}`));
    model.append([record], state(prefix, 30, ballot(round)));
    made.log.append([record], state(prefix, 30, ballot(round)));
    if (at === prefix + 1) prefix = at;
    await made.clock.advance(between(chance, 0, 12));
  }
  await made.clock.advance(1_000);
  await made.log.close();
  const blocks = [...disk.names].flatMap(([path, inode]) => {
    const used = path.endsWith('.wal') ? (inode?.cached ?? new Uint8Array()) : new Uint8Array();
    const places = Array.from({ length: used.length / BLOCK }, (_, place) => place * BLOCK);
    return places.flatMap((place) =>
      used.subarray(place, place + BLOCK).some((byte) => byte !== 0) ? [{ path, place }] : [],
    );
  });
  const spoilOne = (): void => {
    const { path, place } = blocks[between(chance, 0, blocks.length - 1)] ?? { path: '', place: 0 };
    const isZeroed = place + BLOCK < (blocks.at(-1)?.place ?? 0) && chance() < 0.3;
    disk.edit(path, (bytes) => bytes.slice().fill(isZeroed ? 0 : 9, place, place + BLOCK));
  };
  for (let n = between(chance, 1, 3); n > 0; n--) spoilOne();
  const first = await open(new MemoryFiles(disk), owner(true), sizes);
  const found = await model.checkDamaged(first);
  const { faulty, held } = first.recovered;
  for (let life = 0; life < 2; life++) {
    const again = await open(new MemoryFiles(disk), owner(true), sizes);
    expect(await model.checkDamaged(again)).to.equal(found);
    expect(again.recovered.faulty).to.deep.equal(faulty);
    expect(again.recovered.held).to.deep.equal(held);
    again.log.append([{ type: 'promised', lsn: lsn(again.recovered.lastLsn + 1), ballot: ballot(40 + life) }], {
      ...again.recovered,
      promised: ballot(40 + life),
    });
    await again.log.close();
  }
  // What is damaged later, before the repair, is told as well.
  for (let life = 0; life < 2; life++) {
    spoilOne();
    const again = await open(new MemoryFiles(disk), owner(true), sizes);
    await model.checkDamaged(again);
    await again.log.close();
  }
  return found;
}
