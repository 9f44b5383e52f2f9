// `--fresh` deletes what replicas kept and nothing else, and never below a replica that runs.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { wipe } from '#src/cluster/wipe.js';
import { freePorts } from './free-ports.js';

const ours = [
  'identity',
  'identity.new',
  'lock.12',
  'log/00000001.wal',
  'log/00000002.wal.new',
  'snapshots/0000000000000012.snapshot',
  'snapshots/0000000000000012.snapshot.new',
  'snapshots/0000000000000007.snapshot.damaged',
  'snapshots/0000000000000007.snapshot.diverged',
  'snapshots/0000000000000007.snapshot.foreign',
  `snapshots/0000000000000015.snapshot.${'ab'.repeat(32)}.incoming`,
];

describe('--fresh', () => {
  let directory: string;
  let ports: number[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'synod-wipe-'));
    ports = await freePorts(2);
  });

  afterEach(() => rm(directory, { recursive: true }));

  async function put(place: string, files: readonly string[]): Promise<void> {
    for (const file of files) {
      await mkdir(dirname(join(directory, place, file)), { recursive: true });
      await writeFile(join(directory, place, file), 'x');
    }
  }

  const replicas = () => ['a', 'b'].map((name, i) => ({ dataDirectory: join(directory, name), port: ports[i] ?? 0 }));

  it('deletes the directories of replicas and leaves the rest', async () => {
    await put('a', ours);
    await put('c', ours);
    await put('.', ['notes.txt']);
    expect(await wipe(replicas(), '127.0.0.1')).to.equal(undefined);
    expect(['a', 'b', 'c', 'notes.txt'].map((name) => existsSync(join(directory, name)))).to.deep.equal([
      false,
      false,
      true,
      true,
    ]);
  });

  for (const strange of [
    'notes.txt',
    'log/notes.txt',
    'log/more/1.wal',
    'snapshots/photo.jpg',
    'identity/x',
    '.git/HEAD',
  ]) {
    it(`deletes nothing at all when it finds ${strange}`, async () => {
      await put('a', ours);
      await put('b', strange.startsWith('identity') ? [strange] : [...ours, strange]);
      expect(await wipe(replicas(), '127.0.0.1')).to.match(/is not a replica's, so nothing is deleted$/);
      for (const file of ours) expect(existsSync(join(directory, 'a', file)), file).to.equal(true);
    });
  }

  it('follows no link', async () => {
    await put('a', ours);
    await put('elsewhere', ['1.wal']);
    await mkdir(join(directory, 'b'));
    await symlink(join(directory, 'elsewhere'), join(directory, 'b', 'log'));
    expect(await wipe(replicas(), '127.0.0.1')).to.match(/log is not a replica's/);
    expect(existsSync(join(directory, 'elsewhere', '1.wal'))).to.equal(true);
  });

  it('deletes nothing while a replica runs', async () => {
    await put('a', ours);
    await put('b', ours);
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(ports[1], '127.0.0.1', resolve));
    try {
      expect(await wipe(replicas(), '127.0.0.1')).to.match(new RegExp(`port ${ports[1]} is in use`));
      expect(existsSync(join(directory, 'a', 'identity'))).to.equal(true);
    } finally {
      server.close();
    }
  });
});
