// A replica whose disk was wiped forgot what it promised. It comes back as a learner: it serves its clients and never votes.
import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

describe('a wiped replica', function () {
  this.timeout(300_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start({ options: ['--request-timeout-ms', '3000'] });
    expect(await cluster.ask(0, 'PUT apple green')).to.equal('OK');
    await cluster.daemon(2).kill();
    await rm(cluster.place(2).data, { recursive: true });
    cluster.daemon(2).start();
    await cluster.serving(2);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('serves its clients', async () => {
    expect(await until('the value', async () => (await cluster.ask(2, 'GET apple')) === 'green')).to.equal(true);
    expect(await cluster.ask(2, 'PUT pear yellow')).to.equal('OK');
    expect(await cluster.ask(0, 'GET pear')).to.equal('yellow');
  });

  it('is shown as a learner, and that no more may be lost', async () => {
    for (const i of [0, 1, 2]) {
      await until(
        `replica ${i} to know`,
        async () => (await cluster.statusOf(i, 2)).role === 'learner' && (await cluster.status(i)).spare === 0,
      );
    }
  });

  it('does not make a majority with one other', async () => {
    await cluster.daemon(0).kill();
    expect(await cluster.ask(1, 'PUT plum blue')).to.match(/^ERROR (NOQUORUM|UNCERTAIN) /);
    expect(await cluster.ask(2, 'PUT plum blue')).to.match(/^ERROR (NOQUORUM|UNCERTAIN) /);
    expect((await cluster.status(1)).established).to.equal(false);
    expect((await cluster.statusOf(2, 2)).role).to.equal('learner');
    cluster.daemon(0).start();
    await cluster.settled();
    expect(await cluster.ask(2, 'GET apple')).to.equal('green');
  });

  it('stays a learner over its own restart, also when it is the only other one at the start', async () => {
    for (const { daemon } of cluster.places) await daemon.kill();
    expect(cluster.daemon(2).output).to.not.contain('is still only a learner');
    for (const i of [1, 2]) cluster.daemon(i).start();
    await Promise.all([1, 2].map((i) => cluster.serving(i)));
    expect(await cluster.ask(2, 'GET apple')).to.match(/^ERROR NOQUORUM /);
    expect(cluster.daemon(2).output).to.contain('is still only a learner');
    cluster.daemon(0).start();
    await cluster.settled();
    expect((await cluster.statusOf(2, 2)).role).to.equal('learner');
    expect(await cluster.ask(2, 'GET apple')).to.equal('green');
  });
});
