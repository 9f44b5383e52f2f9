// Three real daemons serve: any replica answers, a GET sees what any other replica acknowledged, one loss changes nothing,
// two losses are told honestly, and all is well when one returns.
import { spawn, spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { RegisterLoad } from './register-load.js';
import { until } from './until.js';

describe('three replicas', function () {
  this.timeout(400_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start({ options: ['--request-timeout-ms', '3000'] });
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('answer PUT, GET and DELETE on every replica, each seeing the others', async () => {
    for (const writer of [0, 1, 2]) {
      expect(await cluster.ask(writer, `PUT apple green${writer}`)).to.equal('OK');
      for (const reader of [0, 1, 2]) expect(await cluster.ask(reader, 'GET apple')).to.equal(`green${writer}`);
    }
    expect(await cluster.ask(1, 'DELETE apple')).to.equal('(integer) 1');
    expect(await cluster.ask(2, 'GET apple')).to.equal('(nil)');
  });

  it('agree who leads: the first of the list', async () => {
    await cluster.settled(0, undefined, 60_000);
    for (const i of [0, 1, 2]) {
      const { leader, spare, replicas } = await cluster.status(i);
      expect({ leader, spare }).to.deep.equal({ leader: 'a', spare: 1 });
      expect(replicas.map(({ role }) => role)).to.deep.equal(['leader', 'follower', 'follower']);
      expect(await cluster.ask(i, 'WHO')).to.equal(`a 127.0.0.1:${cluster.place(0).clientPort}`);
    }
  });

  it('keep the order of one connection, pipelined', async () => {
    const client = await cluster.client(2);
    const lines = Array.from({ length: 200 }, (_, n) => [`PUT counter ${n}`, 'GET counter']).flat();
    const replies = await client.requests(lines);
    client.close();
    expect(replies).to.deep.equal(Array.from({ length: 200 }, (_, n) => ['OK', String(n)]).flat());
  });

  it('are linearizable under load from all sides', async () => {
    const load = RegisterLoad.start(cluster);
    await until('2,000 acknowledged writes', () => load.history.writes >= 2000 && load.history.reads >= 2000);
    await load.stop();
    await load.readAll(1);
    expect(load.history.violations).to.deep.equal([]);
    expect([...load.errors]).to.deep.equal([]);
    expect([...load.lost]).to.deep.equal([]);
  });

  for (const [how, args] of [
    ['nc -N', ['-N']],
    ['nc -q1', ['-q1']],
  ] as const) {
    it(`answer a client that has finished sending: ${how}`, async function () {
      if (spawnSync('nc', ['-h']).error !== undefined) {
        process.stdout.write('      nc is not installed\n');
        this.skip();
      }
      const pear = `PUT pear ${how}`;
      expect(await cluster.ask(0, pear)).to.equal('OK');
      const nc = spawn('nc', [...args, '127.0.0.1', String(cluster.place(1).clientPort)]);
      let out = '';
      nc.stdout.on('data', (bytes) => (out += bytes));
      nc.stdin.end('GET pear\n');
      await new Promise((resolve) => nc.once('close', resolve));
      expect(out).to.equal(`${how}\r\n`);
    });
  }

  it('lose one and go on', async () => {
    await cluster.daemon(2).kill();
    for (const i of [0, 1]) {
      expect(await cluster.ask(i, `PUT plum ${i}`)).to.equal('OK');
      expect(await cluster.ask(1 - i, 'GET plum')).to.equal(String(i));
    }
    await until('STATUS to say it', async () => (await cluster.status(0)).spare === 0);
  });

  it('lose two and say so within the request timeout', async () => {
    await cluster.daemon(1).kill();
    // Until the lease that the dead granted is over, what the leader answers is still right.
    await until('the lease to end', async () => !(await cluster.status(0)).established);
    const began = performance.now();
    const [read, write] = await Promise.all([cluster.ask(0, 'GET plum'), cluster.ask(0, 'PUT plum blue')]);
    expect(read).to.match(/^ERROR NOQUORUM \S/);
    expect(write).to.match(/^ERROR (NOQUORUM|UNCERTAIN) \S/);
    expect(performance.now() - began).to.be.lessThan(6000);
    expect(await cluster.ask(0, 'GET plum')).to.match(/^ERROR NOQUORUM \S/);
    expect(await cluster.ask(0, 'PUT cherry red')).to.match(/^ERROR NOQUORUM \S/);
    const client = await cluster.client(0);
    expect(await client.requests(['READONLY', 'GET plum', 'PING'])).to.deep.equal(['OK', '1', '+PONG']);
    client.close();
  });

  it('are well again when one returns', async () => {
    cluster.daemon(2).start();
    await cluster.settled();
    expect(await cluster.ask(2, 'PUT fig ripe')).to.equal('OK');
    expect(await cluster.ask(0, 'GET fig')).to.equal('ripe');
    expect(await cluster.ask(0, 'GET cherry'), 'refused for certain').to.equal('(nil)');
    expect(await cluster.ask(2, 'GET plum'), 'perhaps written').to.be.oneOf(['1', 'blue']);
  });
});
