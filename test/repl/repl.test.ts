// The REPL in a pipe, against small servers that answer as a replica does: framing of replies of any number of lines, the
// exit code, going on with the next replica, and honesty when a reply is lost.
import { spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));

/** Answers every line with what `answer` says; undefined breaks the connection. ECHO works as on a replica. */
function replica(answer: (line: string) => string | undefined): Promise<{ server: Server; address: string }> {
  const server = createServer((socket: Socket) => {
    socket.setEncoding('latin1').on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      const reply = line.startsWith('ECHO ') ? `${line.slice(5)}\r\n` : answer(line);
      if (reply === undefined) socket.destroy();
      else socket.write(reply, 'latin1');
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      resolve({ server, address: `127.0.0.1:${typeof place === 'object' ? place?.port : 0}` });
    });
  });
}

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

describe('the REPL in a pipe', function () {
  this.timeout(20_000);
  const servers: Server[] = [];

  async function start(answer: (line: string) => string | undefined): Promise<string> {
    const { server, address } = await replica(answer);
    servers.push(server);
    return address;
  }

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('prints replies of any number of lines, and only them', async () => {
    const replies: Readonly<Record<string, string>> = {
      'PUT apple gr\xfcn': 'OK\r\n',
      'GET apple': 'gr\xfcn\r\n',
      STATUS: 'one\r\n\r\nthree\r\n',
      KEYS: '(empty)\r\n',
    };
    const address = await start((line) => replies[line] ?? 'ERROR ERR what?\r\n');
    const { code, out, told } = await repl([address], 'PUT apple gr\xfcn\n\nGET apple\nSTATUS\r\nKEYS');
    expect(out).to.equal('OK\ngr\xfcn\none\n\nthree\n(empty)\n');
    expect({ code, told }).to.deep.equal({ code: 0, told: '' });
  });

  it('ends with 1 when a reply was an error, having done the rest', async () => {
    const address = await start((line) => (line === 'GET apple' ? 'green\r\n' : 'ERROR ERR what?\r\n'));
    const { code, out } = await repl([address], 'FROB\nGET apple\n');
    expect({ code, out }).to.deep.equal({ code: 1, out: 'ERROR ERR what?\ngreen\n' });
  });

  it('ends at QUIT', async () => {
    const address = await start((line) => `${line}\r\n`);
    expect(await repl([address], 'one\nquit\ntwo\n')).to.deep.equal({ code: 0, out: 'one\n', told: '' });
  });

  it('goes on with the next replica when one breaks, and says what is not known', async () => {
    const first = await start((line) => (line === 'PUT b 2' ? undefined : 'first\r\n'));
    const second = await start(() => 'second\r\n');
    const { code, out, told } = await repl([first, second], 'PUT a 1\nPUT b 2\nPUT c 3\n');
    expect({ code, out }).to.deep.equal({ code: 1, out: 'first\nsecond\n' });
    expect(told).to.match(/may or may not have been executed\n/);
    expect(told).to.include(`now at ${second}`);
  });

  it('skips replicas that are not there', async () => {
    const gone = await start(() => '');
    servers.pop()?.close();
    const there = await start(() => 'here\r\n');
    expect(await repl([gone, there], 'GET a\n')).to.include({ code: 0, out: 'here\n' });
    const { code, told } = await repl([gone], 'GET a\n');
    expect(code).to.equal(1);
    expect(told).to.include(`no replica can be reached at ${gone}`);
  });

  for (const wrong of ['nowhere', 'host:port', '--frob']) {
    it(`refuses ${wrong} in one line`, async () => {
      const { code, told } = await repl([wrong], '');
      expect(code).to.equal(2);
      expect(told).to.include(wrong);
    });
  }
});
