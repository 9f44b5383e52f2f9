// Conversations, line by line, with what is shown and what replicas are asked.
import { expect } from 'chai';
import { PlainScreen } from '#src/repl/plain-screen.js';
import { Session } from '#src/repl/session.js';
import { type Answer, error, FakeReplicas, integer, list, NONE, OK, QUEUED, value } from './fake-replica.js';

const NEVER = new AbortController().signal;
const PAIRS = list(list(value('a'), value('1')));

const ANSWERS: Readonly<Record<string, Answer>> = {
  'GET a': value('green'),
  READONLY: OK,
  READWRITE: OK,
  RESET: { type: 'status', text: 'RESET' },
  'WATCH a': OK,
  MULTI: OK,
  'RANGE - +': QUEUED,
  'MGET a b': QUEUED,
  EXEC: list(PAIRS, list(value('a'), value('1'))),
  'EXEC none': NONE,
  'SET a 1 2': error('ERR', 'syntax error'),
  'GET a b': error('ERR', "wrong number of arguments for 'get' command"),
  'STATUS JSON': { type: 'text', text: '{"replicas":[{"clientAddress":"127.0.0.1:1"},{"clientAddress":null}]}' },
  WHO: { type: 'status', text: 'a 127.0.0.1:9000' },
};

describe('a session', function () {
  this.timeout(20_000);
  const replicas = new FakeReplicas();

  afterEach(() => replicas.stop());

  async function begin(others = 0) {
    const all = await Promise.all(
      Array.from({ length: 1 + others }, (_, i) =>
        replicas.start((request) => {
          if (/^\w+ breaking$/.test(request)) return i === 0 ? 'break' : value('whole');
          return ANSWERS[request.replace(/^ONCE \S+ /, '')] ?? error('ERR', 'unknown command');
        }),
      ),
    );
    let out = '';
    const screen = new PlainScreen(
      (bytes) => (out += Buffer.from(bytes).toString()),
      (text) => (out += text),
    );
    const session = new Session(
      all.map(({ address }) => address),
      screen,
      { forMs: 0, everyMs: 1 },
    );
    const say = async (line: string): Promise<string> => {
      out = '';
      const outcome = await session.execute(line, NEVER);
      return `${outcome}: ${out.replace(/:\d{4,5}/g, ':PORT').trimEnd()}`;
    };
    return { say, session, asked: all.map((replica) => replica.asked), addresses: all.map(({ address }) => address) };
  }

  it('explains how a command is written', async () => {
    const { say } = await begin();
    expect(await say('GET a b')).to.equal(
      "failed: ERROR ERR wrong number of arguments for 'get' command; usage: GET key",
    );
    expect(await say('SET a 1 2')).to.match(
      /^failed: ERROR ERR syntax error \(quote the value or use PUT\); usage: SET/,
    );
    expect(await say('FROB')).to.equal('failed: ERROR ERR unknown command');
    expect(await say('POST / HTTP/1.1')).to.match(/^failed: ERROR ERR .*browsers.*not sent$/);
    expect(await say('  ')).to.equal('done: ');
  });

  it('reads the replies of a transaction by what was queued', async () => {
    const { say, session } = await begin();
    for (const line of ['MULTI', 'RANGE - +', 'MGET a b']) await say(line);
    expect(session.transaction.queued).to.equal(2);
    expect(await session.ask(['WHO'])).to.equal(null);
    expect(await say('EXEC')).to.equal('done: 1) a 1\n   (1 pair)\n2) 1) a\n   2) 1');
    expect(session.transaction.queued).to.equal(null);
  });

  it('does not know whether EXEC was executed when its reply is lost, and goes on without the transaction', async () => {
    const { say, asked } = await begin(1);
    await say('MULTI');
    await say('MGET a b');
    expect(await say('EXEC breaking')).to.match(/^failed: ERROR UNCERTAIN .*may have been executed/);
    expect(await say('GET a')).to.equal('done: (now at 127.0.0.1:PORT)\ngreen');
    expect(asked[1]).to.deep.equal(['GET a']);
  });

  it('tells why EXEC did nothing', async () => {
    const { say } = await begin();
    await say('MULTI');
    await say('RANGE - +');
    expect(await say('EXEC none')).to.equal('done: (a watched key was changed; nothing was executed)\n(nil)');
  });

  it('tells the next replica that stale reads will do', async () => {
    const { say, asked } = await begin(1);
    await say('READONLY');
    expect(await say('GET breaking')).to.equal('done: (now at 127.0.0.1:PORT)\nwhole');
    expect(asked[1]).to.deep.equal(['READONLY', 'GET breaking']);
    await say('READWRITE');
    await say('RESET');
    await say('GET a');
    expect(asked[1]?.slice(2)).to.deep.equal(['READWRITE', 'RESET', 'GET a']);
  });

  it('begins on a new connection after RESET, and speaks its own protocol on it', async () => {
    const { say, asked } = await begin();
    await say('READONLY');
    expect(await say('RESET')).to.equal('done: RESET');
    expect(await say('GET a')).to.equal('done: green');
    expect(asked[0]).to.deep.equal(['READONLY', 'RESET', 'GET a']);
  });

  it('goes elsewhere, and forgets what belongs to the connection', async () => {
    const { say, asked, addresses } = await begin(1);
    await say('READONLY');
    await say('WATCH a');
    expect(await say(`.connect ${addresses[1]}`)).to.equal('done: (connected to 127.0.0.1:PORT)');
    expect(await say('GET a')).to.equal('done: green');
    expect(asked[1]).to.deep.equal(['STATUS JSON', 'GET a']);
    expect(await say('MULTI')).to.match(/^failed: ERROR EXECABORT/);
    expect(await say('.connect nowhere')).to.equal("failed: 'nowhere' is not host:port");
    expect(await say('.connect a:70000')).to.match(/^failed: port 70000 of 'a:PORT' is not between 1 and 65535/);
    expect(await say('.connect')).to.match(/^failed: usage: \.connect host:port/);
  });

  it('stays where it is when nobody answers elsewhere, and keeps what belongs to the connection', async () => {
    const { say, asked, session } = await begin();
    await say('READONLY');
    for (const line of ['MULTI', 'MGET a b']) await say(line);
    expect(await say('.connect 127.0.0.1:1')).to.match(
      /^failed: no replica can be reached at 127.0.0.1:1 .*\n\(still at 127.0.0.1:PORT\)$/,
    );
    expect(session.transaction.queued).to.equal(1);
    expect(await say('EXEC')).to.match(/^done: /);
    expect(asked[0]).to.deep.equal(['READONLY', 'MULTI', 'MGET a b', 'EXEC']);
  });

  it('stays where it is when what answers elsewhere is no replica', async () => {
    const { say } = await begin();
    const other = await replicas.start(() => error('ERR', "unknown command 'STATUS'"));
    await say('GET a');
    expect(await say(`.connect ${other.address}`)).to.equal(
      "failed: ERROR ERR unknown command 'STATUS'\n(still at 127.0.0.1:PORT)",
    );
    expect(await say('GET a')).to.equal('done: green');
    expect(other.asked).to.deep.equal(['STATUS JSON']);
  });

  it('tells how long a reply took, when asked to', async () => {
    const { say } = await begin();
    expect(await say('.timing perhaps')).to.equal('failed: usage: .timing on|off');
    expect(await say('.timing on')).to.equal('done: ');
    expect(await say('GET a')).to.match(/^done: green\n\(\d+\.\d ms\)$/);
    await say('.timing off');
    expect(await say('GET a')).to.equal('done: green');
  });

  it('helps, and leaves', async () => {
    const { say } = await begin();
    expect(await say('.help')).to.match(/\.connect.*\.timing.*\.quit/s);
    expect(await say('.frob')).to.equal('failed: there is no .frob; .help lists what there is');
    for (const line of ['.quit', 'quit', 'EXIT']) expect(await say(line)).to.equal('quit: ');
  });

  it('refuses FOLLOW that is not written as one, and tells when a replica has none', async () => {
    const { say } = await begin();
    for (const line of ['FOLLOW', 'FOLLOW a FROM', 'FOLLOW a FROM x', 'FOLLOW a b c'])
      expect(await say(line)).to.equal('failed: ERROR ERR usage: FOLLOW prefix [FROM revision]');
    expect(await say('FOLLOW a')).to.equal('failed: ERROR ERR unknown command');
  });

  it('follows on a connection of its own', async () => {
    const stop = new AbortController();
    const change = list(integer(8), value('PUT'), value('user:1'), value('Anna'));
    const replica = await replicas.start((request) => {
      if (request === 'REVISION') return integer(7);
      if (request.includes('FROM 7')) return list(integer(8), list(change));
      setImmediate(() => stop.abort());
      return request === 'GET a' ? value('x') : 'silence';
    });
    let out = '';
    const tell = (text: string | Uint8Array): void => {
      out += text.toString();
    };
    const session = new Session([replica.address], new PlainScreen((bytes) => tell(Buffer.from(bytes)), tell), {
      forMs: 0,
      everyMs: 1,
    });
    expect(await session.execute('FOLLOW user:', stop.signal)).to.equal('done');
    expect(out).to.equal('REVISION 7\n8 PUT user:1 Anna\n');
    expect(await session.execute('GET a', NEVER)).to.equal('done');
    session.close();
  });

  it('follows as it reads: what a replica has, where that was asked for', async () => {
    const stop = new AbortController();
    const replica = await replicas.start((request) => {
      if (request === 'READONLY') return OK;
      setImmediate(() => stop.abort());
      return 'silence';
    });
    const screen = new PlainScreen(
      () => undefined,
      () => undefined,
    );
    const session = new Session([replica.address], screen, { forMs: 0, everyMs: 1 });
    expect(await session.execute('READONLY', NEVER)).to.equal('done');
    await session.execute('FOLLOW user: FROM 7', stop.signal);
    expect(replica.asked.map((line) => line.split(' ')[0])).to.deep.equal(['READONLY', 'READONLY', 'CHANGES']);
    session.close();
  });
});
