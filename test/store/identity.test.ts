// Who a data directory belongs to: what a first start makes, what later lives find, what is kept, and every reason for which a
// directory is refused, each with one line that a person understands.

import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { incarnation, replicaName, storeId } from '#src/base/ids.js';
import { type ExpectedIdentity, type Identity, markRestored, openIdentity } from '#src/store/identity.js';
import { utf8Bytes } from '#src/wire/bytes.js';
import { type Hook, MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';

const PATH = '/data/identity';

const expected: ExpectedIdentity = {
  cluster: 'c0'.repeat(32),
  clusterName: 'synod',
  names: ['node-b', 'node-a'],
  name: replicaName('node-a'),
  leaseMs: 300,
  wallMs: 5_000.5,
  draw: Uint8Array.from({ length: 16 }, (_, place) => place),
};

const peer = { type: 'heard', name: replicaName('node-b'), store: storeId('b'.repeat(32)) } as const;

function start(disk: MemoryDisk, changes: Partial<ExpectedIdentity> = {}, hook?: Hook): Promise<Identity> {
  return openIdentity(new MemoryFiles(disk, hook), '/data', { ...expected, ...changes });
}

/** A directory that has been used: settled, closed. */
async function used(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const identity = await start(disk);
  await identity.settle();
  await identity.close();
  return disk;
}

function signed(text: string): string {
  return `${text}\n${crc32(utf8Bytes(text)).toString(16).padStart(8, '0')}\n`;
}

async function refusal(starting: Promise<Identity>): Promise<CodedError> {
  try {
    await starting;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a first start', () => {
  it('draws a store id, and has granted no lease', async () => {
    const identity = await start(new MemoryDisk());
    expect(identity).to.include({
      fresh: true,
      cluster: expected.cluster,
      name: 'node-a',
      store: '000102030405060708090a0b0c0d0e0f',
      incarnation: 5_000,
      longestLeaseMs: 0,
    });
    expect([...identity.heard]).to.deep.equal([]);
  });

  it('is a first one again until it has settled, with the same store', async () => {
    const disk = new MemoryDisk();
    await (await start(disk)).close();
    const again = await start(disk, { draw: new Uint8Array(16).fill(9) });
    expect(again).to.include({ fresh: true, store: '000102030405060708090a0b0c0d0e0f', longestLeaseMs: 0 });
  });

  it('at any crash leaves nothing, or a whole identity', async () => {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      let hasCrashed = false;
      const files: MemoryFiles = new MemoryFiles(disk, ({ number }) => {
        if (number !== at) return;
        hasCrashed = true;
        files.crash('power', seeded(at));
      });
      await Promise.race([openIdentity(files, '/data', expected), atRest()]);
      if (!hasCrashed) break;
      expect((await start(disk)).fresh, `operation ${at}`).to.equal(true);
    }
  });
});

describe('a restored directory', () => {
  const backup = 'ab'.repeat(32);

  async function restored(from = backup): Promise<MemoryDisk> {
    const disk = new MemoryDisk();
    const files = new MemoryFiles(disk);
    await files.makeDirectory('/data');
    await markRestored(files, '/data', from);
    return disk;
  }

  it('is owned by the first that starts over it, and says where it comes from', async () => {
    const disk = await restored();
    const first = await start(disk);
    expect(first).to.include({ fresh: true, restoredFrom: backup, store: '000102030405060708090a0b0c0d0e0f' });
    await first.settle();
    await first.close();
    const later = await start(disk);
    expect(later).to.include({ fresh: false, restoredFrom: backup, cluster: first.cluster });
    await later.close();
    expect(await refusal(start(disk, { name: replicaName('node-b') }))).to.include({ code: 'other-name' });
  });

  it('is of one cluster with those of the same list and file, and of no other', async () => {
    const ids = [
      await start(new MemoryDisk()),
      await start(await restored()),
      await start(await restored(), { name: replicaName('node-b') }),
      await start(await restored('cd'.repeat(32))),
      await start(await restored(), { cluster: 'c1'.repeat(32) }),
    ].map(({ cluster }) => cluster);
    expect(ids[1])
      .to.equal(ids[2])
      .and.to.match(/^[0-9a-f]{64}$/);
    expect(new Set(ids).size).to.equal(4);
  });

  it('refuses to be started for another cluster', async () => {
    const disk = await restored();
    await (await start(disk)).close();
    expect(await refusal(start(disk, { cluster: 'c1'.repeat(32) }))).to.include({ code: 'other-cluster' });
  });
});

describe('a later start', () => {
  it('keeps the store, and raises the incarnation by the clock', async () => {
    const disk = await used();
    const later = await start(disk, { wallMs: 9_000 });
    expect(later).to.include({ fresh: false, store: '000102030405060708090a0b0c0d0e0f', incarnation: 9_000 });
    await later.close();
    expect(await start(disk, { wallMs: 9_500 })).to.include({ incarnation: 9_500 });
  });

  it('raises the incarnation by one where the clock has gone back', async () => {
    const disk = await used();
    await (await start(disk, { wallMs: 1 })).close();
    expect(await start(disk, { wallMs: 1 })).to.include({ incarnation: 5_002 });
  });

  it('knows the longest lease that any earlier life may have granted', async () => {
    const disk = await used();
    const longest: number[] = [];
    for (const leaseMs of [1_000, 200, 200]) {
      const identity = await start(disk, { leaseMs });
      longest.push(identity.longestLeaseMs);
      await identity.close();
    }
    expect(longest).to.deep.equal([300, 1_000, 1_000]);
  });
});

describe('what is kept', () => {
  it('is there for the next life', async () => {
    const disk = await used();
    const identity = await start(disk);
    await identity.keep(peer);
    await identity.keep({ type: 'incarnation', incarnation: incarnation(70_000) });
    expect(identity).to.include({ incarnation: 70_000 });
    await identity.close();
    const next = await start(disk);
    expect([...next.heard]).to.deep.equal([['node-b', 'b'.repeat(32)]]);
    expect(next).to.include({ incarnation: 70_001 });
  });

  it('takes its turn, and writes nothing that is known', async () => {
    const disk = await used();
    let renames = 0;
    const identity = await start(disk, {}, ({ type }) => {
      if (type === 'rename') renames++;
    });
    const store = storeId('d'.repeat(32));
    await Promise.all([identity.keep(peer), identity.keep({ ...peer, name: replicaName('node-c'), store })]);
    await identity.keep(peer);
    await identity.keep({ type: 'incarnation', incarnation: incarnation(1) });
    expect(renames).to.equal(3);
    expect([...identity.heard.keys()]).to.deep.equal(['node-b', 'node-c']);
  });

  it('is durable when it resolves, and not seen before', async () => {
    const disk = await used();
    const files = new MemoryFiles(disk);
    const identity = await openIdentity(files, '/data', expected);
    const keeping = identity.keep(peer);
    expect(identity.heard.size).to.equal(0);
    await keeping;
    files.crash('power', () => 0.9);
    expect((await start(disk)).heard.size).to.equal(1);
  });

  it('fails where it cannot be written, and can be tried again', async () => {
    const disk = await used();
    let isFull = false;
    const identity = await start(disk, {}, ({ type }) => {
      if (isFull && type === 'write') throw new CodedError('no-space', 'the disk is full');
    });
    isFull = true;
    expect(await identity.keep(peer).catch((error: unknown) => error)).to.have.property('code', 'no-space');
    expect(identity.heard.size).to.equal(0);
    isFull = false;
    await identity.keep(peer);
    expect(identity.heard.size).to.equal(1);
  });
});

describe('a data directory is refused', () => {
  const text = (disk: MemoryDisk, change: (line: string) => string) =>
    disk.edit(PATH, (bytes) => new TextEncoder().encode(change(new TextDecoder().decode(bytes))));
  const refusals: readonly [
    why: string,
    prepare: (disk: MemoryDisk) => void,
    changes: Partial<ExpectedIdentity>,
    code: string,
    message: RegExp,
  ][] = [
    [
      'of another cluster',
      () => {},
      { cluster: 'ab'.repeat(32), names: ['node-a'], clusterName: 'other' },
      'other-cluster',
      /^\/data belongs to another cluster: to 'synod' of node-a, node-b; this is 'other' of node-a\. /,
    ],
    [
      'of another replica',
      () => {},
      { name: replicaName('node-z') },
      'other-name',
      /belongs to the replica node-a, .* node-z/,
    ],
    [
      'of a newer format',
      (disk) => disk.edit(PATH, () => utf8Bytes(signed('{"format":4,"cluster":"c0"}'))),
      {},
      'newer-format',
      /has format 4, and this program knows up to 3/,
    ],
    [
      'of a format of before the first release',
      (disk) => disk.edit(PATH, () => utf8Bytes(signed('{"format":2,"cluster":"c0"}'))),
      {},
      'older-format',
      /has format 2, of before the first release/,
    ],
    [
      'when its identity was changed',
      (disk) => text(disk, (line) => line.replace('node-a', 'node-b')),
      { name: replicaName('node-b') },
      'identity-damaged',
      /its checksum is wrong/,
    ],
    [
      'when its identity is empty',
      (disk) => text(disk, () => ''),
      {},
      'identity-damaged',
      /^\/data\/identity is damaged/,
    ],
    ['when its identity is no text', (disk) => disk.edit(PATH, (b) => b.fill(0xff)), {}, 'identity-damaged', /UTF-8/],
    ['when its identity is enormous', (disk) => text(disk, (line) => line.repeat(10_000)), {}, 'io', /too long/],
    ['when another process is in it', (disk) => disk.locked.add('/data'), {}, 'locked', /in use/],
  ];
  for (const [why, prepare, changes, code, message] of refusals) {
    it(why, async () => {
      const disk = await used();
      prepare(disk);
      const before = disk.inode(PATH).cached.slice();
      const error = await refusal(start(disk, changes));
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message).and.to.not.contain('\n');
      expect(disk.inode(PATH).cached).to.deep.equal(before);
      expect(disk.locked.size).to.equal(code === 'locked' ? 1 : 0);
    });
  }

  it('where the log of a store stands whose identity is gone, and leaves it as it is', async () => {
    const disk = await used();
    await new MemoryFiles(disk).makeDirectory('/data/log');
    disk.names.delete(PATH);
    const error = await refusal(start(disk));
    expect(error).to.include({ code: 'identity-missing' });
    expect(error.message).to.match(/Put that file back, or move this directory away/);
    expect(disk.names.has(PATH)).to.equal(false);
    expect(disk.locked.size).to.equal(0);
  });

  it('within the directory of another', async () => {
    const disk = await used();
    const error = await refusal(openIdentity(new MemoryFiles(disk), '/data/8000', expected));
    expect(error).to.include({ code: 'nested-directory' });
    expect(error.message).to.include('start with --data /data');
    expect(disk.locked.size).to.equal(0);
  });

  it('at any flipped bit of its identity', async () => {
    const disk = await used();
    const { length } = disk.inode(PATH).cached;
    for (let at = 0; at < 8 * length; at++) {
      const flipped = disk.copy();
      const mask = 1 << (at % 8);
      flipped.edit(PATH, (bytes) => bytes.map((byte, place) => (place === at >> 3 ? byte ^ mask : byte)));
      expect((await refusal(start(flipped))).code, `bit ${at}`).to.equal('identity-damaged');
    }
  });

  it('when it cannot be written', async () => {
    const disk = await used();
    const hook: Hook = ({ type }) => {
      if (type === 'write') throw new CodedError('not-permitted', 'cannot write /data/identity.new: permission denied');
    };
    expect(await refusal(start(disk, {}, hook))).to.include({ code: 'not-permitted' });
    expect(disk.locked.size).to.equal(0);
  });
});
