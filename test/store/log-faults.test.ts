// The log on a disk that fails or is full: a failed write is told once and nothing is acknowledged after it; a full disk stops
// new segments, not the replica, and is over when there is room again.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { accepted, ballot, type MadeLog, open, owner, promised, replayed, SMALL, state } from './support/made-log.js';
import { type Hook, MemoryDisk, MemoryFiles, type Operation } from './support/memory-files.js';
import { atRest } from './support/sim-clock.js';

const one = ballot(1);
const KIB = 1024;

/** Appends records of about a kilobyte, one group each, from `from` on. */
async function fill(made: MadeLog, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    made.log.append([accepted(n, n, one, 'x'.repeat(1000))], state(n - 1, n, one));
    await made.clock.advance(1);
  }
}

/** Fails every operation for which `fails` says so, once it is armed. */
function failing(fails: (operation: Operation) => boolean): { hook: Hook; arm: () => void } {
  let isArmed = false;
  return {
    arm: () => {
      isArmed = true;
    },
    hook: (operation) => {
      if (isArmed && fails(operation)) throw new CodedError('io', `cannot ${operation.type} ${operation.path}`);
    },
  };
}

describe('a log whose disk fails', () => {
  const failures: readonly [what: string, fails: (operation: Operation) => boolean][] = [
    ['a write of a group', ({ type, path }) => type === 'write' && path.endsWith('.wal')],
    ['the filling of a spare', ({ type, path }) => type === 'write' && path.endsWith('.new')],
    ['a sync of a spare', ({ type }) => type === 'sync'],
    ['a sync of the directory', ({ type }) => type === 'sync-directory'],
    ['the opening of the next segment', ({ type, path }) => type === 'open' && path.endsWith('2.wal')],
  ];
  for (const [what, fails] of failures) {
    it(`at ${what} says so once, and acknowledges nothing any more`, async () => {
      const { hook, arm } = failing(fails);
      const disk = new MemoryDisk();
      const made = await open(new MemoryFiles(disk, hook), owner(false));
      await fill(made, 1, 1);
      arm();
      await fill(made, 2, 20);
      await made.clock.advance(10_000);
      const failed = made.told.indexOf('failed log-failed');
      expect(failed).to.be.at.least(1);
      expect(made.told.slice(failed + 1)).to.deep.equal([]);
      const acknowledged = made.log.durable;
      expect(made.told[failed - 1]).to.equal(`persisted ${acknowledged}`);
      await made.log.close();
      const again = await open(new MemoryFiles(disk), owner(true));
      expect(again.recovered.lastLsn).to.be.at.least(acknowledged);
    });
  }

  it('loses nothing when what a failed write left in memory is found at the next start', async () => {
    const { hook, arm } = failing(({ type, path }) => type === 'write' && path.endsWith('.wal'));
    const disk = new MemoryDisk();
    const made = await open(new MemoryFiles(disk, hook), owner(false));
    arm();
    await fill(made, 1, 1);
    expect(made.told).to.deep.equal(['failed log-failed']);
    // The group is in the page cache, and the system has forgotten that the platter does not have it.
    const next = new MemoryFiles(disk);
    const again = await open(next, owner(true));
    expect(again.recovered.lastLsn).to.equal(1);
    await fill(again, 2, 1);
    next.crash('power', () => 0.9);
    expect((await open(new MemoryFiles(disk), owner(true))).recovered.lastLsn).to.equal(2);
  });

  it('refuses the start when what it read cannot be made durable', async () => {
    const disk = new MemoryDisk();
    await fill(await open(new MemoryFiles(disk), owner(false)), 1, 3);
    const { hook, arm } = failing(({ type }) => type === 'write');
    arm();
    const failure = await open(new MemoryFiles(disk, hook), owner(true)).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'io');
    expect((await open(new MemoryFiles(disk), owner(true))).recovered.lastLsn).to.equal(3);
  });
});

describe('a log whose disk is full', () => {
  /** Room for the first two segments, and not for the third. */
  async function nearlyFull(): Promise<{ made: MadeLog; disk: MemoryDisk }> {
    const disk = new MemoryDisk();
    disk.capacity = 100 * KIB;
    const made = await open(new MemoryFiles(disk), owner(false));
    await made.clock.advance(100);
    expect(made.told).to.deep.equal([]);
    return { made, disk };
  }

  it('says so when the spare is taken, and goes on in it', async () => {
    const { made } = await nearlyFull();
    await fill(made, 1, 5);
    expect(made.told).to.include('space false');
    expect(made.told.filter((line) => line.startsWith('persisted'))).to.have.lengthOf(5);
    await made.clock.advance(60_000);
    expect(made.told.filter((line) => line.startsWith('space'))).to.deep.equal(['space false']);
  });

  it('keeps what does not fit until there is room, then takes it and says so', async () => {
    const { made, disk } = await nearlyFull();
    await fill(made, 1, 20);
    expect(made.log.durable).to.be.within(5, 15);
    expect(made.told).to.not.include('failed log-failed');
    expect(made.log.backlog).to.be.within(1_000 * (20 - made.log.durable), 1_100 * (20 - made.log.durable));
    disk.capacity = 1024 * KIB;
    await made.clock.advance(6_000);
    expect(made.log.backlog).to.equal(0);
    expect(made.log.durable).to.equal(20);
    expect(made.told.at(-1)).to.equal('persisted 20');
    expect(made.told.filter((line) => line.startsWith('space'))).to.deep.equal(['space false', 'space true']);
  });

  it('leaves no half-made segment behind, which would take the room of others', async () => {
    const { made, disk } = await nearlyFull();
    await fill(made, 1, 5);
    await made.clock.advance(1_000);
    expect([...disk.names.keys()].filter((path) => path.startsWith('/data/log/'))).to.deep.equal([
      '/data/log/00000001.wal',
      '/data/log/00000002.wal',
    ]);
  });

  it('also when the disk fills while the spare is being made', async () => {
    const disk = new MemoryDisk();
    let isFull = true;
    const hook: Hook = ({ type, path }) => {
      if (isFull && type === 'write' && path.endsWith('2.wal.new'))
        throw new CodedError('no-space', 'the disk is full');
    };
    const made = await open(new MemoryFiles(disk, hook), owner(false));
    await made.clock.advance(2_000);
    expect(made.told).to.deep.equal(['space false']);
    isFull = false;
    await made.clock.advance(6_000);
    expect(made.told).to.deep.equal(['space false', 'space true']);
    expect(disk.inode('/data/log/00000002.wal').cached.length).to.equal(2 * SMALL.first);
  });

  it('can be closed, and opened again, while it is', async () => {
    const { made, disk } = await nearlyFull();
    await fill(made, 1, 20);
    const { durable } = made.log;
    await made.log.close();
    const again = await open(new MemoryFiles(disk), owner(true));
    expect(again.recovered.lastLsn).to.equal(durable);
    expect(await replayed(again)).to.have.lengthOf(durable - 1);
    await again.clock.advance(100);
    expect(again.told).to.deep.equal(['space false']);
    await again.log.close();
  });

  it('cannot be begun', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 10 * KIB;
    const failure = await open(new MemoryFiles(disk), owner(false)).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'no-space');
    disk.capacity = 1024 * KIB;
    const { log } = await open(new MemoryFiles(disk), owner(false));
    log.append([promised(1, one)], state(0, 0, one));
    await atRest();
    expect(log.durable).to.equal(1);
  });
});
