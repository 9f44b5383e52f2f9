// Backup and restore with real processes: what was acknowledged before a backup under load is in a cluster restored from
// it, on every replica; who was not restored from it is refused; and whoever is killed meanwhile, nothing is broken.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { systemClock } from '#src/node/host/system-clock.js';
import { Disk } from '#src/store/disk.js';
import { readSnapshot } from '#src/store/snapshot-reader.js';
import { pairsOf } from '../kv/entries.js';
import { Daemon } from './daemon.js';
import { HoldingProxy } from './holding-proxy.js';
import { LocalCluster } from './local-cluster.js';
import { Tool, type ToolEnd } from './tool.js';
import { until } from './until.js';

const WRITERS = 6;
const LARGE = 'x'.repeat(50_000);

function run(...words: readonly string[]): Promise<ToolEnd> {
  return new Tool(...words).ended;
}

/** What a backup holds, read by the program's own reader. */
async function contentsOf(file: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  await readSnapshot(new Disk(), file, systemClock, {
    header: () => undefined,
    session: () => undefined,
    id: () => undefined,
    records: (bytes, start, end) => {
      for (const [key, { value }] of pairsOf(bytes, start, end)) contents.set(key, value);
    },
  });
  return contents;
}

/** Writers that count up, each its own keys, on all replicas; what each of them was told last. */
class Load {
  readonly acknowledged: number[] = Array.from({ length: WRITERS }, () => 0);
  readonly #ended: Promise<unknown>;
  #stopped = false;

  constructor(cluster: LocalCluster) {
    this.#ended = Promise.all(this.acknowledged.map((_, writer) => this.#write(cluster, writer)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #write(cluster: LocalCluster, writer: number): Promise<void> {
    const client = await cluster.client(writer % cluster.places.length);
    for (let n = 1; !this.#stopped; n++) {
      const keys = [`last-${writer}`, `each-${writer}-${n}`];
      const replies = await client.requests(keys.map((key) => `PUT ${key} ${n}`));
      expect(replies).to.deep.equal(['OK', 'OK']);
      this.acknowledged[writer] = n;
    }
    client.close();
  }
}

describe('a backup of what a replica has', function () {
  this.timeout(240_000);

  it('is not of half a slot: what follows it is executed once', async () => {
    const cluster = await LocalCluster.prepare({ replicas: 1 });
    try {
      cluster.daemon(0).start();
      await cluster.settled(0);
      const client = await cluster.client(0);
      expect(await client.request('INCR c')).to.equal('(integer) 1');
      let heard = '';
      client.socket.on('data', (text: string) => (heard += text));
      // In one piece, so that the backup waits for the writes, which are in one slot.
      client.raw('READONLY\r\nINCR c\r\nAPPEND log x\r\nINCR d\r\nBACKUP\r\n');
      await until('a backup', () => /^BACKUP \d+ [0-9a-f]{64}\r$/m.test(heard));
      client.close();
      await cluster.daemon(0).kill();
      cluster.daemon(0).start();
      await cluster.settled(0);
      const after = await cluster.client(0);
      expect(await after.requests(['GET c', 'GET log', 'GET d', 'REVISION'])).to.deep.equal([
        '2',
        'x',
        '1',
        '(integer) 4',
      ]);
      after.close();
    } finally {
      await cluster.dispose();
    }
  });
});

describe('backup and restore', function () {
  this.timeout(240_000);
  let cluster: LocalCluster;
  let restored: LocalCluster;
  let file: string;

  before(async () => {
    cluster = await LocalCluster.start();
    const client = await cluster.client(0);
    const large = Array.from({ length: 200 }, (_, i) => `PUT large-${i} ${LARGE}`);
    expect(new Set(await client.requests(large))).to.deep.equal(new Set(['OK']));
    client.close();
    restored = await LocalCluster.prepare();
    file = `${cluster.directory}/backup.synod`;
  });

  after(async () => {
    await cluster.dispose();
    await restored.dispose();
  });

  it('under load has everything that was acknowledged before, and is the same on all restored replicas', async () => {
    const load = new Load(cluster);
    await until('some writes', () => load.acknowledged.every((n) => n > 20));
    const before = [...load.acknowledged];
    const made = await run('backup', file, '--from', `127.0.0.1:${cluster.place(2).clientPort}`);
    expect(made).to.include({ code: 0, err: '' });
    expect(existsSync(`${file}.partial`)).to.equal(false);
    await load.stop();
    for (const { daemon } of cluster.places) await daemon.terminate();

    const contents = await contentsOf(file);
    for (const [writer, n] of before.entries()) {
      expect(Number(contents.get(`last-${writer}`))).to.be.at.least(n);
      for (let i = 1; i <= n; i++) expect(contents.get(`each-${writer}-${i}`)).to.equal(String(i));
    }
    const done = await run('restore', file, '--data', ...restored.places.map(({ data }) => data));
    expect(done).to.include({ code: 0, err: '' });
    for (const { daemon } of restored.places) daemon.start();
    await restored.settled();
    for (const i of restored.places.keys()) {
      const client = await restored.client(i);
      expect(await client.request('DBSIZE')).to.equal(`(integer) ${contents.size}`);
      const keys = [...contents.keys()];
      const values = await client.requests(keys.map((key) => `GET ${key}`));
      expect(values.every((value, at) => value === contents.get(keys[at] ?? ''))).to.equal(true);
      client.close();
    }
    expect(await restored.ask(1, 'PUT new one')).to.equal('OK');
  });

  it('keeps the limit on data, over restarts: no growth, but deletes and writes that are no longer', async () => {
    const { bytes, keys } = await restored.status(0);
    expect(bytes).to.be.greaterThan(200 * LARGE.length);
    for (const { daemon } of restored.places) await daemon.terminate();
    for (const { daemon } of restored.places) daemon.start(['--data-bytes', String(bytes - 1_000)]);
    await restored.settled();
    const refused = `ERROR BUSY the store holds its limit of ${bytes - 1_000} bytes; not executed; delete keys or raise --data-bytes`;
    for (const i of restored.places.keys()) {
      for (const line of ['PUT another key', 'PUT last-0 12345678901234567890']) {
        expect(await restored.ask(i, line)).to.equal(refused);
      }
      expect(await restored.ask(i, `PUT large-${i} ${LARGE.toUpperCase()}`)).to.equal('OK');
    }
    for (const i of restored.places.keys()) {
      expect(await restored.ask(i, `PUT large-${i} short`)).to.equal('OK');
      expect(await restored.ask(i, `DELETE large-${i}`)).to.equal('(integer) 1');
      expect(await restored.ask(i, `PUT large-${i} ${LARGE.slice(2_000)}`)).to.equal('OK');
    }
    expect((await restored.status(2)).keys).to.equal(keys);
  });

  it('lets nobody in that was not restored from the same file', async () => {
    const { daemon, data } = restored.place(2);
    await daemon.terminate();
    const stranger = new Daemon(daemon.args.map((word) => (word === data ? `${cluster.directory}/stranger` : word)));
    try {
      stranger.start();
      const ids = String.raw`synod \([0-9a-f]{16}\) here, synod \([0-9a-f]{16}, restored from backup [0-9a-f]{16}\) at [ab]`;
      await until('the refusal', () => new RegExp(`cluster differs: ${ids}`).test(stranger.output));
      expect((await restored.statusOf(0, 2)).connected).to.equal(false);
    } finally {
      await stranger.kill();
    }
    daemon.start();
    await until('its return', async () => (await restored.statusOf(0, 2)).contact);
  });

  it('refuses a file that is damaged, or a directory that is used, and makes nothing', async () => {
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    const damaged = `${cluster.directory}/damaged.synod`;
    writeFileSync(damaged, bytes);
    const fresh = `${cluster.directory}/fresh`;
    const end = await run('restore', damaged, '--data', fresh);
    expect(end.code).to.equal(1);
    expect(end.err).to.match(/^synod: .*damaged\.synod is damaged at byte \d+: .*; nothing of it was restored\n$/);
    expect(existsSync(fresh)).to.equal(false);
    expect((await run('inspect', damaged)).code).to.equal(1);
    const used = await run('restore', file, '--data', fresh, restored.place(0).data);
    expect(used.err).to.match(/^synod: .* is not empty: /);
    expect(existsSync(fresh)).to.equal(false);
    expect((await run('backup', file, '--from', '127.0.0.1:1')).err).to.match(
      /is there already; --force replaces it\n$/,
    );
    expect((await run('backup', `${file}.2`, '--from', '127.0.0.1:1')).err).to.match(
      /^synod: cannot reach 127\.0\.0\.1:1: .*\n$/,
    );
  });

  it('leaves a killed tool nothing but a partial file, and the daemon free to do it again', async () => {
    const target = `${cluster.directory}/second.synod`;
    for (let round = 0; round < 3; round++) {
      const proxy = await HoldingProxy.listen(restored.place(1).clientPort, 1_000_000);
      const tool = new Tool('backup', target, '--from', `127.0.0.1:${proxy.port}`);
      await proxy.held;
      expect(await restored.ask(1, 'PUT beside it')).to.equal('OK');
      tool.kill();
      expect(await tool.ended).to.include({ signal: 'SIGKILL' });
      proxy.close();
      expect(existsSync(target)).to.equal(false);
    }
    expect(await run('backup', target, '--from', `127.0.0.1:${restored.place(1).clientPort}`)).to.include({ code: 0 });
    expect((await contentsOf(target)).get('beside')).to.equal('it');
  });

  it('ends the tool in one line when the daemon is killed, which comes back as it was', async () => {
    const target = `${cluster.directory}/third.synod`;
    const { daemon, clientPort } = restored.place(1);
    const proxy = await HoldingProxy.listen(clientPort, 1_000_000);
    const tool = new Tool('backup', target, '--from', `127.0.0.1:${proxy.port}`);
    await proxy.held;
    await daemon.kill();
    const end = await tool.ended;
    proxy.close();
    expect(end.code).to.equal(1);
    expect(end.err).to.match(/^synod: [^\n]*\n$/);
    expect([target, `${target}.partial`].filter((path) => existsSync(path))).to.deep.equal([]);
    daemon.start();
    await restored.settled();
    expect(await restored.ask(1, 'GET beside')).to.equal('it');
    expect(await run('backup', target, '--from', `127.0.0.1:${clientPort}`)).to.include({ code: 0, err: '' });
  });
});
