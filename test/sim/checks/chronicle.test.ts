// The one true log: what it lets pass, and every kind of wrong that it must not.

import { expect } from 'chai';
import { slot } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { batch, parcel, sessionOf } from '../../kv/values.js';
import { Chronicle } from './chronicle.js';
import { violated } from './violated.js';

const one = sessionOf('a', 7);

function chronicle(...values: readonly Value[]): Chronicle {
  const made = new Chronicle({
    executed: () => undefined,
    expired: () => undefined,
    repeats: () => undefined,
    happened: () => undefined,
    duplicateSkipped: () => undefined,
  });
  for (const [index, value] of values.entries()) made.decided(index + 1, value, 'r');
  return made;
}

function machine(...values: readonly Value[]): StateMachine {
  const made = new StateMachine();
  for (const [index, value] of values.entries()) made.apply({ slot: slot(index + 1), value }, null, () => undefined);
  return made;
}

const put = (number: number, line: string): Value => batch(0, parcel(one, number, line));

describe('the chronicle', () => {
  it('accepts the same log again, and states that follow from it', () => {
    const log = [NOOP, put(1, 'PUT k x.1'), put(2, 'DELETE k x.2'), put(3, 'PUT k x.3')];
    const told = chronicle(...log);
    expect(told.decided(2, put(1, 'PUT k x.1'), 's')).to.equal(false);
    for (const length of [0, 1, 2, 3, 4]) told.compareContents(machine(...log.slice(0, length)), 's', ['k']);
    told.acknowledged('x.1');
  });

  it('does not accept two values for a slot', () => {
    const told = chronicle(NOOP, put(1, 'PUT k x.1'));
    violated('one value per slot', () => told.decided(2, put(1, 'PUT k x.2'), 's'));
    violated('one value per slot', () => told.decided(1, put(1, 'PUT k x.1'), 's'));
  });

  it('does not accept a slot before those below it', () => {
    violated('no gaps', () => chronicle(NOOP).decided(3, NOOP, 's'));
  });

  it('does not accept that a write is executed twice', () => {
    const told = chronicle(put(1, 'PUT k x.1'));
    violated('executed once', () => told.decided(2, batch(0, parcel(sessionOf('b'), 1, 'PUT k x.1')), 's'));
  });

  it('skips what a session has done before, and what it has not come to', () => {
    const told = chronicle(
      put(1, 'PUT k x.1'),
      put(1, 'PUT k x.1'),
      put(3, 'PUT k x.3'),
      batch(0, parcel(sessionOf('a', 6), 1, 'PUT k x.4')),
    );
    expect(told.revision).to.equal(1);
    violated('acknowledged writes are decided', () => told.acknowledged('x.3'));
    violated('acknowledged writes are decided', () => told.acknowledged('x.4'));
  });

  it('does not accept that a refused write is executed, before or after', () => {
    const told = chronicle(put(1, 'PUT k x.1'));
    violated('refused writes are not executed', () => told.refused('x.1'));
    told.refused('x.2');
    violated('refused writes are not executed', () => told.decided(2, put(2, 'PUT k x.2'), 's'));
  });

  it('knows one digest for a slot', () => {
    const told = chronicle(put(1, 'PUT k x.1'), put(2, 'PUT k x.2'));
    const state = (text: string): StateMachine => {
      const made = new StateMachine(1);
      made.apply({ slot: slot(1), value: put(1, text) }, null, () => undefined);
      return made;
    };
    told.digest(state('PUT k x.1'), 's');
    told.digest(state('PUT k x.1'), 'r');
    violated('equal digests', () => told.digest(state('PUT k y.1'), 'r'));
    expect(told.agrees(state('PUT k x.1'))).to.equal(true);
    expect(told.agrees(machine(NOOP))).to.equal(false);
  });

  it('takes keys by the stamps of the log, and does not accept that anybody takes them by another clock', () => {
    const log = [
      batch(10, parcel(one, 1, 'SET k x.1 PX 5', 'SET l x.2 PX 50')),
      batch(12, parcel(one, 3, 'SET l x.3 KEEPTTL')),
      batch(15, parcel(one, 4, 'PUT m x.4')),
      batch(14),
      batch(60),
    ];
    const told = chronicle(...log);
    for (const length of [0, 1, 2, 3, 4, 5])
      told.compareContents(machine(...log.slice(0, length)), 's', ['k', 'l', 'm']);
    expect([...told.keys]).to.deep.equal(['m']);
    const [first = NOOP, second = NOOP] = log;
    violated('equal states', () => told.compare(machine(first, second, batch(14, parcel(one, 4, 'PUT m x.4'))), 's'));
    const early = machine(batch(9, parcel(one, 1, 'SET k x.1 PX 5', 'SET l x.2 PX 50')));
    violated('equal states', () => told.compareContents(early, 's', ['k', 'l', 'm']));
  });

  it('executes transactions, and what is done once, as the state machine does', () => {
    const log = [
      put(1, 'PUT k x.1'),
      put(2, 'EXEC 1 k 1 2 GET k 3 PUT k x.2 3 PUT l x.2 2 DELETE x.2'),
      put(3, 'EXEC 1 k 1 3 PUT k x.3 2 DELETE x.3'),
      put(4, 'ONCE x.4 0 PUT m x.4'),
      put(5, 'ONCE x.4 1 PUT m x.4'),
    ];
    const told = chronicle(...log);
    for (const length of [1, 2, 3, 4, 5]) told.compareContents(machine(...log.slice(0, length)), 's', ['k', 'l', 'm']);
    told.acknowledged('x.2');
    told.refused('x.3');
    told.acknowledged('x.4');
    violated('refused writes are not executed', () => told.refused('x.2'));
    violated('acknowledged writes are decided', () => told.acknowledged('x.3'));
  });

  it('does not accept a state that does not follow from the log', () => {
    const told = chronicle(put(1, 'PUT k x.1'), put(2, 'PUT k x.2'));
    violated('equal states', () => told.compare(machine(put(1, 'PUT k x.1'), NOOP), 's'));
    violated('equal states', () => told.compare(machine(NOOP, NOOP, NOOP), 's'));
    violated('equal states', () => told.compareContents(machine(put(1, 'PUT k x.1'), put(2, 'PUT k y.2')), 's', ['k']));
    violated('equal states', () => told.compareContents(machine(put(1, 'PUT k x.1'), put(2, 'PUT l x.2')), 's', ['k']));
  });
});
