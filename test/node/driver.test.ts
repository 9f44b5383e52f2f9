// The driver's promises, over a core that does as it is told: effects are performed in their order, clocks are read for every
// step, one group and few frames a turn, nothing leaves before what it rests on is durable, and a failure silences it.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { incarnation, lsn, replicaName, slot, storeId } from '#src/base/ids.js';
import { BACKLOG_BYTES } from '#src/node/backlog-gate.js';
import type { Input, LogRecord, Send } from '#src/paxos/effects.js';
import type { Held, PeerMessage } from '#src/paxos/message.js';
import { NOOP } from '#src/paxos/value.js';
import { Stage } from './fake-core.js';

const A = replicaName('a');
const B = replicaName('b');
const C = replicaName('c');
const BALLOT = { round: 1, replica: A };
const FETCH: PeerMessage = { type: 'fetch', from: slot(1), to: slot(2) };
const ACCEPT: PeerMessage = { type: 'accept', ballot: BALLOT, proposals: [], chosenUpTo: slot(0) };
const ACCEPTED: PeerMessage = { type: 'accepted', ballot: BALLOT, slots: [slot(1)] };
const PREPARE: PeerMessage = { type: 'prepare', ballot: BALLOT };
const MESSAGE: Input = { type: 'message', from: B, message: FETCH };

const record = (n: number): LogRecord => ({ type: 'decided', lsn: lsn(n), slot: slot(n), value: NOOP });
const send = (message: PeerMessage, after = 0, ...to: readonly (typeof A)[]): Send => ({
  to,
  message,
  after: lsn(after),
});
const once = (effects: Parameters<typeof Object.assign>[0]) => {
  let left = 1;
  return () => (left-- > 0 ? effects : undefined);
};

describe('the driver', () => {
  it('performs effects in their order, and ends the turn with flush, one append and the frames', async () => {
    const stage = new Stage({
      script: once({
        records: [record(1), record(2)],
        decided: [
          { slot: slot(1), value: NOOP },
          { slot: slot(2), value: NOOP },
        ],
        read: { upTo: 5, slot: slot(2) },
        sends: [send(ACCEPT, 0, B)],
        snapshot: B,
        divergence: { agreedUpTo: slot(1) },
        roles: [{ type: 'led', ballot: BALLOT }],
        refusals: [{ peer: C, reason: 'another founding' }],
        ignored: ['accept: too low'],
      }),
    });
    stage.driver.submit(MESSAGE);
    expect(stage.take()).to.deep.equal([
      'step message',
      'apply 1',
      'note 1',
      'answer',
      'apply 2',
      'note 2',
      'answer',
      'grant 5',
      'want b',
      'diverged 1',
      'role led',
      'refuse c: another founding',
    ]);
    await stage.turn();
    expect(stage.take()).to.deep.equal(['origin flush', 'step flush', 'append 1-2', 'send data b: accept']);
    const effects = [
      'log 1: decided 1=noop; log 2: decided 2=noop; decide 1=noop; decide 2=noop; grant reads up to 5 at slot 2',
      '→ b accept 1.a, chosen 0; pull a snapshot of b; trust nothing above slot 1; leads 1.a; refuse c: another founding',
    ];
    expect(stage.logger.lines).to.deep.equal([
      'info leads {"ballot":"1.a"}',
      `debug step ${JSON.stringify({ input: 'b: fetch 1-2', effects: effects.join('; ') })}`,
      'debug ignored {"reason":"accept: too low"}',
    ]);
  });

  it('appends what a whole turn gathered as one group, and ends a turn once', async () => {
    let next = 1;
    const stage = new Stage({ script: ({ type }) => (type === 'message' ? { records: [record(next++)] } : undefined) });
    for (let messages = 0; messages < 3; messages++) stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take().slice(3)).to.deep.equal(['origin flush', 'step flush', 'append 1-3']);
    await stage.turn();
    expect(stage.take()).to.deep.equal([]);
  });

  it('takes what the origin hands over, and the flush, into the same turn', async () => {
    const stage = new Stage({
      script: ({ type }) => (type === 'flush' ? { sends: [send(ACCEPT, 0, B, C)] } : undefined),
    });
    let reads = 1;
    stage.onFlush = () => {
      if (reads-- > 0) stage.driver.submit({ type: 'read', id: 1 });
    };
    stage.driver.flushWanted();
    await stage.turn();
    expect(stage.take()).to.deep.equal([
      'origin flush',
      'step read',
      'step flush',
      'append nothing',
      'send data b: accept',
      'send data c: accept',
    ]);
    await stage.turn();
    expect(stage.take()).to.deep.equal([]);
  });

  it('ends another turn for what the origin wants while one ends', async () => {
    const stage = new Stage();
    let wishes = 1;
    stage.onFlush = () => {
      if (wishes-- > 0) stage.driver.flushWanted();
    };
    stage.driver.flushWanted();
    await stage.turn();
    expect(stage.happened.filter((line) => line === 'origin flush')).to.have.length(2);
  });

  it('reads both clocks afresh for every step', () => {
    const stage = new Stage({
      script: () => {
        stage.time.freeze(10);
        return undefined;
      },
    });
    for (let messages = 0; messages < 3; messages++) stage.driver.submit(MESSAGE);
    expect(stage.steps.map(({ now }) => now.mono)).to.deep.equal([0, 10, 20]);
    const [first, , last] = stage.steps;
    expect((last?.now.wall ?? 0) - (first?.now.wall ?? 0)).to.equal(20);
  });

  it('handles what comes up within a step right after it, never within it', () => {
    const stage = new Stage({
      script: ({ type }) => {
        if (type !== 'message') return undefined;
        stage.driver.submit({ type: 'link-down', peer: B });
        return { decided: [{ slot: slot(1), value: NOOP }] };
      },
    });
    stage.driver.submit(MESSAGE);
    expect(stage.take()).to.deep.equal(['step message', 'apply 1', 'note 1', 'answer', 'step link-down']);
  });

  it('tells the log where it begins, once, also when nothing else has changed', async () => {
    const stage = new Stage();
    stage.driver.submit(MESSAGE);
    await stage.turn();
    stage.take();
    stage.firstSlot = slot(4);
    for (let turns = 0; turns < 2; turns++) {
      stage.driver.submit(MESSAGE);
      await stage.turn();
    }
    expect(stage.take().filter((line) => line.startsWith('append'))).to.deep.equal(['append nothing']);
  });

  it('tells the log how far the decided prefix is, once, also when there is nothing to append', async () => {
    const stage = new Stage();
    stage.driver.submit(MESSAGE);
    await stage.turn();
    stage.take();
    stage.decided = slot(4);
    for (let turns = 0; turns < 2; turns++) {
      stage.driver.submit(MESSAGE);
      await stage.turn();
    }
    expect(stage.take().filter((line) => line.startsWith('append'))).to.deep.equal(['append nothing']);
  });

  it('keeps identity changes, and tells the core when they are durable; a new incarnation begins a new session', async () => {
    const changes = [
      { type: 'heard', name: B, store: storeId('b'.repeat(32)) },
      { type: 'incarnation', incarnation: incarnation(9) },
    ] as const;
    const stage = new Stage({ script: once({ identity: changes }) });
    const waiting: (() => void)[] = [];
    stage.keep = () => new Promise((resolve) => waiting.push(resolve));
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.happened).to.not.include('step identity-kept');
    waiting.pop()?.();
    await stage.turn();
    const kept = stage.steps.flatMap(({ input }) => (input.type === 'identity-kept' ? [input.identity] : []));
    expect(kept).to.deep.equal([changes[1]]);
    expect(stage.happened).to.include('begin 9');
  });
});

describe('messages', () => {
  it('that rest on a record leave only when it is durable, in the turn in which it becomes so', async () => {
    const stage = new Stage({
      script: once({
        records: [record(1), record(2)],
        sends: [send(ACCEPTED, 2, B), send(FETCH, 0, B), send(PREPARE, 1, C)],
      }),
    });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take().filter((line) => line.startsWith('send'))).to.deep.equal(['send data b: fetch']);
    stage.persist(1);
    await stage.turn();
    expect(stage.take()).to.deep.equal(['step persisted', 'origin flush', 'step flush', 'send pulse c: prepare']);
    stage.persist(2);
    await stage.turn();
    expect(stage.take().slice(-1)).to.deep.equal(['send data b: accepted']);
  });

  it('leave at once where what they rest on has long been durable', async () => {
    const stage = new Stage({ script: once({ sends: [send(ACCEPTED, 3, B)] }) });
    stage.persist(3);
    await stage.turn();
    expect(stage.happened).to.include('send data b: accepted');
  });

  it('of one turn share a frame; what goes to several is encoded once; the order for each is kept', async () => {
    const stage = new Stage({
      script: once({
        sends: [
          send(ACCEPT, 0, B, C),
          send(FETCH, 0, B, C),
          send(PREPARE, 0, B, C),
          send(ACCEPTED, 0, B),
          send(FETCH, 0, B),
          send(ACCEPT, 0, C, B),
        ],
      }),
    });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take().filter((line) => line.startsWith('send'))).to.deep.equal([
      'send pulse b: prepare',
      'send pulse c: prepare',
      'send data b: accept fetch',
      'send data c: accept fetch',
      'send data b: accepted fetch',
      'send data c: accept',
      'send data b: accept',
    ]);
    expect(stage.frames.get(B)?.[1]).to.equal(stage.frames.get(C)?.[1]);
  });

  it('are not even encoded for peers without a link', async () => {
    const stage = new Stage({ script: once({ sends: [send(ACCEPT, 0, B)] }) });
    stage.down.add(B);
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.frames.size).to.equal(0);
  });

  it('may cost a link while they are sent: that belongs to the next turn', async () => {
    const stage = new Stage({ script: once({ sends: [send(ACCEPT, 0, B)] }) });
    stage.onSend = () => stage.driver.submit({ type: 'link-down', peer: B });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take().slice(-3)).to.deep.equal(['step link-down', 'origin flush', 'step flush']);
  });

  it("that are an acceptor's answers are lost at the rate asked for, and no others", async () => {
    const sends = Array.from({ length: 1_000 }, () => [send(ACCEPTED, 0, B), send(FETCH, 0, C)]).flat();
    const stage = new Stage({ faultRate: 0.3, script: once({ sends }) });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    const count = (type: string) => stage.happened.join(' ').split(new RegExp(`\\b${type}\\b`)).length - 1;
    expect(count('accepted')).to.be.within(620, 780);
    expect(count('fetch')).to.equal(1_000);
  });
});

describe('a disk that does not take what is accepted', () => {
  it('makes the driver drop values of others, and nothing else, until it does', () => {
    const stage = new Stage();
    const bring = (message: PeerMessage) => stage.driver.submit({ type: 'message', from: B, message });
    const values: PeerMessage = { type: 'values', first: slot(1), decidedUpTo: slot(0), firstSlot: slot(1), held: [] };
    stage.backlog = BACKLOG_BYTES;
    bring(ACCEPT);
    stage.backlog = BACKLOG_BYTES + 1;
    bring(ACCEPT);
    bring(values);
    bring(PREPARE);
    bring(FETCH);
    stage.backlog = 0;
    bring(values);
    const taken = stage.steps.flatMap(({ input }) => (input.type === 'message' ? [input.message.type] : []));
    expect(taken).to.deep.equal(['accept', 'prepare', 'fetch', 'values']);
    expect(stage.logger.of('warn')).to.have.length(1);
    expect(stage.logger.of('info what the others send is taken in again')).to.have.length(1);
    expect(stage.logger.of('debug ignored')).to.deep.equal([
      'debug ignored {"reason":"accept: the log has a backlog"}',
      'debug ignored {"reason":"values: the log has a backlog"}',
    ]);
  });
});

describe('ranges of the log', () => {
  const held: readonly Held[] = [{ slot: slot(3), ballot: BALLOT, value: NOOP }];
  const range = (from: number, peer = B) => ({ peer, from: slot(from), to: slot(9) });

  it('are read for peers and sent as values', async () => {
    const stage = new Stage({ script: once({ ranges: [range(3)] }) });
    stage.decided = slot(9);
    stage.read = () => Promise.resolve(held);
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.happened.slice(-1)).to.deep.equal(['send data b: values']);
  });

  it('are read when the log has what was decided in the same turn', async () => {
    const stage = new Stage({ script: once({ ranges: [range(3)], records: [record(1)] }) });
    let appended = -1;
    stage.read = () => {
      appended = stage.happened.filter((line) => line.startsWith('append')).length;
      return Promise.resolve(held);
    };
    stage.driver.submit(MESSAGE);
    await Promise.resolve();
    expect(appended).to.equal(-1);
    await stage.turn();
    expect(appended).to.equal(1);
  });

  it('are read one at a time for each peer; of what is asked meanwhile the last counts', async () => {
    const stage = new Stage({ script: once({ ranges: [range(1), range(2), range(3), range(4, C)] }) });
    const asked: number[] = [];
    const answers: ((held: readonly Held[]) => void)[] = [];
    stage.read = (from) => {
      asked.push(from);
      return new Promise((resolve) => answers.push(resolve));
    };
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(asked).to.deep.equal([1, 4]);
    answers[0]?.(held);
    await stage.turn();
    expect(asked).to.deep.equal([1, 4, 3]);
  });

  it('that cannot be read are told to the operator, and the next is tried', async () => {
    const stage = new Stage({ script: ({ type }) => (type === 'message' ? { ranges: [range(1)] } : undefined) });
    stage.read = () => Promise.reject(new CodedError('log-damaged', 'the disk gives back other bytes'));
    for (let tries = 0; tries < 2; tries++) {
      stage.driver.submit(MESSAGE);
      await stage.turn();
    }
    expect(stage.logger.of('error cannot read the log for a peer')).to.have.length(2);
    expect(stage.fatal).to.deep.equal([]);
  });
});

describe('a failure', () => {
  const broken = new CodedError('io', 'EIO while writing');

  it('of the log is told once, and nothing is done or said any more', async () => {
    const stage = new Stage({ script: () => ({ wakeAt: 5, sends: [send(ACCEPTED, 1, B)] }) });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    stage.take();
    stage.driver.fail('writing the log', broken);
    stage.driver.fail('writing the log', broken);
    stage.persist(1);
    stage.driver.submit(MESSAGE);
    await stage.time.run(1_000);
    expect(stage.take()).to.deep.equal([]);
    expect(stage.fatal).to.deep.equal([broken]);
    expect(stage.logger.of('error')).to.deep.equal([
      'error writing the log failed; this replica stops {"reason":"EIO while writing","code":"io"}',
    ]);
  });

  it('of the identity file is one too', async () => {
    const change = { type: 'incarnation', incarnation: incarnation(9) } as const;
    const stage = new Stage({ script: once({ identity: [change] }) });
    stage.keep = () => Promise.reject(broken);
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.fatal).to.deep.equal([broken]);
    expect(stage.happened).to.not.include('begin 9');
  });
});
