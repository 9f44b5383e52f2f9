// Stock clients of Redis talk to real daemons as they would to a Redis: their greetings, their pipelines, their way of
// failing over.
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { LocalCluster } from './local-cluster.js';

const BENCHMARK_REQUESTS = process.env.SYNOD_LONG === '1' ? 100_000 : 4_000;

describe('clients of Redis', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start();
    await cluster.settled(0, undefined, 60_000);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('ioredis: values of any bytes, pipelined, through any replica', async () => {
    const writer = new Redis({ host: '127.0.0.1', port: cluster.place(1).clientPort });
    const reader = new Redis({ host: '127.0.0.1', port: cluster.place(2).clientPort });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(await writer.set('bytes', bytes)).to.equal('OK');
    expect(await reader.getBuffer('bytes')).to.deep.equal(bytes);
    const pipeline = writer.pipeline();
    for (let n = 0; n < 500; n++) pipeline.set(`key ${n}`, `value ${n}`).get(`key ${n}`);
    const replies = await pipeline.exec();
    expect(replies).to.deep.equal(
      Array.from({ length: 500 }, (_, n) => [
        [null, 'OK'],
        [null, `value ${n}`],
      ]).flat(),
    );
    expect(await reader.del('bytes', 'nothing', 'key 0')).to.equal(2);
    expect(await reader.get('bytes')).to.equal(null);
    expect(await writer.client('GETNAME')).to.equal(null);
    expect(await writer.info('persistence')).to.contain('loading:0');
    writer.disconnect();
    reader.disconnect();
  });

  it('ioredis: fails over by asking the replicas as sentinels', async () => {
    const sentinels = cluster.places.map(({ clientPort }) => ({ host: '127.0.0.1', port: clientPort }));
    const client = new Redis({ sentinels, name: 'synod', sentinelRetryStrategy: () => 50 });
    expect(await client.set('kept', 'safe')).to.equal('OK');
    const port = client.stream.remotePort;
    const place = cluster.places.findIndex(({ clientPort }) => clientPort === port);
    expect(place).to.be.at.least(0);
    await cluster.place(place).daemon.kill();
    expect(await client.get('kept')).to.equal('safe');
    expect(client.stream.remotePort).to.not.equal(port);
    client.disconnect();
    cluster.place(place).daemon.start();
    await cluster.serving(place);
    await cluster.settled(0, undefined, 60_000);
  });

  it('node-redis: greets in RESP3', async () => {
    const client = createClient({
      url: `redis://127.0.0.1:${cluster.place(0).clientPort}`,
      RESP: 3,
      name: 'a-test',
    });
    await client.connect();
    expect(await client.set('apple', 'green')).to.equal('OK');
    expect(await client.get('apple')).to.equal('green');
    expect(await client.get('pear')).to.equal(null);
    expect(await client.exists(['apple', 'pear'])).to.equal(1);
    expect(await client.clientGetName()).to.equal('a-test');
    await client.close();
  });

  it('redis-cli: a person may type, and a script may pipe', function () {
    if (spawnSync('redis-cli', ['--version']).status !== 0) this.skip();
    const port = `${cluster.place(0).clientPort}`;
    const cli = (args: readonly string[], input = ''): string =>
      spawnSync('redis-cli', ['-p', port, ...args], { input, encoding: 'utf8' }).stdout;
    expect(cli(['-3'], 'SET plum "dark blue"\nGET plum\nGET none\nDEL plum\nFROB\n')).to.equal(
      "OK\ndark blue\n\n1\nERR unknown command 'FROB'; type HELP\n\n",
    );
    const set = (n: number): string => `*3\r\n$3\r\nSET\r\n$10\r\npiped${n}\r\n$5\r\n${n}\r\n`;
    const requests = Array.from({ length: 20_000 }, (_, n) => set(10_000 + n)).join('');
    expect(cli(['--pipe'], requests)).to.contain('errors: 0, replies: 20000');
    expect(cli(['EXISTS', 'piped10000', 'piped29999'])).to.equal('2\n');
    const wrong = '*2\r\n$4\r\nFROB\r\n$1\r\nx\r\n';
    expect(cli(['--pipe'], set(10_000) + wrong + set(10_001))).to.contain('errors: 1, replies: 3');
    expect(cli(['--scan', '--pattern', 'piped1????']).trimEnd().split('\n')).to.have.lengthOf(10_000);
  });

  for (const pipelined of [[], ['-P', '16']]) {
    it(`redis-benchmark ${pipelined.join(' ')}: its tests run clean`, function () {
      if (spawnSync('redis-benchmark', ['--version']).status !== 0) this.skip();
      const tests = ['-t', 'ping,set,get,incr,mset', '-n', `${BENCHMARK_REQUESTS}`, '-q'];
      const args = ['-p', `${cluster.place(1).clientPort}`, ...tests, ...pipelined];
      const { status, stdout, stderr } = spawnSync('redis-benchmark', args, { encoding: 'utf8' });
      const told = stdout.split(/[\r\n]+/).filter((line) => line.includes('requests per second'));
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      expect(told.map((line) => line.split(':')[0])).to.deep.equal([
        'PING_INLINE',
        'PING_MBULK',
        'SET',
        'GET',
        'INCR',
        'MSET (10 keys)',
      ]);
      expect(stdout).to.not.match(/error/i);
    });
  }
});
