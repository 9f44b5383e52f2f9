// The REPL against real daemons: it shows what the port says, and while the leader is killed a script goes on, every write
// being executed once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));
const LINES = 400;

/** Every kind of reply, and every way of typing; nothing that differs from one time to the next. */
const LINES_OF_ALL_KINDS = [
  'PUT city  Oslo and  its fjord ',
  'GET city',
  'put "a key" "\\x00\\xff \\"quoted\\""',
  'GET "a key"',
  "SET 'single' '(nil)'",
  'GET single',
  'PUT empty ""',
  'GET empty',
  'GET none',
  'PUT z\xc3\xbcri \xe6\x97\xa5\xe6\x9c\xac',
  'GET z\xc3\xbcri',
  'PUT broken \xff',
  'GET broken',
  'MGET city none empty',
  'RANGE - +',
  'PREFIX nobody',
  'INCR n',
  'SET m 9223372036854775806',
  'INCR m',
  'INCR m',
  'INCRBYFLOAT f 0.1',
  'EXISTS city n none',
  'TYPE city',
  'DELETE city n none',
  'ECHO "two  words"',
  'PING',
  'PING pong',
  'HELP GET',
  'HELP',
  'FROB',
  'GET "unbalanced',
  'SET n x GET',
  'SET n y IFEQ z',
  'DELIFEQ n x',
  'CONFIG GET appendonly',
  'SENTINEL SENTINELS synod',
  'COMMAND INFO GET',
  'MULTI',
  'PUT t 1',
  'GET t',
  'RANGE - + LIMIT 2',
  'EXEC',
  'MULTI',
  'DISCARD',
  'EXEC',
  'READONLY',
  'READWRITE',
  'STRLEN empty',
  `PUT long ${'x'.repeat(100_000)}`,
  'GET long',
];

/** Everything that is answered until the other side ends (latin1). */
async function answersOf(from: Readable, to: Writable, lines: string): Promise<string> {
  let text = '';
  from.setEncoding('latin1').on('data', (some: string) => (text += some));
  to.write(lines, 'latin1');
  await once(from, 'end');
  return text;
}

describe('the REPL and a cluster', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('shows in a pipe what the port answers inline', async () => {
    const place = cluster.place(1);
    const script = [...LINES_OF_ALL_KINDS, 'FLUSHALL'].join('\n');
    const socket = connect({ host: '127.0.0.1', port: place.clientPort });
    const inline = await answersOf(socket, socket, `${script}\nQUIT\n`);
    const child = spawn(process.execPath, [program, 'repl', `127.0.0.1:${place.clientPort}`]);
    const shown = await answersOf(child.stdout, child.stdin, `${script}\nQUIT\n`);
    expect(shown.split('\n')).to.deep.equal(inline.replaceAll('\r\n', '\n').replace(/OK\n$/, '').split('\n'));
  });

  it('executes every write once while the leader is killed', async () => {
    const leader = await cluster.settled();
    // The leader first, so that its death is felt.
    const addresses = [leader, (leader + 1) % 3, (leader + 2) % 3].map(
      (i) => `127.0.0.1:${cluster.place(i).clientPort}`,
    );
    const child = spawn(process.execPath, [program, 'repl', ...addresses], { stdio: ['pipe', 'pipe', 'pipe'] });
    const replies: string[] = [];
    const notices: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => notices.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      replies.push(line);
      if (replies.length === LINES / 4) void cluster.daemon(leader).kill();
    });
    child.stdin.end('INCR n\n'.repeat(LINES));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const told = `${replies.filter((line) => line.startsWith('ERROR')).join('\n')}\n${notices.join('\n')}`;
    expect(replies, told).to.deep.equal(Array.from({ length: LINES }, (_, i) => `(integer) ${i + 1}`));
    expect(code).to.equal(0);
    expect(notices.join('\n')).to.include('now at');
    expect(await cluster.ask((leader + 1) % 3, 'GET n')).to.equal(`${LINES}`);
  });
});
