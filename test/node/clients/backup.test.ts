// BACKUP over one connection: it waits for its turn and for a read point, sends a line and then exactly the bytes of the
// snapshot, no faster than they are taken, and lets go of the snapshot however it ends.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import type { BackupSource } from '#src/node/service.js';
import { atRest } from '../../store/support/sim-clock.js';
import { ClientBench } from './bench.js';
import type { FakeConnection } from './fake-connection.js';

const DIGEST = 'd'.repeat(64);
const SLICE = 128 * 1024;

class Snapshot implements BackupSource {
  readonly info;
  readonly content: Buffer;
  closed = 0;
  failsAt = Number.POSITIVE_INFINITY;

  constructor(size: number) {
    this.content = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 256));
    this.info = { bytes: size, digest: DIGEST };
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    if (offset >= this.failsAt) throw new CodedError('io', 'the disk reports an error (EIO)');
    return this.content.subarray(offset, offset + bytes);
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** Asks for a backup, and has the snapshot cut. */
async function begun(bench: ClientBench, client: FakeConnection, snapshot: Snapshot): Promise<void> {
  client.send('BACKUP\n');
  bench.service.finishAll();
  await atRest();
  bench.service.snapshots.shift()?.give(snapshot);
}

/** Lets everything happen that waits for nobody; what the client got. */
async function settled(bench: ClientBench, client: FakeConnection): Promise<string> {
  for (let i = 0; i < 20; i++) {
    await atRest();
    bench.clock.settle();
    client.drained();
  }
  return client.received();
}

describe('client port: BACKUP', () => {
  it('is a line with size and digest, then the bytes as they are, then the replies to what came after', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const snapshot = new Snapshot(3 * SLICE + 5);
    await begun(bench, client, snapshot);
    client.send('PING\n');
    const got = await settled(bench, client);
    const head = `BACKUP ${snapshot.info.bytes} ${DIGEST}\r\n`;
    expect(got === `${head}${snapshot.content.toString('latin1')}+PONG\r\n`).to.equal(true);
    expect(snapshot.closed).to.equal(1);
  });

  it('is cut behind the replies due, and behind a read point', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('PUT a 1\nBACKUP\n');
    await settled(bench, client);
    expect(bench.service.asked.map(({ words }) => words)).to.deep.equal(['PUT a 1']);
    bench.service.finish(0);
    await settled(bench, client);
    expect(bench.service.asked.map(({ words }) => words)).to.deep.equal(['PUT a 1', null]);
    expect(bench.service.snapshots).to.have.lengthOf(0);
    bench.service.finish(1);
    await atRest();
    expect(bench.service.snapshots).to.have.lengthOf(1);
  });

  it('asks nobody where the connection reads what this replica has', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('READONLY\nBACKUP\n');
    await settled(bench, client);
    expect(bench.service.asked).to.have.lengthOf(0);
    expect(bench.service.snapshots).to.have.lengthOf(1);
  });

  it('reads no further than the client takes, and serves others meanwhile', async () => {
    const bench = new ClientBench();
    const [client, other] = [bench.connect(), bench.connect()];
    client.reads = false;
    const snapshot = new Snapshot(4 * SLICE);
    await begun(bench, client, snapshot);
    let got = '';
    for (let taken = 0; taken < 5; taken++) {
      got += await settled(bench, client);
      expect(client.buffered).to.be.within(1, SLICE);
      other.send('PING\n');
      expect(await settled(bench, other)).to.equal('+PONG\r\n');
      client.take();
    }
    got += await settled(bench, client);
    expect(got.length).to.equal(4 * SLICE + `BACKUP ${4 * SLICE} ${DIGEST}\r\n`.length);
    expect(snapshot.closed).to.equal(1);
  });

  const ends: readonly [string, (bench: ClientBench, client: FakeConnection) => unknown][] = [
    ['goes away', (_bench, client) => client.destroy()],
    ['asks for much behind it', (_bench, client) => client.send('GET a\n'.repeat(20_000))],
    ['takes nothing for long', (bench) => bench.clock.advance(70_000)],
    ['is there when the replica stops', (bench) => bench.port.close()],
  ];
  for (const [why, end] of ends) {
    it(`frees everything when the client ${why}`, async () => {
      const bench = new ClientBench();
      const client = bench.connect();
      client.reads = false;
      const snapshot = new Snapshot(2 * SLICE);
      await begun(bench, client, snapshot);
      await settled(bench, client);
      void end(bench, client);
      await settled(bench, client);
      expect(client.state).to.equal('destroyed');
      expect(snapshot.closed).to.equal(1);
      expect(bench.port).to.include({ backups: 0, connections: 0 });
      expect(bench.port.memory.used).to.equal(0);
    });
  }

  it('frees a snapshot that is ready only when the client has gone', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('BACKUP\n');
    bench.service.finishAll();
    await atRest();
    client.destroy();
    const snapshot = new Snapshot(10);
    bench.service.snapshots[0]?.give(snapshot);
    await settled(bench, client);
    expect(snapshot.closed).to.equal(1);
    expect(client.received()).to.equal('');
  });

  it('goes on to the end for a client that sends no more', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const snapshot = new Snapshot(10);
    client.send('BACKUP\n');
    client.events?.ended();
    bench.service.finishAll();
    await atRest();
    bench.service.snapshots[0]?.give(snapshot);
    expect(await settled(bench, client)).to.match(/^BACKUP 10 /);
    expect(client.state).to.equal('ended');
  });

  it('breaks off without another byte when the snapshot cannot be read on, and says so in the log', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const snapshot = new Snapshot(2 * SLICE);
    snapshot.failsAt = SLICE;
    await begun(bench, client, snapshot);
    const got = await settled(bench, client);
    expect(got.length).to.equal(SLICE + `BACKUP ${2 * SLICE} ${DIGEST}\r\n`.length);
    expect(client.state).to.equal('destroyed');
    expect(snapshot.closed).to.equal(1);
    expect(bench.logger.lines).to.deep.equal([
      'warn a backup broke off {"remote":"192.0.2.1:1234","reason":"the disk reports an error (EIO)"}',
    ]);
  });

  it('is refused in one line while there is no quorum, no room, or too many of them', async () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('BACKUP\n');
    bench.service.refuse(0, { type: 'noquorum' });
    expect(await settled(bench, client)).to.match(/^ERROR NOQUORUM .*\r\n$/);
    client.send('BACKUP\n');
    bench.service.finishAll();
    await atRest();
    bench.service.snapshots[0]?.fail(new CodedError('no-space', 'the disk of this replica has no room for a snapshot'));
    const none = 'ERROR BUSY the disk of this replica has no room for a snapshot; no backup was begun; ';
    expect(await settled(bench, client)).to.equal(`${none}try another replica or later\r\n`);
    const others = [bench.connect(), bench.connect()];
    for (const other of others) other.send('BACKUP\n');
    client.send('BACKUP\nPING\n');
    const busy = 'ERROR BUSY 2 backups of this replica are under way; not begun; try another or later\r\n';
    expect(await settled(bench, client)).to.equal(`${busy}+PONG\r\n`);
    for (const other of others) other.destroy();
    bench.service.finishAll();
    await atRest();
    client.send('BACKUP\n');
    await settled(bench, client);
    expect(bench.port.backups).to.equal(1);
  });
});
