// What apply must do with a parcel for every relation of its session to what was executed before, who is answered, what takes a
// revision, and that a replica becomes the same whatever it is told about whose commands are its own.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { CHECKPOINT_SLOTS } from '#src/kv/running-digest.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { type StateCut, StateFilling } from '#src/kv/state-transfer.js';
import type { Decided } from '#src/paxos/effects.js';
import type { Session } from '#src/paxos/session.js';
import { type BatchValue, NOOP } from '#src/paxos/value.js';
import type { Reply } from '#src/wire/reply.js';
import { pairOf, contents as tableContents } from './entries.js';
import { batch, configuration, decided, parcel, sessionOf, storeOf } from './values.js';

const nobody = (): never => {
  throw new Error('nobody was to be answered');
};

/** Applies values from slot 1 on and returns what `own` was told, as `number text`. */
function run(machine: StateMachine, values: Decided['value'][], own: Session | null = null): string[] {
  const told: string[] = [];
  for (const each of decided(machine.applied + 1, ...values)) {
    machine.apply(each, own, (number, reply) => told.push(`${number} ${textOf(reply)}`));
  }
  return told;
}

function textOf(reply: Reply): string {
  if (reply.type === 'status') return reply.text;
  return reply.type === 'integer' ? String(reply.value) : reply.type;
}

/** Everything that replicas must agree on. */
function contents(machine: StateMachine): unknown {
  return {
    entries: tableContents(machine.table),
    revision: machine.revision,
    time: machine.time,
    applied: machine.applied,
    bytes: machine.bytes,
    sessions: ['a', 'b', 'c'].map((digit) => machine.lastOf(storeOf(digit))),
  };
}

describe('state machine: which parcels run', () => {
  const before = { life: 5, last: 10 };
  const table: { life: number; first: number; count: number; runs: boolean }[] = [];
  for (const life of [4, 5, 6]) {
    for (const first of [1, 2, 9, 10, 11, 12]) {
      for (const count of [1, 2, 3]) {
        table.push({ life, first, count, runs: life === 5 ? first === 11 : life === 6 && first === 1 });
      }
    }
  }

  for (const { life, first, count, runs } of table) {
    it(`after 5/10 a parcel ${life}/${first}+${count} ${runs ? 'runs' : 'is skipped whole'}`, () => {
      const machine = new StateMachine();
      const ten = Array.from({ length: before.last }, (_, i) => `PUT k${i} v`);
      run(machine, [batch(1, parcel(sessionOf('a', before.life), 1, ...ten))]);
      const revision = machine.revision;
      const session = sessionOf('a', life);
      const lines = Array.from({ length: count }, (_, i) => `PUT new${i} v`);
      const told = run(machine, [batch(1, parcel(session, first, ...lines))], session);
      expect(told).to.deep.equal(runs ? lines.map((_, i) => `${first + i} OK`) : []);
      expect(machine.revision - revision).to.equal(runs ? count : 0);
      expect(machine.keys).to.equal(before.last + (runs ? count : 0));
      expect(machine.lastOf(session.store)).to.deep.equal(
        runs ? { incarnation: life, last: first + count - 1 } : { incarnation: before.life, last: before.last },
      );
    });
  }

  it('begins a store that it has not heard of only at 1', () => {
    const machine = new StateMachine();
    run(machine, [batch(1, parcel(sessionOf('a'), 2, 'PUT x 1'))]);
    expect(machine.keys).to.equal(0);
    expect(machine.lastOf(storeOf('a'))).to.equal(undefined);
    run(machine, [batch(1, parcel(sessionOf('a'), 1, 'PUT x 1'))]);
    expect(machine.keys).to.equal(1);
  });

  it('runs a parcel once that stands twice in a batch, and keeps stores apart', () => {
    const machine = new StateMachine();
    const mine = parcel(sessionOf('a'), 1, 'PUT x 1', 'DELETE x');
    const other = parcel(sessionOf('b'), 1, 'PUT x 2');
    run(machine, [batch(1, mine, other, mine, other)]);
    expect(machine.get('x')).to.include({ value: '2', revision: 3, created: 3, version: 1 });
  });
});

describe('state machine: who is answered', () => {
  for (const { what, own, told } of [
    { what: 'the same session', own: sessionOf('a', 2), told: ['1 OK', '2 1', '3 0'] },
    { what: 'another store', own: sessionOf('b', 2), told: [] },
    { what: 'an earlier incarnation', own: sessionOf('a', 1), told: [] },
    { what: 'a later incarnation', own: sessionOf('a', 3), told: [] },
    { what: 'nobody', own: null, told: [] },
  ]) {
    it(`tells ${what} ${told.length} replies`, () => {
      const value = batch(1, parcel(sessionOf('a', 2), 1, 'PUT x 1', 'DELETE x', 'DELETE x'));
      expect(run(new StateMachine(), [value], own)).to.deep.equal(told);
    });
  }
});

describe('state machine: revisions, time and slots', () => {
  it('gives a revision to a command that changed something, and one only', () => {
    const machine = new StateMachine();
    run(machine, [batch(1, parcel(sessionOf('a'), 1, 'PUT x 1', 'PUT y 1', 'DELETE z', 'DELETE x y z', 'DELETE x'))]);
    expect(machine.revision).to.equal(3);
    run(machine, [batch(1, parcel(sessionOf('a'), 6, 'PUT x 1', 'PUT x 1'))]);
    expect(machine.get('x')).to.include({ value: '1', revision: 5, created: 4, version: 2 });
  });

  it('never sets time back', () => {
    const machine = new StateMachine();
    const times = [5, 3, 7, 7].map((stamp) => {
      run(machine, [batch(stamp)]);
      return machine.time;
    });
    expect(times).to.deep.equal([5, 5, 7, 7]);
  });

  it('counts slots of no-ops and configurations, and changes nothing by them', () => {
    const machine = new StateMachine();
    run(machine, [configuration('one', 'two'), NOOP]);
    expect(contents(machine)).to.deep.equal({ ...(contents(new StateMachine()) as object), applied: 2 });
  });

  it('stops at a slot that is not the next, and at a command that this version does not know', () => {
    const machine = new StateMachine();
    for (const each of decided(2, NOOP)) expect(() => machine.apply(each, null, nobody)).to.throw(InvariantViolation);
    const unknown = batch(1, parcel(sessionOf('a'), 1, 'FROB x'));
    expect(() => run(machine, [unknown])).to.throw(InvariantViolation, 'FROB');
  });
});

describe('state machine: determinism', () => {
  const line = fc.oneof(
    fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.stringMatching(/^[0-9]{1,3}$/)).map(([k, v]) => `PUT ${k} ${v}`),
    fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }).map((keys) => `DELETE ${keys.join(' ')}`),
  );
  const part = fc.record({
    store: fc.constantFrom('a', 'b'),
    life: fc.integer({ min: 1, max: 2 }),
    first: fc.integer({ min: 1, max: 4 }),
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  });
  const slots = fc.array(
    fc.record({ stamp: fc.integer({ min: 1, max: 99 }), parts: fc.array(part, { maxLength: 3 }) }),
  );
  type Slots = typeof slots extends fc.Arbitrary<infer T> ? T : never;

  const valuesOf = (all: Slots): BatchValue[] =>
    all.map(({ stamp, parts }) =>
      batch(stamp, ...parts.map((p) => parcel(sessionOf(p.store, p.life), p.first, ...p.lines))),
    );

  /** The rules once more, written as plainly as can be. */
  function model(all: Slots): { keys: Record<string, string>; told: string[] } {
    const keys = new Map<string, string>();
    const told: string[] = [];
    const marks = new Map<string, { life: number; last: number }>();
    for (const { store, life, first, lines } of all.flatMap(({ parts }) => parts)) {
      const mark = marks.get(store) ?? { life: 0, last: 0 };
      if (life < mark.life || first !== (life > mark.life ? 1 : mark.last + 1)) continue;
      lines.forEach((text, i) => {
        const [name, ...words] = text.split(' ');
        let reply = 'OK';
        if (name === 'PUT') keys.set(words[0] ?? '', words[1] ?? '');
        else reply = String(words.filter((key) => keys.delete(key)).length);
        if (store === 'a' && life === 2) told.push(`${first + i} ${reply}`);
      });
      marks.set(store, { life, last: first + lines.length - 1 });
    }
    return { keys: Object.fromEntries(keys), told };
  }

  it('becomes the same on every replica, and what a plain model of the rules becomes', () => {
    fc.assert(
      fc.property(slots, (all) => {
        const one = new StateMachine();
        const two = new StateMachine();
        const told = run(one, valuesOf(all), sessionOf('a', 2));
        run(two, valuesOf(all), null);
        expect(contents(one)).to.deep.equal(contents(two));
        const expected = model(all);
        const keys = tableContents(one.table).map(([key, { value }]) => [key, value]);
        expect(Object.fromEntries(keys)).to.deep.equal(expected.keys);
        expect(told).to.deep.equal(expected.told);
      }),
      { numRuns: 500 },
    );
  });
});

describe('state machine: on its way', () => {
  const one = sessionOf('a');
  const two = sessionOf('b', 3);
  const before = [
    configuration('one', 'two'),
    batch(7, parcel(one, 1, 'PUT k 1', 'PUT l 1')),
    batch(9, parcel(two, 1, 'PUT k 2', 'DELETE l m')),
  ];
  const after = [batch(8, parcel(one, 3, 'PUT m 3', 'DELETE k')), NOOP, batch(9, parcel(two, 3, 'PUT l 4'))];

  function moved(cut: StateCut): StateFilling {
    const filling = new StateFilling();
    filling.header(cut);
    for (const [store, mark] of cut.sessions) filling.session(store, mark);
    for (const { bytes, start, end } of cut.table.walk()) {
      filling.records(bytes, start, end);
    }
    cut.release();
    return filling;
  }

  it('is no state of any slot within one', () => {
    const machine = new StateMachine();
    const own = sessionOf('a', 1);
    for (const each of decided(1, batch(1, parcel(own, 1, 'PUT x 1', 'PUT y 1')))) {
      expect(() => machine.apply(each, own, () => machine.cut())).to.throw(InvariantViolation, 'executed to its end');
    }
  });

  it('a cut is what was there, and goes on in another machine as the one it came from', () => {
    const source = new StateMachine();
    run(source, before);
    const cut = source.cut();
    expect(cut).to.deep.include({ slot: 3, time: 9, revision: 4, keys: 1, bytes: source.bytes });
    const expected = contents(source);
    run(source, after);
    const copy = new StateMachine();
    run(copy, [NOOP]);
    copy.adopt(moved(cut));
    expect(contents(copy)).to.deep.equal(expected);
    run(copy, after);
    expect(contents(copy)).to.deep.equal(contents(source));
    expect(copy.cut().digest).to.equal(source.cut().digest);
  });

  it('can be that of another machine, also of an earlier slot, and goes on as that would have', () => {
    const own = sessionOf('a');
    const machine = new StateMachine();
    run(machine, [batch(9, parcel(own, 1, 'PUT a wrong', 'PUT b wrong')), NOOP, NOOP]);
    const cut = machine.cut();
    const other = new StateMachine();
    const twin = new StateMachine();
    for (const each of [other, twin]) run(each, [batch(5, parcel(own, 1, 'PUT a right')), NOOP]);
    machine.become(other);
    expect(contents(machine)).to.deep.equal(contents(twin));
    for (const each of [machine, twin]) run(each, [batch(7, parcel(own, 2, 'PUT c right', 'DELETE a'))]);
    expect(contents(machine)).to.deep.equal(contents(twin));
    expect(machine.cut().digest).to.equal(twin.cut().digest);
    expect([...cut.table.walk()].map(pairOf).map(([key, { value }]) => `${key} ${value}`)).to.deep.equal([
      'a wrong',
      'b wrong',
    ]);
  });

  it('is not adopted where it lies behind', () => {
    const source = new StateMachine();
    run(source, before);
    const filling = moved(source.cut());
    expect(() => source.adopt(filling)).to.throw(InvariantViolation, 'lies behind');
  });
});

describe('state machine: the running digest', () => {
  const one = sessionOf('a');
  const base = [batch(1, parcel(one, 1, 'PUT k 1')), NOOP, batch(1, parcel(one, 2, 'DELETE k'))];
  const digestOf = (values: Decided['value'][], from: Decided['value'][] = []): string => {
    const machine = new StateMachine();
    run(machine, from);
    run(machine, values);
    return machine.cut().digest;
  };

  it('is the same for the same log, and another for any other', () => {
    const others: Decided['value'][][] = [
      [],
      base.slice(0, 1),
      base.slice(0, 2),
      [...base, NOOP],
      [NOOP, ...base],
      [batch(1, parcel(one, 1, 'PUT k 2')), ...base.slice(1)],
      [batch(1, parcel(one, 1, 'PUT l 1')), ...base.slice(1)],
      [base[0] ?? NOOP, configuration('one'), base[2] ?? NOOP],
      [base[0] ?? NOOP, configuration('two'), base[2] ?? NOOP],
    ];
    const digests = [base, ...others].map((values) => digestOf(values));
    for (const digest of digests) expect(digest).to.match(/^[0-9a-f]{16}$/);
    expect(new Set(digests).size).to.equal(digests.length);
    expect(digestOf(base)).to.equal(digests[0]);
  });

  it('tells apart what the same commands came to', () => {
    const machine = new StateMachine();
    run(machine, base.slice(0, 2));
    machine.table.delete('k');
    run(machine, base.slice(2));
    expect(machine.cut().digest).to.not.equal(digestOf(base));
  });

  it('is noted every thousand slots, and after each no-op', () => {
    const machine = new StateMachine();
    const noted: number[] = [];
    const noOps = [7, 1_500];
    for (let at = 1; at <= 2 * CHECKPOINT_SLOTS + 1; at++) {
      const before = machine.checkpoint;
      run(machine, [noOps.includes(at) ? NOOP : configuration(`${at}`)]);
      if (machine.checkpoint === before) continue;
      noted.push(at);
      expect(machine.checkpoint).to.deep.equal({ slot: at, digest: machine.cut().digest });
    }
    expect(noted).to.deep.equal([7, CHECKPOINT_SLOTS, 1_500, 2 * CHECKPOINT_SLOTS]);
  });

  it('goes on behind a snapshot of a checkpoint', () => {
    const machine = new StateMachine();
    run(
      machine,
      Array.from({ length: CHECKPOINT_SLOTS }, () => configuration('one')),
    );
    const filling = new StateFilling();
    filling.header(machine.cut());
    const copy = new StateMachine();
    copy.adopt(filling);
    expect(copy.checkpoint).to.deep.equal(machine.checkpoint);
    run(copy, base);
    run(machine, base);
    expect(copy.cut().digest).to.equal(machine.cut().digest);
  });
});
