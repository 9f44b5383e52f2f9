// FOLLOW over CHANGES: every change once and in order, over breaking connections, and from revisions that are not kept any more.
import { expect } from 'chai';
import { changeLine } from '#src/repl/change.js';
import { Follower } from '#src/repl/follower.js';
import { Link } from '#src/repl/link.js';
import type { Reply } from '#src/wire/reply.js';
import { type Answer, error, type FakeReplica, FakeReplicas, integer, list, value } from './fake-replica.js';

/** `12 PUT key value`. */
function change(line: string): Reply {
  const [revision = '', type = '', key = '', text = ''] = line.split(' ');
  return list(integer(Number(revision)), value(type), value(key), value(text));
}

const changes = (next: number, ...lines: readonly string[]): Reply => list(integer(next), list(...lines.map(change)));

describe('following', function () {
  this.timeout(20_000);
  const replicas = new FakeReplicas();

  afterEach(() => replicas.stop());

  /** What is told until `last` is, and the reply that ended it. */
  async function follow(all: readonly FakeReplica[], from: number | null, last: string): Promise<readonly string[]> {
    const told: string[] = [];
    const stop = new AbortController();
    const tell = (line: string): void => {
      told.push(line);
      if (line === last) stop.abort();
    };
    const link = new Link(
      all.map(({ address }) => address),
      { moved: () => {}, lost: () => {} },
    );
    const follower = new Follower(link, 'user:', {
      change: (one) => tell(changeLine(one)),
      pair: (key, text) => tell(`${key} ${text}`),
      mark: tell,
      idle: (revision) => tell(`(idle ${revision})`),
      trouble: () => tell('(trouble)'),
    });
    const end = await follower.run(from, stop.signal);
    link.drop();
    return end?.type === 'error' ? [...told, end.code] : told;
  }

  const inTurn = (...answers: readonly Answer[]): Promise<FakeReplica> => {
    let turn = 0;
    return replicas.start(() => answers[turn++] ?? 'silence');
  };

  it('begins with what comes, and asks from where it is', async () => {
    const replica = await inTurn(
      integer(7),
      changes(7),
      changes(9, '8 PUT user:1 Anna', '9 DELETE user:2'),
      changes(12, '12 EXPIRE user:1'),
    );
    expect(await follow([replica], null, '12 EXPIRE user:1')).to.deep.equal([
      'REVISION 7',
      '(idle 7)',
      '8 PUT user:1 Anna',
      '9 DELETE user:2',
      '12 EXPIRE user:1',
    ]);
    expect(replica.asked.map((line) => line.replace(/ COUNT.*/, ''))).to.deep.equal([
      'REVISION',
      'CHANGES user: FROM 7',
      'CHANGES user: FROM 7',
      'CHANGES user: FROM 9',
    ]);
  });

  it('goes on with the next replica where the last one ended', async () => {
    const first = await inTurn(changes(5, '5 PUT user:1 a'), 'break');
    const second = await inTurn(changes(6, '6 PUT user:1 b'));
    expect(await follow([first, second], 4, '6 PUT user:1 b')).to.deep.equal([
      '5 PUT user:1 a',
      '(trouble)',
      '6 PUT user:1 b',
    ]);
    expect(second.asked[0]).to.match(/^CHANGES user: FROM 5 /);
  });

  it('waits until there is a leader again, and says so once', async () => {
    const none = error('NOQUORUM', 'no leader');
    const replica = await inTurn(changes(5, '5 PUT user:1 a'), none, none, none, changes(6, '6 PUT user:1 b'));
    expect(await follow([replica], 4, '6 PUT user:1 b')).to.deep.equal([
      '5 PUT user:1 a',
      '(trouble)',
      '6 PUT user:1 b',
    ]);
  });

  it('ends at once where there is no leader to begin with', async () => {
    expect(await follow([await inTurn(error('NOQUORUM', 'no leader'))], null, '')).to.deep.equal(['NOQUORUM']);
  });

  it('tells what there is when the revision is not kept any more', async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `user:${1_000 + i}`);
    const replica = await inTurn(
      error('COMPACTED', 'too old'),
      integer(40),
      error('TOOLARGE', 'use LIMIT'),
      list(...keys.slice(0, 250).map((key) => list(value(key), value('x')))),
      list(list(value('user:2'), value('y'))),
      changes(41, '41 PUT user:1 z'),
    );
    const told = await follow([replica], 1, '41 PUT user:1 z');
    expect(told.slice(0, 2)).to.deep.equal(['RESYNC 40', 'user:1000 x']);
    expect(told.slice(-4)).to.deep.equal(['user:1249 x', 'user:2 y', 'LIVE', '41 PUT user:1 z']);
    expect(replica.asked[4]).to.equal('PREFIX user: AFTER user:1249 LIMIT 250');
    expect(replica.asked[5]).to.match(/^CHANGES user: FROM 40 /);
  });

  it('ends with the error of a replica that does not know how', async () => {
    const replica = await inTurn(error('ERR', "unknown command 'REVISION'"));
    expect(await follow([replica], null, 'LIVE')).to.deep.equal(['ERR']);
  });

  it('stops while it waits', async () => {
    const silent = await replicas.start(() => 'silence');
    const stop = new AbortController();
    const link = new Link([silent.address], { moved: () => {}, lost: () => {} });
    const events = { change: () => {}, pair: () => {}, mark: () => {}, idle: () => {}, trouble: () => {} };
    const running = new Follower(link, '', events).run(3, stop.signal);
    setImmediate(() => stop.abort());
    expect(await running).to.equal(null);
  });
});
