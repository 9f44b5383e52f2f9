// `synod cluster` as users start it, with its output in a pipe: the banner, a replica that is killed, the end, and what
// happens when it cannot start.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { InlineClient } from './inline-client.js';
import { until } from './until.js';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));
const step = 10;
/** Below the ports that the system gives away, and of this process alone as far as that can be. */
let nextPort = 20_000 + (process.pid % 1000) * step;

class Launcher {
  output = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [program, 'cluster', ...args], { env: { ...process.env, NO_COLOR: '1' } });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString();
      });
    }
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  said(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`the launcher to say ${pattern}`, () => pattern.exec(this.output)).catch((error: unknown) => {
      throw new Error(this.output, { cause: error });
    });
  }
}

describe('the launcher', function () {
  this.timeout(240_000);
  let data: string;
  let port: number;
  let launcher: Launcher | undefined;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'synod-launcher-'));
    port = nextPort;
    nextPort += step;
  });

  afterEach(async () => {
    launcher?.child.kill('SIGTERM');
    await launcher?.ended;
    launcher = undefined;
    await rm(data, { recursive: true });
  });

  function launch(...more: readonly string[]): Launcher {
    launcher = new Launcher([...more, '--port', String(port), '--data', data]);
    return launcher;
  }

  async function ask(place: number, line: string): Promise<string> {
    const client = await InlineClient.open(port + 1000 + place);
    const reply = await client.request(line);
    client.close();
    return reply;
  }

  it('says what to type, starts again what is killed, and stops all', async () => {
    const running = launch();
    await running.said(/Ctrl-C stops everything/);
    for (const expected of [data, `nc localhost ${port + 1000}`, `localhost:${port + 1002}`, 'PUT apple green']) {
      expect(running.output).to.include(expected);
    }
    expect(await ask(0, 'PUT apple green')).to.equal('OK');
    const [, pid] = await running.said(/kill -9 (\d+) +kills the leader/);
    const [, victim] = await running.said(new RegExp(`127.0.0.1:(\\d+) +localhost:\\d+ +${pid} +leads`));
    const place = Number(victim) - port;
    process.kill(Number(pid), 'SIGKILL');
    expect(await ask((place + 1) % 3, 'GET apple')).to.equal('green');
    await running.said(new RegExp(`${victim} │ killed by SIGKILL; it is started again in 1 s`));
    await running.said(new RegExp(`${victim} │ is back, pid \\d+`));
    expect(await ask(place, 'GET apple')).to.equal('green');
    running.child.kill('SIGINT');
    expect(await running.ended).to.equal(0);
    for (const gone of [0, 1, 2]) {
      const refusal = await ask(gone, 'PING').catch((error: unknown) => error);
      expect(refusal, `replica ${gone} is gone`).to.be.an('error');
    }
  });

  it('keeps the data, and wipes it when told to', async () => {
    await launch('1').said(/Ctrl-C stops/);
    expect(await ask(0, 'PUT apple green')).to.equal('OK');
    launcher?.child.kill('SIGTERM');
    expect(await launcher?.ended).to.equal(0);
    await launch('1').said(/Ctrl-C stops/);
    expect(await ask(0, 'GET apple')).to.equal('green');
    launcher?.child.kill('SIGTERM');
    expect(await launcher?.ended).to.equal(0);
    await launch('1', '--fresh').said(/Ctrl-C stops/);
    expect(await ask(0, 'GET apple')).to.equal('(nil)');
  });

  it('leaves what died where it is with --no-restart, and tells how to bring it back', async () => {
    const running = launch('--no-restart');
    const [, victim, pid] = await running.said(/127.0.0.1:(\d+) +localhost:\d+ +(\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    await running.said(new RegExp(`killed by SIGKILL; to bring it back: +node \\S*daemon.js 127.0.0.1:${victim} `));
    expect(await ask(1, 'PUT apple green')).to.equal('OK');
  });

  it('stops all when one cannot start, and ends with 1', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(port + 1, '127.0.0.1', resolve));
    try {
      const running = launch();
      expect(await running.ended).to.equal(1);
      expect(running.output).to.match(new RegExp(`${port + 1} │ .*${port + 1}.*in use`));
    } finally {
      server.close();
    }
  });

  it('hands on the daemons’ complaint about an option, and ends with 2', async () => {
    const running = launch('--frob', '1');
    expect(await running.ended).to.equal(2);
    expect(running.output).to.match(/frob/);
  });

  it('ends when nobody reads its output any more', async () => {
    const running = launch('1');
    const [, pid] = await running.said(/kill -9 (\d+)/);
    await running.said(/Ctrl-C stops/);
    running.child.stdout?.destroy();
    process.kill(Number(pid), 'SIGKILL');
    expect(await running.ended).to.equal(0);
  });
});
