// The port over the real disk: what is written is read back, every failure has its code and names the path, and the lock of a
// directory keeps others out exactly as long as its process lives.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid, seteuid } from 'node:process';
import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { slot } from '#src/base/ids.js';
import { Disk } from '#src/store/disk.js';
import { openLog } from '#src/store/log.js';
import { accepted, ballot, owner, replayed, state } from './support/made-log.js';
import { SimClock } from './support/sim-clock.js';

const disk = new Disk();
let place = '';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'synod-disk-'));
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

async function failure(promise: Promise<unknown>): Promise<CodedError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Root may write anywhere; what is refused to everybody else is seen as another user. */
async function withoutPrivileges<T>(act: () => Promise<T>): Promise<T> {
  if (getuid?.() !== 0) return act();
  seteuid?.('nobody');
  try {
    return await act();
  } finally {
    seteuid?.(0);
  }
}

describe('a file', () => {
  it('keeps what is written, where it is written', async () => {
    const path = join(place, 'a');
    const made = await disk.open(path, 'create');
    await made.write(new Uint8Array(10_000).fill(1), 0);
    await made.sync();
    await made.close();
    const file = await disk.open(path, 'durable');
    await file.write(new Uint8Array(3).fill(2), 9_999);
    expect(await file.size()).to.equal(10_002);
    const target = new Uint8Array(6);
    expect(await file.read(target, 9_997)).to.equal(5);
    expect([...target]).to.deep.equal([1, 1, 2, 2, 2, 0]);
    await file.truncate(9_998);
    await file.close();
    const reader = await disk.open(path, 'read');
    expect(await reader.read(target, 9_997)).to.equal(1);
    expect(await reader.read(target, 20_000)).to.equal(0);
    await reader.close();
  });

  it('is emptied when it is created anew', async () => {
    const path = join(place, 'a');
    writeFileSync(path, 'old');
    await (await disk.open(path, 'create')).close();
    expect(readFileSync(path, 'utf8')).to.equal('');
  });

  it('that is small is read and written whole, up to a limit', async () => {
    const path = join(place, 'small');
    await disk.writeSmall(path, new Uint8Array([1, 2, 3]));
    expect([...(await disk.readSmall(path, 3))]).to.deep.equal([1, 2, 3]);
    expect((await failure(disk.readSmall(path, 2))).message).to.contain('more than 2');
  });
});

describe('a directory', () => {
  it('is made with its parents, listed in order, renamed and removed in', async () => {
    const directory = join(place, 'a/b/c');
    await disk.makeDirectory(directory);
    await disk.makeDirectory(directory);
    for (const name of ['z', 'y', 'x']) await disk.writeSmall(join(directory, name), new Uint8Array(1));
    await disk.rename(join(directory, 'z'), join(directory, 'x'));
    await disk.unlink(join(directory, 'y'));
    await disk.syncDirectory(directory);
    expect(await disk.list(directory)).to.deep.equal(['x']);
    expect(await disk.freeBytes(directory)).to.be.above(0);
  });
});

describe('a failure', () => {
  const failures: [what: string, code: string, act: () => Promise<unknown>][] = [
    ['a missing file', 'not-found', () => disk.open(join(place, 'none'), 'read')],
    ['a missing file to write', 'not-found', () => disk.open(join(place, 'none'), 'durable')],
    ['a missing directory', 'not-found', () => disk.list(join(place, 'none'))],
    ['a file for a directory', 'exists', () => disk.makeDirectory(join(place, 'file/in/it'))],
    ['a directory where a file is', 'exists', () => disk.makeDirectory(join(place, 'file'))],
    ['a directory for a file', 'io', () => disk.readSmall(place, 10)],
    ['a full disk', 'no-space', () => disk.writeSmall('/dev/full', new Uint8Array(1))],
    ['a rename of nothing', 'not-found', () => disk.rename(join(place, 'none'), join(place, 'some'))],
    ['a removal of nothing', 'not-found', () => disk.unlink(join(place, 'none'))],
  ];
  const noDirectories = '/proc/nope/at/all';
  if (existsSync('/proc/self')) {
    failures.push(['a directory where none can be', 'unsupported', () => disk.makeDirectory(noDirectories)]);
  }
  for (const [what, code, act] of failures) {
    it(`of ${what} is ${code}`, async () => {
      writeFileSync(join(place, 'file'), '');
      const error = await failure(act());
      expect(error).to.include({ code });
      expect(error.message)
        .to.match(/^cannot [a-z ]+ \/.+: .+/)
        .and.to.not.contain('\n');
    });
  }

  it('of a directory that may not be written is not-permitted', async () => {
    mkdirSync(join(place, 'closed'));
    chmodSync(join(place, 'closed'), 0o500);
    chmodSync(place, 0o755);
    const error = await withoutPrivileges(() => failure(disk.writeSmall(join(place, 'closed/a'), new Uint8Array(1))));
    expect(error).to.include({ code: 'not-permitted' });
  });
});

describe('the lock of a directory', () => {
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that locks the place, and what it says about it. */
  async function locker(): Promise<{ child: ChildProcess; says: string }> {
    const script = `
      import { Disk } from ${JSON.stringify(import.meta.resolve('#src/store/disk.js'))};
      new Disk().lock(process.argv[1]).then(() => console.log('locked'), (error) => console.log(error.code === 'locked' ? 'refused' : error));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, says: said.toString().trim() };
  }

  it('keeps out others, and oneself', async () => {
    const lock = await disk.lock(place);
    expect(await failure(disk.lock(place))).to.include({
      code: 'locked',
      message: `${place} is in use by another process`,
    });
    expect((await locker()).says).to.equal('refused');
    await lock.release();
  });

  it('is over with kill -9, and not before', async () => {
    const { child, says } = await locker();
    expect(says).to.equal('locked');
    expect(await failure(disk.lock(place))).to.include({ code: 'locked' });
    child.kill('SIGSTOP');
    expect(await failure(disk.lock(place))).to.include({ code: 'locked' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await disk.lock(place);
    await lock.release();
  });

  it('can be taken again when it was given back, and leaves one small file', async () => {
    for (let n = 0; n < 5; n++) await (await disk.lock(place)).release();
    expect(readdirSync(place)).to.deep.equal(['lock.5']);
  });

  it('is won by one of many that try at once', async () => {
    for (let round = 0; round < 10; round++) {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => disk.lock(place)));
      const won = tries.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value] : []));
      expect(won).to.have.lengthOf(1);
      for (const tried of tries) {
        if (tried.status === 'rejected') expect(tried.reason).to.have.property('code', 'locked');
      }
      for (const lock of won) await lock.release();
    }
  });

  it('is taken over from starters that died on the way', async () => {
    writeFileSync(join(place, 'lock.00112233aabbccdd.new'), '');
    const dead = createServer();
    dead.listen(join(place, 'lock.7'));
    await once(dead, 'listening');
    // Closing removes a socket by the name it was made with; another name stays behind, as after a crash.
    linkSync(join(place, 'lock.7'), join(place, 'lock.8'));
    dead.close();
    await once(dead, 'close');
    const lock = await disk.lock(place);
    expect(readdirSync(place)).to.deep.equal(['lock.9']);
    await lock.release();
  });

  it('holds in a directory with a long path', async () => {
    const deep = join(place, 'd'.repeat(200));
    await disk.makeDirectory(deep);
    const lock = await disk.lock(deep);
    expect(await failure(disk.lock(deep))).to.include({ code: 'locked' });
    await lock.release();
  });
});

describe('a log on the real disk', () => {
  it('is found again', async () => {
    const events = { persisted: () => {}, failed: () => {}, space: () => {} };
    const sizes = { first: 64 * 1024, largest: 256 * 1024 };
    const options = { files: disk, clock: new SimClock(), directory: place, events, sizes };
    const { log } = await openLog({ ...options, identity: owner(false), snapshotSlot: slot(0) });
    for (let n = 1; n <= 100; n++) {
      log.append([accepted(n, n, ballot(1), `${n}`.repeat(500))], state(n - 1, n, ballot(1)));
    }
    await log.close();
    const again = await openLog({ ...options, identity: owner(true), snapshotSlot: slot(0) });
    expect(again.recovered).to.include({ lastLsn: 100, decidedUpTo: 99 });
    expect(await replayed(again)).to.have.lengthOf(99);
    await again.log.close();
  });
});
