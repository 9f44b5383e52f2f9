// One life of a replica: what it must do in order, what an acceptance is, and how fresh a read must be.

import { lsn, replicaName, slot, storeId } from '#src/base/ids.js';
import { type Effects, noEffects } from '#src/paxos/effects.js';
import { NOOP } from '#src/paxos/value.js';
import { readBallot } from '../../paxos/support/notation.js';
import { Puppet } from '../../paxos/support/puppet.js';
import { Bindings } from './bindings.js';
import { Reads } from './reads.js';
import { violated } from './violated.js';
import { WatchedLife } from './watched-life.js';

function life(promised = 'none', decided = 0): WatchedLife {
  const state = { promised: readBallot(promised), decidedUpTo: slot(0), firstSlot: slot(1), highestSlot: slot(0) };
  const votes = { store: storeId('a'.repeat(32)), who: 'a', pending: [] };
  return new WatchedLife('a', { acceptorState: () => state }, votes, new Bindings('a', 300, false, 0), decided);
}

const decides = (...slots: readonly number[]): Effects => ({
  ...noEffects(),
  decided: slots.map((at) => ({ slot: slot(at), value: NOOP })),
});

const accepts = (ballot: string): Effects => ({
  ...noEffects(),
  records: [{ type: 'accepted', lsn: lsn(1), slot: slot(1), ballot: readBallot(ballot), value: NOOP }],
});

describe('the life of a replica', () => {
  it('decides slots in order', () => {
    const one = life('none', 4);
    one.step({ type: 'wake' }, decides(5, 6), 0);
    one.step({ type: 'wake' }, decides(7), 0);
    violated('decided in order', () => one.step({ type: 'wake' }, decides(7), 0));
    violated('decided in order', () => one.step({ type: 'wake' }, decides(9), 0));
  });

  it('goes on behind a snapshot that is newer than what it decided', () => {
    const one = life('none', 4);
    const installs = (at: number): void => {
      const founding = { seats: [], nonce: '', type: 'configuration' } as const;
      const input = {
        type: 'installed',
        slot: slot(at),
        configuration: founding,
        founding: 'f',
        lastStamp: 0,
        lineage: storeId('b'.repeat(32)),
      } as const;
      one.step(input, noEffects(), 0);
    };
    installs(9);
    one.step({ type: 'wake' }, decides(10), 0);
    violated('nothing older is installed', () => installs(10));
  });

  it('says nothing that counts while the end of its log is gone', () => {
    const one = life('3.b');
    const loses: Effects = { ...noEffects(), roles: [{ type: 'lost-log', why: 'a test' }] };
    one.step({ type: 'wake' }, loses, 0);
    one.step({ type: 'wake' }, noEffects(), 0);
    violated('a lost log does not vote', () => one.step({ type: 'wake' }, accepts('3.b'), 0));
    one.step({ type: 'repaired' }, noEffects(), 0);
    one.step({ type: 'wake' }, accepts('3.b'), 0);
  });

  it('shows nobody a state that it distrusts', () => {
    const one = life();
    const grants = (id: number): Effects => ({ ...noEffects(), read: { upTo: id, slot: slot(1) } });
    one.step({ type: 'wake' }, grants(1), 0);
    one.step({ type: 'wake' }, { ...noEffects(), divergence: { agreedUpTo: slot(0) } }, 0);
    violated('a wrong state is not read', () => one.step({ type: 'wake' }, grants(2), 0));
    one.step({ type: 'wake' }, { ...noEffects(), roles: [{ type: 'agreed', slot: slot(2) }] }, 0);
    one.step({ type: 'wake' }, grants(3), 0);
  });

  it('never applies backwards', () => {
    const one = life();
    one.appliedUpTo(3);
    one.appliedUpTo(3);
    violated('applied never regresses', () => one.appliedUpTo(2));
  });

  it('promises what it accepts', () => {
    life('3.b').step({ type: 'wake' }, accepts('3.b'), 0);
    life('3.c').step({ type: 'wake' }, accepts('3.b'), 0);
    violated('an acceptance promises', () => life('3.a').step({ type: 'wake' }, accepts('3.b'), 0));
  });

  it('is held to its bindings', () => {
    const one = life();
    const promise = {
      type: 'promise',
      ballot: readBallot('3.c'),
      decidedUpTo: slot(0),
      runs: [],
      truncated: false,
    } as const;
    const { heartbeat } = new Puppet(replicaName('a'), 1, [], slot(0)).defaults(0);
    const lead = { ...heartbeat, purpose: { type: 'lead', ballot: readBallot('2.a'), established: false } } as const;
    one.step({ type: 'wake' }, { ...noEffects(), sends: [{ to: [], after: lsn(0), message: lead }] }, 0);
    violated('bound acceptors refuse others', () =>
      one.step({ type: 'wake' }, { ...noEffects(), sends: [{ to: [], after: lsn(0), message: promise }] }, 1),
    );
  });
});

describe('a read', () => {
  it('is evaluated where all was decided that had been when it was asked for', () => {
    const reads = new Reads('a');
    reads.asked(1, 10);
    reads.asked(2, 12);
    reads.asked(3, 20);
    reads.granted({ upTo: 2, slot: slot(12) });
    reads.granted({ upTo: 2, slot: slot(1) });
    violated('reads are fresh', () => reads.granted({ upTo: 3, slot: slot(19) }));
  });

  it('is held to the newest of those that one answer serves', () => {
    const reads = new Reads('a');
    reads.asked(1, 10);
    reads.asked(2, 12);
    violated('reads are fresh', () => reads.granted({ upTo: 2, slot: slot(11) }));
  });
});
