// A real replica that was away while the others trimmed their logs: it comes back by a snapshot of one of them and the log above
// it, also when it is killed on the way, and so does one that was stopped in order.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

const OPTIONS = ['--snapshot-log-bytes', '256KiB', '--keep-slots', '10', '--keep-log-bytes', '64KiB'];
const VALUE = 'x'.repeat(2_000);

describe('a replica that was away while the log was trimmed', function () {
  this.timeout(300_000);
  let cluster: LocalCluster;
  let written = 0;

  /** Through replica a, until all its clients' keys are written in that many rounds. */
  async function write(rounds: number): Promise<void> {
    const client = await cluster.client(0);
    for (let round = 0; round < rounds; round++) {
      const puts = Array.from({ length: 100 }, (_, key) => client.request(`PUT k${key} ${written + round}-${VALUE}`));
      expect(new Set(await Promise.all(puts))).to.deep.equal(new Set(['OK']));
    }
    client.close();
    written += rounds;
  }

  const statusOf = (i: number) => cluster.status(i);

  const caughtUp = (i: number): Promise<boolean> =>
    until(`replica ${i} to catch up`, async () => {
      const [own, leader] = await Promise.all([statusOf(i), statusOf(0)]);
      return own.revision === leader.revision && own.replicas[i]?.lagSlots === 0;
    });

  /** Everybody but replica 2 goes on until it needs a snapshot. */
  async function trimAway(): Promise<void> {
    const { firstSlot } = await statusOf(0);
    await until('the others to trim their logs', async () => {
      await write(10);
      const [a, b] = await Promise.all([statusOf(0), statusOf(1)]);
      return Math.min(a.firstSlot, b.firstSlot) > firstSlot + 200;
    });
  }

  before(async () => {
    cluster = await LocalCluster.start({ options: OPTIONS });
    await cluster.settled(0);
    await write(5);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('catches up by a snapshot, and says so', async () => {
    await cluster.daemon(2).kill();
    await trimAway();
    cluster.daemon(2).start();
    await caughtUp(2);
    expect(cluster.daemon(2).output).to.contain('took over a snapshot');
    expect(await cluster.ask(2, 'GET k99')).to.equal(`${written - 1}-${VALUE}`);
  });

  it('does so although it is killed again and again on the way', async () => {
    await cluster.daemon(2).terminate();
    await trimAway();
    for (let life = 0; life < 5; life++) {
      cluster.daemon(2).start();
      await cluster.serving(2);
      await cluster.daemon(2).kill();
    }
    cluster.daemon(2).start();
    await caughtUp(2);
    expect(await cluster.ask(2, 'GET k0')).to.equal(`${written - 1}-${VALUE}`);
  });

  it('is a whole replica then: it starts from what it took over, and the cluster lives without another', async () => {
    await cluster.daemon(2).kill();
    cluster.daemon(2).start();
    await caughtUp(2);
    await cluster.daemon(1).kill();
    await write(1);
    expect(await cluster.ask(2, 'GET k50')).to.equal(`${written - 1}-${VALUE}`);
  });

  it('has no more on its disk than the others: two snapshots', async () => {
    const names = await readdir(join(cluster.place(2).data, 'snapshots'));
    expect(names.filter((name) => name.endsWith('.snapshot')).length).to.be.within(1, 2);
    expect(names.filter((name) => name.endsWith('.incoming'))).to.deep.equal([]);
  });
});
