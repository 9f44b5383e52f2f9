// The program in a pipe, against small servers that answer as a replica does: replies and nothing else on standard output, the
// exit code, any bytes, and going on with the next replica.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Answer, error, FakeReplicas, list, NONE, OK, QUEUED, value } from './fake-replica.js';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

function repl(args: readonly string[], input: string): Promise<Ended> {
  const child = spawn(process.execPath, [program, 'repl', ...args], { env: { ...process.env, NO_COLOR: '1' } });
  let out = '';
  let told = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString('latin1')));
  child.stderr.on('data', (bytes: Buffer) => (told += bytes.toString()));
  child.stdin.end(input, 'latin1');
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, told })));
}

/** Answers by request; what is not listed is no command. */
function by(replies: Readonly<Record<string, Answer>>): (request: string) => Answer {
  return (request) => replies[request.replace(/^ONCE \S+ /, '')] ?? error('ERR', 'what?');
}

describe('the REPL in a pipe', function () {
  this.timeout(30_000);
  const replicas = new FakeReplicas();

  afterEach(() => replicas.stop());

  it('prints replies of any number of lines, any bytes, and only them', async () => {
    const { address } = await replicas.start(
      by({
        'PUT apple gr\xfcn, two words': OK,
        'GET apple': value('gr\xc3\xbcn'),
        'GET bytes': value('\0\xff'),
        STATUS: { type: 'text', text: 'one\n\nthree' },
        'KEYS *': list(),
        'RANGE - +': {
          type: 'pairs',
          pairs: [
            ['a', '1'],
            ['b c', ''],
          ],
        },
        'GET none': NONE,
      }),
    );
    const typed = 'PUT apple gr\xfcn, two words\n\nGET apple\nGET bytes\nSTATUS\r\nKEYS *\nRANGE - +\nGET none';
    const { code, out, told } = await repl([address], typed);
    expect(out).to.equal('OK\ngr\xc3\xbcn\n"\\x00\\xff"\none\n\nthree\n(empty)\na 1\n"b c" ""\n(2 pairs)\n(nil)\n');
    expect({ code, told }).to.deep.equal({ code: 0, told: '' });
  });

  it('ends with 1 when a reply was an error, having done the rest', async () => {
    const { address } = await replicas.start(by({ 'GET apple': value('green') }));
    const { code, out } = await repl([address], 'FROB\nPUT "\nGET apple\n');
    const [first, second, third] = out.split('\n');
    expect({ code, first, third }).to.deep.equal({ code: 1, first: 'ERROR ERR what?', third: 'green' });
    expect(second).to.match(/^ERROR ERR unbalanced quotes/);
  });

  it('ends with 1 where a transaction has no end', async () => {
    const { address } = await replicas.start(by({ MULTI: OK, 'PUT a 1': QUEUED }));
    const { code, out, told } = await repl([address], 'MULTI\nPUT a 1\n');
    expect({ code, out }).to.deep.equal({ code: 1, out: 'OK\nQUEUED\n' });
    expect(told).to.match(/MULTI without EXEC: nothing of it was executed/);
  });

  it('ends at QUIT', async () => {
    const { address } = await replicas.start(by({ 'GET a': value('one') }));
    expect(await repl([address], 'GET a\nquit\nGET a\n')).to.deep.equal({ code: 0, out: 'one\n', told: '' });
  });

  it('ends at QUIT although more might be typed', async () => {
    const { address } = await replicas.start(by({}));
    const child = spawn(process.execPath, [program, 'repl', address]);
    child.stdin.write('QUIT\n');
    expect(await new Promise((resolve) => child.once('close', resolve))).to.equal(0);
  });

  it('goes on with the next replica when one breaks: the write is asked for again under its id', async () => {
    const first = await replicas.start((request) => (request.endsWith('PUT b 2') ? 'break' : OK));
    const second = await replicas.start(() => OK);
    const { code, out, told } = await repl([first.address, second.address], 'PUT a 1\nPUT b 2\nPUT c 3\n');
    expect({ code, out }).to.deep.equal({ code: 0, out: 'OK\nOK\nOK\n' });
    expect(told).to.include(`(now at ${second.address})`);
    expect(first.asked.at(-1)).to.match(/^ONCE \S{36} PUT b 2$/);
    expect(second.asked[0]).to.equal(first.asked.at(-1));
  });

  it('executes nothing of a transaction whose connection broke', async () => {
    const first = await replicas.start((request) => {
      if (request === 'MULTI') return OK;
      return request === 'SET a 1' ? QUEUED : 'break';
    });
    const second = await replicas.start(() => OK);
    const typed = 'MULTI\nSET a 1\nSET b 2\nSET c 3\nEXEC\nGET d\n';
    const { code, out } = await repl([first.address, second.address], typed);
    expect(code).to.equal(1);
    expect(out.replace(/^(ERROR \w+).*$/gm, '$1')).to.equal(
      'OK\nQUEUED\nERROR EXECABORT\nERROR EXECABORT\nERROR EXECABORT\nOK\n',
    );
    expect(second.asked).to.deep.equal(['GET d']);
  });

  it('skips replicas that are not there', async () => {
    const gone = await replicas.start(() => OK);
    gone.stop();
    const there = await replicas.start(() => value('here'));
    expect(await repl([gone.address, there.address], 'GET a\n')).to.deep.equal({ code: 0, out: 'here\n', told: '' });
    const { code, out, told } = await repl([gone.address], 'GET a\n');
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    expect(told).to.include(`no replica can be reached at ${gone.address}`);
  });

  for (const wrong of ['nowhere', 'host:port', 'a:0', 'a:70000', '--frob']) {
    it(`refuses ${wrong} in one line`, async () => {
      const { code, told } = await repl([wrong], '');
      expect(code).to.equal(2);
      expect(told).to.match(new RegExp(`^synod: .*${wrong}.*; --help lists all\n$`));
    });
  }

  it('tells how it is used', async () => {
    const { code, out } = await repl(['--help'], '');
    expect(code).to.equal(0);
    expect(out).to.match(/^usage: synod repl/);
  });
});

describe('the REPL at a terminal of its own', function () {
  this.timeout(30_000);
  const replicas = new FakeReplicas();

  afterEach(() => replicas.stop());

  it('greets, prompts, and ends with its input', async function () {
    if (process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0) this.skip();
    const { address } = await replicas.start(
      by({ WHO: { type: 'status', text: 'a 127.0.0.1:9000' }, 'GET a': value('x') }),
    );
    const command = `${process.execPath} ${program} repl ${address}`;
    const home = await mkdtemp(join(tmpdir(), 'synod-repl-'));
    const child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { ...process.env, HOME: home, NO_COLOR: '1' },
    });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => {
      const before = out;
      out += bytes.toString();
      const prompts = (text: string): number => text.split('synod (a leads)> ').length;
      if (prompts(before) === 1 && prompts(out) > 1) child.stdin.write('GET a\r');
      if (!before.includes('\nx\r') && out.includes('\nx\r')) child.stdin.write('quit\r');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    await rm(home, { recursive: true });
    expect(out).to.match(new RegExp(`^connected to ${address}`));
    expect(code).to.equal(0);
  });
});
