// A person at a terminal: what is typed, and what the screen then shows, without a terminal.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import pc from 'picocolors';
import { ColourScreen } from '#src/repl/colour-screen.js';
import { History } from '#src/repl/history.js';
import { Session } from '#src/repl/session.js';
import { Terminal } from '#src/repl/terminal.js';
import type { Reply } from '#src/wire/reply.js';
import { until } from '../cluster/until.js';
import { type Answer, error, FakeReplicas, list, OK, QUEUED, value } from './fake-replica.js';
import { TerminalPicture } from './terminal-picture.js';

const PLAIN = pc.createColors(false);
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const TAB = '\t';
const UP = '\u001b[A';

class Output extends PassThrough {
  readonly columns: number;
  constructor(columns: number) {
    super();
    this.columns = columns;
  }
}

const answers: Readonly<Record<string, Answer>> = {
  'GET apple': value('green'),
  'SET apple red': OK,
  MULTI: OK,
  'INCR n': QUEUED,
  EXEC: list(value('a')),
  DISCARD: OK,
  'WAIT 1 0': 'silence',
};

describe('the REPL at a terminal', function () {
  this.timeout(30_000);
  const replicas = new FakeReplicas();
  let home = '';
  let leader = 'a';

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'synod-repl-'));
  });

  after(() => rm(home, { recursive: true }));

  afterEach(() => replicas.stop());

  beforeEach(() => {
    leader = 'a';
  });

  function answer(request: string): Answer {
    if (request === 'WHO') return { type: 'status', text: `${leader} 127.0.0.1:9000` };
    if (request === 'STATUS JSON') return { type: 'text', text: '{"replicas":[]}' };
    if (request.startsWith('PREFIX '))
      return list(...['user:1', 'user:22'].map((key): Reply => list(value(key), value('x'))));
    return answers[request.replace(/^ONCE \S+ /, '')] ?? error('ERR', 'what?');
  }

  async function sit(columns = 60) {
    const replica = await replicas.start(answer);
    const picture = new TerminalPicture(columns);
    const output = new Output(columns);
    output.on('data', (bytes: Buffer) => picture.write(bytes.toString()));
    const input = new PassThrough();
    const terminal = new Terminal({ input, output }, PLAIN, new History(() => {}, join(home, 'history')));
    const session = new Session([replica.address], new ColourScreen(terminal, PLAIN), { forMs: 0, everyMs: 1 });
    const left = terminal.run(session);
    /** Types, and waits until the last line is so. */
    const type = async (keys: string, lastLine: string): Promise<void> => {
      input.write(keys);
      try {
        await until(lastLine, async () => picture.lastLine === lastLine || undefined, 5_000);
      } catch {
        expect(picture.text).to.equal(`… ${lastLine}`);
      }
    };
    await type('', 'synod (a leads)>');
    return { picture, replica, type, input, left };
  }

  it('shows arguments to come while one types, and takes them away', async () => {
    const { picture, type } = await sit();
    await type('GE', 'synod (a leads)> GE');
    await type('T', 'synod (a leads)> GET key');
    await type(' ', 'synod (a leads)> GET key');
    await type('a', 'synod (a leads)> GET a');
    await type('\u007f', 'synod (a leads)> GET key');
    await type('apple\r', 'synod (a leads)>');
    expect(picture.text.split('\n').slice(-3)).to.deep.equal([
      'synod (a leads)> GET apple',
      'green',
      'synod (a leads)>',
    ]);
  });

  it('cuts what is to come at the edge of the window', async () => {
    const { type } = await sit(40);
    await type('SET ', 'synod (a leads)> SET key value [NX|XX|…');
  });

  it('completes commands and keys', async () => {
    const { type, picture } = await sit();
    // Pasted text is not completed: keys come one by one.
    await type('getr', 'synod (a leads)> getr');
    await type(TAB, 'synod (a leads)> getr');
    await type('e', 'synod (a leads)> getre');
    await type(TAB, 'synod (a leads)> getrev key');
    await type('u', 'synod (a leads)> getrev u');
    await type(TAB, 'synod (a leads)> getrev user:');
    await type(TAB, 'synod (a leads)> getrev user:');
    await until('candidates', () => /user:1 +user:22/.test(picture.text), 5_000);
  });

  it('tells in the prompt who leads and what MULTI has gathered', async () => {
    const { type } = await sit();
    leader = 'b';
    await type('GET apple\r', 'synod (b leads)>');
    await type('MULTI\r', 'synod (b leads) MULTI 0>');
    await type('INCR n\r', 'synod (b leads) MULTI 1>');
    await type('EXEC\r', 'synod (b leads)>');
  });

  it('tells of another leader while nothing is typed, and keeps what is', async () => {
    const { type } = await sit();
    await type('GET app', 'synod (a leads)> GET app');
    leader = 'b';
    await type('', 'synod (b leads)> GET app');
    await type('le\r', 'synod (b leads)>');
  });

  it('stops what runs by Ctrl-C, clears the line by it, and says how to leave', async () => {
    const { type, picture, input, left, replica } = await sit();
    input.write('WAIT 1 0\r');
    await until('WAIT', () => replica.asked.includes('WAIT 1 0'), 5_000);
    await type(CTRL_C, 'synod (a leads)>');
    expect(picture.text).to.include('STOPPED');
    await type('GET apple', 'synod (a leads)> GET apple');
    await type(CTRL_C, 'synod (a leads)>');
    await type(CTRL_C, 'synod (a leads)>');
    expect(picture.text).to.include('(Ctrl-D or QUIT leaves)\nsynod (a leads)>');
    input.write(CTRL_D);
    await left;
  });

  it('remembers what was typed, but no password', async () => {
    const first = await sit();
    await first.type('GET apple\r', 'synod (a leads)>');
    await first.type('AUTH secret\r', 'synod (a leads)>');
    first.input.write('QUIT\r');
    await first.left;
    const second = await sit();
    await second.type(UP, 'synod (a leads)> QUIT');
    await second.type(UP, 'synod (a leads)> GET apple');
  });

  it('goes back to the prompt when the replica is gone', async () => {
    const { type, picture, replica } = await sit();
    replica.stop();
    await type('GET apple\r', 'synod (no leader)>');
    expect(picture.text).to.include(`no replica can be reached at ${replica.address}`);
  });
});
