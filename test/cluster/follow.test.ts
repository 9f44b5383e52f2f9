// Whoever follows real replicas gets every change once and in order: over the loss of the leader without noticing it, and
// over the loss of the replica itself by going on at another from where it was.
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { ChangeRecord, FollowReader } from '../node/clients/follow-record.js';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

const writesAPart = 100;

describe('following over the loss of replicas', function () {
  this.timeout(400_000);
  const record = new ChangeRecord();
  const reader = new FollowReader(record, 'k', 0);
  let cluster: LocalCluster;
  let socket: Socket | null = null;
  /** A line may come before its write is answered, and so before it is in the record. */
  let text = '';
  let written = 0;

  before(async () => {
    cluster = await LocalCluster.start({ options: ['--request-timeout-ms', '60000'] });
  });

  after(async () => {
    socket?.destroy();
    await cluster.dispose();
  });

  function follow(replica: number): void {
    const { clientPort, host } = cluster.place(replica);
    socket?.destroy();
    text = '';
    reader.again();
    const fresh = connect({ host, port: clientPort, noDelay: true }).setEncoding('latin1');
    socket = fresh;
    fresh.on('data', (more: string) => {
      text += more;
    });
    fresh.on('error', () => fresh.destroy());
    fresh.write(`FOLLOW k FROM ${reader.complete}\n`);
  }

  /** Nobody else writes, so every write takes the next revision. */
  async function write(): Promise<void> {
    const client = await cluster.client(2);
    for (let i = 0; i < writesAPart; i++) {
      const key = `k${written % 10}`;
      expect(await client.request(`PUT ${key} ${++written}`)).to.equal('OK');
      record.add(written, 'PUT', key, `${written}`);
    }
    client.close();
  }

  async function hasAll(): Promise<void> {
    await until('the follower to have everything', async () => {
      reader.push(text);
      text = '';
      return reader.hasAll(written) ? true : undefined;
    });
  }

  it('misses nothing, and gets nothing twice', async () => {
    await cluster.settled(0);
    follow(1);
    await write();
    await cluster.daemon(0).kill();
    await write();
    await hasAll();
    cluster.daemon(0).start();
    await cluster.settled(0, [0, 1, 2], 90_000);
    await write();
    await cluster.daemon(1).kill();
    await write();
    follow(0);
    await write();
    await hasAll();
    expect([reader.resyncs, written]).to.deep.equal([0, 5 * writesAPart]);
  });
});
