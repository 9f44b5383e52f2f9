// Who is asked again, and for what: writes under one id, reads at will, everything else once; and what is said when nothing
// is known.
import { expect } from 'chai';
import { tooManyIds } from '#src/kv/replies.js';
import { Caller, type Manner } from '#src/repl/caller.js';
import { Link, Unreachable } from '#src/repl/link.js';
import type { Reply } from '#src/wire/reply.js';
import { type Answer, error, type FakeReplica, FakeReplicas, integer } from './fake-replica.js';

const PATIENCE = { forMs: 10_000, everyMs: 1 };
const NEVER = new AbortController().signal;
const DOUBT = error('UNCERTAIN', 'not confirmed');
const NOQUORUM = error('NOQUORUM', 'no leader');
const NO_ONCE = error('ERR', "unknown command 'ONCE'; type HELP");

describe('asking again', function () {
  this.timeout(30_000);
  const replicas = new FakeReplicas();
  const links: Link[] = [];
  const told: string[] = [];

  afterEach(() => {
    replicas.stop();
    for (const link of links.splice(0)) link.drop();
    told.length = 0;
  });

  /** Replicas that give these answers in turn, the last for ever. */
  const cluster = (...answers: readonly (readonly Answer[])[]): Promise<FakeReplica[]> =>
    Promise.all(
      answers.map((turns) => {
        let turn = 0;
        return replicas.start(() => turns[Math.min(turn++, turns.length - 1)] ?? 'silence');
      }),
    );

  function callerOf(all: readonly FakeReplica[], patience = PATIENCE): Caller {
    const link = new Link(
      all.map(({ address }) => address),
      { moved: () => {}, lost: () => {} },
    );
    links.push(link);
    return new Caller(link, patience, (why) => told.push(why));
  }

  const CASES: readonly {
    readonly name: string;
    readonly manner: Manner;
    readonly answers: readonly (readonly Answer[])[];
    readonly reply: Reply | string;
    /** How often each replica was asked. */
    readonly asked: readonly number[];
  }[] = [
    {
      name: 'a read by the next replica',
      manner: 'again',
      answers: [['break'], [integer(1)]],
      reply: integer(1),
      asked: [1, 1],
    },
    { name: 'a read in vain', manner: 'again', answers: [['break'], ['break']], reply: 'NOREPLY', asked: [2, 1] },
    {
      name: 'what must not be sent twice',
      manner: 'single',
      answers: [['break'], [integer(1)]],
      reply: 'UNCERTAIN',
      asked: [1, 0],
    },
    {
      name: 'a write by the next replica',
      manner: 'once',
      answers: [['break'], [integer(1)]],
      reply: integer(1),
      asked: [1, 1],
    },
    {
      name: 'a write that is in doubt',
      manner: 'once',
      answers: [[DOUBT, DOUBT, integer(1)]],
      reply: integer(1),
      asked: [3],
    },
    {
      name: 'a write that surely was not executed',
      manner: 'once',
      answers: [[NOQUORUM, integer(1)]],
      reply: 'NOQUORUM',
      asked: [1],
    },
    {
      name: 'a write in doubt, a later try of which was not executed',
      manner: 'once',
      answers: [[DOUBT, NOQUORUM, integer(1)]],
      reply: integer(1),
      asked: [3],
    },
    {
      name: 'a write while the ids of others fill the memory',
      manner: 'once',
      answers: [[tooManyIds(), integer(1)]],
      reply: integer(1),
      asked: [2],
    },
    {
      name: 'a write at replicas that do not know ONCE',
      manner: 'once',
      answers: [[NO_ONCE, integer(1)]],
      reply: integer(1),
      asked: [2],
    },
  ];

  for (const { name, manner, answers, reply, asked } of CASES) {
    it(name, async () => {
      const all = await cluster(...answers);
      const got = await callerOf(all).call(['INCR', 'n'], manner, NEVER);
      expect(got.type === 'error' ? got.code : got).to.deep.equal(reply);
      expect(all.map((replica) => replica.asked.length)).to.deep.equal(asked);
    });
  }

  it('keeps to the id, and never sends a write plainly that may be executed already', async () => {
    const [first, second] = await cluster(['break'], [NO_ONCE, DOUBT, NO_ONCE, integer(1)]);
    const reply = await callerOf([first, second].filter((one) => one !== undefined)).call(['INCR', 'n'], 'once', NEVER);
    expect(reply).to.deep.equal(integer(1));
    const ids = new Set([...(first?.asked ?? []), ...(second?.asked ?? [])]);
    expect([...ids]).to.have.length(1);
    expect([...ids][0]).to.match(/^ONCE \S{36} INCR n$/);
  });

  it('remembers that ONCE is not known', async () => {
    const all = await cluster([NO_ONCE, integer(1), integer(2)]);
    const caller = callerOf(all);
    await caller.call(['INCR', 'n'], 'once', NEVER);
    await caller.call(['INCR', 'n'], 'once', NEVER);
    expect(all[0]?.asked.slice(1)).to.deep.equal(['INCR n', 'INCR n']);
  });

  it('gives every write an id of its own, but for one that brings it', async () => {
    const all = await cluster([integer(1)]);
    const caller = callerOf(all);
    await caller.call(['INCR', 'n'], 'once', NEVER);
    await caller.call(['INCR', 'n'], 'once', NEVER);
    await caller.call(['ONCE', 'mine', 'INCR', 'n'], 'once', NEVER);
    expect(new Set(all[0]?.asked).size).to.equal(3);
    expect(all[0]?.asked[2]).to.equal('ONCE mine INCR n');
  });

  it('says UNCERTAIN of a write when patience is over', async () => {
    const all = await cluster([DOUBT]);
    const reply = await callerOf(all, { forMs: 0, everyMs: 1 }).call(['INCR', 'n'], 'once', NEVER);
    expect(reply).to.include({ type: 'error', code: 'UNCERTAIN' });
  });

  it('says that nothing was sent when nobody is there', async () => {
    const all = await cluster([integer(1)]);
    replicas.stop();
    for (const manner of ['single', 'again', 'once'] as const) {
      const failure: unknown = await callerOf(all)
        .call(['INCR', 'n'], manner, NEVER)
        .catch((thrown: unknown) => thrown);
      expect(failure, manner).to.be.instanceOf(Unreachable);
    }
  });

  for (const [manner, code] of [
    ['single', 'UNCERTAIN'],
    ['once', 'UNCERTAIN'],
    ['again', 'STOPPED'],
  ] as const) {
    it(`stops when told to: ${manner}`, async () => {
      const stop = new AbortController();
      const silent = await replicas.start(() => {
        setImmediate(() => stop.abort());
        return 'silence';
      });
      const reply = await callerOf([silent]).call(['INCR', 'n'], manner, stop.signal);
      expect(reply).to.include({ type: 'error', code });
      expect(silent.asked).to.have.length(1);
    });
  }
});
