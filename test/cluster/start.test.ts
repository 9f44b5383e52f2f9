// How a daemon starts and ends: what it refuses, in one line and with which exit code, and that it leaves in order.
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { Daemon } from './daemon.js';
import { freePorts } from './free-ports.js';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

/** The lines that are not log lines: what a person is told who started it by hand. */
function plainLines(daemon: Daemon): string[] {
  return daemon.output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describe('a daemon', function () {
  this.timeout(240_000);
  let cluster: LocalCluster;
  let extra: Daemon | undefined;

  beforeEach(async () => {
    cluster = await LocalCluster.prepare({ replicas: 1 });
  });

  afterEach(async () => {
    await extra?.kill();
    extra = undefined;
    await cluster.dispose();
  });

  async function runsOnce(args: readonly string[]): Promise<{ code: number | null; told: string[] }> {
    extra = new Daemon(args);
    extra.start();
    const { code } = await extra.ended;
    return { code, told: plainLines(extra) };
  }

  it('alone is a cluster of one', async () => {
    cluster.daemon(0).start();
    await cluster.settled(0);
    expect(await cluster.ask(0, 'PUT apple green')).to.equal('OK');
    await cluster.daemon(0).kill();
    cluster.daemon(0).start();
    await cluster.settled(0);
    expect(await cluster.ask(0, 'GET apple')).to.equal('green');
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 within 5 s on ${signal}, also with idle clients and twice told`, async () => {
      cluster.daemon(0).start();
      await cluster.settled(0);
      const idle = await Promise.all(Array.from({ length: 20 }, () => cluster.client(0)));
      const began = performance.now();
      cluster.daemon(0).signal(signal);
      cluster.daemon(0).signal('SIGTERM');
      expect(await cluster.daemon(0).ended).to.deep.equal({ code: 0, signal: null });
      expect(performance.now() - began).to.be.lessThan(5000);
      await until('the clients to be told', () => idle.every((client) => !client.open));
    });
  }

  it('ends with 0 within 5 s on SIGTERM when it has no quorum', async () => {
    const three = await LocalCluster.prepare();
    try {
      three.daemon(0).start();
      await three.serving(0);
      const client = await three.client(0);
      const reply = client.request('PUT apple green').catch(() => 'lost');
      await until('STATUS', () => three.status(0));
      const began = performance.now();
      expect(await three.daemon(0).terminate()).to.deep.equal({ code: 0, signal: null });
      expect(performance.now() - began).to.be.lessThan(5000);
      expect(await reply).to.match(/^(lost|ERROR (NOQUORUM|UNCERTAIN) .*)$/);
    } finally {
      await three.dispose();
    }
  });

  const mistakes: readonly [string, readonly string[], RegExp][] = [
    ['nothing', [], /listen/],
    ['a port that is none', ['127.0.0.1:99999'], /99999/],
    ['an unknown option', ['127.0.0.1:1', '--frob', '1'], /frob/],
    ['a value that is none', ['127.0.0.1:1', '--lease-ms', 'long'], /lease-ms.*long/],
    ['a name that is not listed', ['127.0.0.1:1', '127.0.0.1:1', '--name', 'z'], /z/],
    ['too many replicas', ['127.0.0.1:1', ...Array.from({ length: 32 }, (_, i) => `127.0.0.1:${i + 1}`)], /at most 31/],
    ['a list that leaves open who it is', ['0.0.0.0:1', '10.255.0.1:1', '10.255.0.2:1'], /add --name/],
  ];
  for (const [name, args, told] of mistakes) {
    it(`told ${name} says so in one line and ends with 2`, async () => {
      const { code, told: lines } = await runsOnce(args);
      expect({ code, lines: lines.length }).to.deep.equal({ code: 2, lines: 1 });
      expect(lines[0]).to.match(told);
    });
  }

  describe('beside another', () => {
    beforeEach(async () => {
      cluster.daemon(0).start();
      await cluster.settled(0);
    });

    afterEach(async () => {
      expect(await cluster.ask(0, 'PUT still here')).to.equal('OK');
    });

    it('refuses to start on its ports', async () => {
      const { port, clientPort } = cluster.place(0);
      const [free = 0] = await freePorts(1);
      for (const [listen, client, told] of [
        [port, free, port],
        [free, clientPort, clientPort],
      ]) {
        const data = `${cluster.directory}/other-${listen}`;
        const args = [`127.0.0.1:${listen}`, '--client', `127.0.0.1:${client}`, '--data', data];
        const { code, told: lines } = await runsOnce(args);
        expect({ code, lines: lines.length }).to.deep.equal({ code: 1, lines: 1 });
        expect(lines[0])
          .to.include(String(told))
          .and.to.match(/in use/);
        expect(existsSync(data), 'nothing was made').to.equal(false);
      }
    });

    it('refuses to start on its directory', async () => {
      const [listen = 0, client = 0] = await freePorts(2);
      const args = [`127.0.0.1:${listen}`, '--client', `127.0.0.1:${client}`, '--data', cluster.place(0).data];
      const { code, told } = await runsOnce([...args, '--name', 'a']);
      expect({ code, lines: told.length }).to.deep.equal({ code: 1, lines: 1 });
      expect(told[0]).to.include(cluster.place(0).data);
    });
  });

  it('refuses a directory of another name or cluster', async () => {
    cluster.daemon(0).start();
    await cluster.settled(0);
    await cluster.daemon(0).terminate();
    const { port, clientPort, data } = cluster.place(0);
    const place = [`127.0.0.1:${port}`, '--client', `127.0.0.1:${clientPort}`, '--data', data];
    for (const other of [
      ['--name', 'z'],
      ['--name', 'a', '--cluster', 'other'],
    ]) {
      const { code, told } = await runsOnce([...place, ...other]);
      expect({ code, lines: told.length }).to.deep.equal({ code: 1, lines: 1 });
      expect(told[0]).to.include(data);
    }
  });

  it('that disagrees with the others is refused with both sides shown', async () => {
    const three = await LocalCluster.prepare();
    try {
      three.daemon(0).start();
      three.daemon(1).start();
      await three.settled(0);
      three.daemon(2).start(['--lease-ms', '450']);
      await three.serving(2);
      for (const i of [0, 2]) {
        await until('the line', () => /[^\n]*lease[^\n]*(300[^\n]*450|450[^\n]*300)/i.test(three.daemon(i).output));
      }
      expect((await three.statusOf(0, 2)).contact).to.equal(false);
      expect(await three.ask(1, 'PUT apple green')).to.equal('OK');
    } finally {
      await three.dispose();
    }
  });
});
