// What the driver does when the core wants the log repaired, or finds the state to be right again.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { lsn, replicaName, slot } from '#src/base/ids.js';
import type { Input } from '#src/paxos/effects.js';
import { NOOP } from '#src/paxos/value.js';
import { Stage } from './fake-core.js';

const REPAIR = {
  promised: { round: 1, replica: replicaName('a') },
  highestSlot: slot(9),
  nextLsn: lsn(70),
  faulty: [],
};
const MESSAGE: Input = {
  type: 'message',
  from: replicaName('b'),
  message: { type: 'fetch', from: slot(1), to: slot(2) },
};

describe('the driver of a replica that heals', () => {
  it('appends nothing while the log is repaired, and tells the core when it is', async () => {
    let repaired = (): void => undefined;
    const stage = new Stage({
      script: ({ type }) => (type === 'message' ? { repair: REPAIR } : undefined),
    });
    stage.repair = () =>
      new Promise<void>((resolve) => {
        repaired = resolve;
      });
    stage.driver.submit(MESSAGE);
    stage.decided = slot(1);
    await stage.turn();
    expect(stage.take()).to.deep.equal(['step message', 'repair log 70', 'origin flush', 'step flush']);
    repaired();
    await stage.turn();
    expect(stage.take()).to.deep.equal(['step repaired', 'origin flush', 'step flush', 'append nothing']);
  });

  it('appends what the turn has brought before the log is repaired', async () => {
    const learned = { type: 'decided', lsn: lsn(1), slot: slot(1), value: NOOP } as const;
    const script = [{ records: [learned] }, { repair: REPAIR }];
    const stage = new Stage({ script: ({ type }) => (type === 'message' ? script.shift() : undefined) });
    stage.driver.submit(MESSAGE);
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take().slice(0, 4)).to.deep.equal(['step message', 'step message', 'append 1-1', 'repair log 70']);
  });

  it('has a loss noted that only a peer remembers, and tells the core when the log tells of it', async () => {
    let noted = (): void => undefined;
    const stage = new Stage({ script: ({ type }) => (type === 'message' ? { loss: true } : undefined) });
    stage.lose = () =>
      new Promise<void>((resolve) => {
        noted = resolve;
      });
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.take()).to.deep.equal(['step message', 'lose', 'origin flush', 'step flush', 'append nothing']);
    noted();
    await stage.turn();
    expect(stage.take()).to.include('step loss-noted');
  });

  it('stops when the log cannot be repaired', async () => {
    const stage = new Stage({ script: ({ type }) => (type === 'message' ? { repair: REPAIR } : undefined) });
    stage.repair = () => Promise.reject(new CodedError('io', 'EIO'));
    stage.driver.submit(MESSAGE);
    await stage.turn();
    expect(stage.fatal).to.have.length(1);
    expect(stage.happened).to.not.include('step repaired');
  });

  it('tells that the state was found to be right again', () => {
    const stage = new Stage({ script: () => ({ roles: [{ type: 'agreed', slot: slot(1_000) }] }) });
    stage.driver.submit(MESSAGE);
    expect(stage.take()).to.deep.equal(['step message', 'agreed', 'role agreed']);
  });
});
