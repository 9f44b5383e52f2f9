// Keys leave in the order of deadline and key, whatever was put, changed and removed before, and also where the table was
// made from records; and the log's time takes so many at a time, first of all that a batch does.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import { ChangeLog } from '#src/kv/change-log.js';
import { LEAST_EXPIRIES, StateMachine } from '#src/kv/state-machine.js';
import { StateFilling } from '#src/kv/state-transfer.js';
import { Table } from '#src/kv/table.js';
import { TableFilling } from '#src/kv/table-contents.js';
import { Writer } from '#src/kv/writer.js';
import { NOOP } from '#src/paxos/value.js';
import { bytesOf, contents } from './entries.js';
import { batch, decided, parcel, sessionOf } from './values.js';

/** The table made anew from its records, as a snapshot makes it. */
function remade(table: Table): Table {
  const filling = new TableFilling();
  for (const { bytes, start, end } of table.cut(revision(Number.MAX_SAFE_INTEGER)).walk())
    filling.add(bytes, start, end);
  const made = new Table();
  made.adopt(filling.contents());
  return made;
}

/** Removes all that is to go, in its order. */
function leaving(table: Table): string[] {
  const gone: string[] = [];
  for (let key = table.firstToGo; key !== undefined; key = table.firstToGo) {
    gone.push(`${table.nextDeadline} ${key}`);
    table.delete(key);
  }
  expect(table.nextDeadline).to.equal(Number.POSITIVE_INFINITY);
  return gone;
}

describe('deadlines', () => {
  const key = fc.stringMatching(/^[a-h]{1,2}$/);
  const deadline = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER));
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('put' as const), key, deadline) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('deadline' as const), key, deadline) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key, deadline) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('remake' as const), key, deadline) },
  );

  it('let keys leave in the order of deadline and key', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        let table = new Table();
        const model = new Map<string, number>();
        for (const [i, [what, name, at]] of steps.entries()) {
          if (what === 'put') {
            table.put(bytesOf(name, 'v'.repeat(i % 3)), revision(i + 1), at);
            model.set(name, at);
          } else if (what === 'delete') {
            expect(table.delete(name)).to.equal(model.delete(name));
          } else if (what === 'remake') {
            table = remade(table);
          } else if (model.has(name)) {
            table.setDeadline(name, at, revision(i + 1));
            model.set(name, at);
          }
          expect(table.get(name)?.deadline).to.equal(model.get(name));
        }
        const expected = [...model]
          .filter(([, at]) => at !== 0)
          .sort(([a, one], [b, other]) => one - other || (a < b ? -1 : 1));
        expect(leaving(table)).to.deep.equal(expected.map(([name, at]) => `${at} ${name}`));
        expect(table.size).to.equal([...model.values()].filter((at) => at === 0).length);
      }),
      { numRuns: 300 },
    );
  });

  it('are changes of a key, and not of what it holds', () => {
    const table = new Table();
    const writer = new Writer(table, new ChangeLog());
    writer.put('k', 'v');
    writer.finish();
    writer.setDeadline('k', 7);
    writer.finish();
    expect(table.get('k')).to.deep.include({ value: 'v', revision: 2, created: 1, version: 1, deadline: 7 });
    writer.put('k', 'w');
    writer.finish();
    expect(table.get('k')).to.deep.include({ revision: 3, version: 2, deadline: 0 });
    expect(() => writer.setDeadline('none', 7)).to.throw(InvariantViolation);
    expect(() => writer.put('k', 'v', 7.5)).to.throw(InvariantViolation);
  });

  it('as they were are in a cut', () => {
    const table = new Table();
    for (const name of ['a', 'b', 'c']) table.put(bytesOf(name, 'v'), revision(1), 5);
    const before = contents(table);
    const cut = table.cut(revision(1));
    table.setDeadline('a', 0, revision(2));
    table.setDeadline('b', 9, revision(3));
    table.delete('c');
    const made = new TableFilling();
    for (const { bytes, start, end } of cut.walk()) made.add(bytes, start, end);
    const copy = new Table();
    copy.adopt(made.contents());
    expect(contents(copy)).to.deep.equal(before);
    expect(leaving(copy)).to.deep.equal(['5 a', '5 b', '5 c']);
    expect(leaving(table)).to.deep.equal(['9 b']);
  });
});

describe('time in the log', () => {
  const one = sessionOf('a');

  /** Keys with these deadlines, at revision 1. */
  function filled(deadlines: Readonly<Record<string, number>>): StateMachine {
    const filling = new StateFilling();
    const table = new Table();
    for (const [key, at] of Object.entries(deadlines)) table.put(bytesOf(key, 'v'), revision(1), at);
    filling.header({
      slot: decided(1, NOOP)[0]?.slot ?? expect.fail(),
      time: 0,
      revision: revision(1),
      idsForgotten: 0,
      digest: '0'.repeat(16),
      keys: table.size,
    });
    for (const { bytes, start, end } of table.cut(revision(1)).walk()) filling.records(bytes, start, end);
    const machine = new StateMachine();
    machine.adopt(filling);
    return machine;
  }

  function run(machine: StateMachine, stamp: number, ...lines: string[]): void {
    const last = machine.lastOf(one.store)?.last ?? 0;
    const parcels = lines.length === 0 ? [] : [parcel(one, last + 1, ...lines)];
    for (const each of decided(machine.applied + 1, batch(stamp, ...parcels))) machine.apply(each, null, () => {});
  }

  const keysOf = (machine: StateMachine): string[] => contents(machine.table).map(([key]) => key);

  it('takes keys at their deadline, before the commands of the batch, each under its revision', () => {
    const machine = filled({ a: 10, b: 11, c: 10, d: 0 });
    run(machine, 9, 'PUT e v');
    expect([machine.keys, machine.revision]).to.deep.equal([5, 2]);
    run(machine, 10, 'PUT a again', 'PUT b again');
    expect(keysOf(machine)).to.deep.equal(['a', 'b', 'd', 'e']);
    expect(machine.get('a')).to.deep.include({ created: 5, deadline: 0 });
    expect(machine.get('b')).to.deep.include({ created: 1, revision: 6, deadline: 0 });
    run(machine, 12);
    expect([machine.keys, machine.revision]).to.deep.equal([4, 6]);
  });

  it('takes keys by a batch without commands, and not by what has no stamp or a smaller one', () => {
    const machine = filled({ a: 10, b: 20 });
    for (const each of decided(machine.applied + 1, NOOP)) machine.apply(each, null, () => {});
    run(machine, 9);
    expect(machine.nextDeadline).to.equal(10);
    run(machine, 15);
    expect([machine.nextDeadline, machine.time]).to.deep.equal([20, 15]);
    run(machine, 12);
    expect(machine.time).to.equal(15);
    expect(keysOf(machine)).to.deep.equal(['b']);
  });

  it('takes so many at a time, and a command of the same batch still sees the rest', () => {
    const names = Array.from({ length: LEAST_EXPIRIES + 2 }, (_, i) => String(i).padStart(5, '0'));
    const machine = filled(Object.fromEntries(names.map((name, i) => [name, i === 0 ? 2 : 1])));
    run(machine, 5, 'APPEND 00000 w');
    expect(keysOf(machine)).to.deep.equal(['00000', names.at(-1)]);
    expect(machine.get('00000')).to.deep.include({ value: 'vw', deadline: 2 });
    run(machine, 5);
    expect(machine.keys).to.equal(0);
    expect(machine.revision).to.equal(1 + names.length + 1);
  });

  it('takes as many as the batch has commands where these are more', () => {
    const names = Array.from({ length: LEAST_EXPIRIES + 60 }, (_, i) => String(i).padStart(5, '0'));
    const machine = filled(Object.fromEntries(names.map((name) => [name, 1])));
    run(machine, 5, ...Array.from({ length: LEAST_EXPIRIES + 50 }, () => 'APPEND x w'));
    expect(keysOf(machine)).to.deep.equal([...names.slice(-10), 'x']);
  });

  it('is in the digest: by which keys went', () => {
    const digests = [
      { a: 5, b: 9 },
      { a: 9, b: 5 },
    ].map((deadlines) => {
      const machine = filled(deadlines);
      run(machine, 7);
      return machine.cut().digest;
    });
    expect(digests[0]).to.not.equal(digests[1]);
  });
});
