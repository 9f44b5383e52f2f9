// The client side of exactly-once over a driver that only records: what is numbered when, how parcels are cut, what is told when
// time is up, and that every caller is told once.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { slot } from '#src/base/ids.js';
import { Origin } from '#src/node/origin/origin.js';
import { PARCEL_BYTES, UNAPPLIED_WORK } from '#src/node/origin/write-queue.js';
import { LIGHT } from '#src/node/write-load.js';
import { NOOP } from '#src/paxos/value.js';
import { encodeCommand } from '#src/wire/command.js';
import { contents } from '../../kv/entries.js';
import { batch, command, decided, parcel as parcelOf, sessionOf } from '../../kv/values.js';
import { Bench, NOBODY, TIMEOUT_MS } from './bench.js';
import { ManualClock } from './manual-clock.js';

describe('origin: numbering', () => {
  it('puts the writes of one turn in one parcel, numbered in the order of the calls', () => {
    const bench = new Bench();
    for (const name of ['a', 'b', 'c']) bench.write(name);
    expect(bench.numbers).to.deep.equal([]);
    bench.clock.turn();
    bench.write('d');
    bench.clock.turn();
    expect(bench.numbers).to.deep.equal(['1+3', '4+1']);
    bench.apply(2);
    expect(bench.told).to.deep.equal(['a "OK"', 'b "OK"', 'c "OK"', 'd "OK"']);
    expect(contents(bench.machine.table).map(([key]) => key)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('tells callers when the slot is over, who may look at the whole of it then', () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    for (const name of ['a', 'b']) {
      bench.origin.write(command(`PUT ${name} 1`), LIGHT, () => {
        const cut = bench.machine.cut();
        seen.push([cut.slot, cut.sessions.length, cut.keys]);
        cut.release();
      });
    }
    bench.clock.turn();
    bench.apply();
    expect(seen).to.deep.equal([
      [1, 1, 2],
      [1, 1, 2],
    ]);
  });

  it('numbers nothing while no leader can be reached, and all of it in order once one can', () => {
    const bench = new Bench();
    bench.forward = false;
    bench.write('a');
    bench.clock.turn();
    bench.write('b');
    bench.clock.turn();
    expect(bench.numbers).to.deep.equal([]);
    bench.forward = true;
    bench.origin.flush();
    expect(bench.numbers).to.deep.equal(['1+2']);
  });

  it('numbers nothing before a session has begun', () => {
    const clock = new ManualClock();
    const bench = new Bench();
    const { machine } = bench;
    const isDistrusted = (): boolean => false;
    const origin = new Origin({ clock, machine, driver: bench, requestTimeoutMs: TIMEOUT_MS, isDistrusted });
    origin.write(command('PUT a 1'), LIGHT, () => undefined);
    origin.flush();
    expect(bench.parcels).to.deep.equal([]);
  });

  it('closes a parcel at its size, and lets one larger command go alone', () => {
    const bench = new Bench();
    const large = (bytes: number) => encodeCommand(['PUT', 'k', 'x'.repeat(bytes)]);
    const sizes = [PARCEL_BYTES / 2, PARCEL_BYTES / 2 - 100, 10, PARCEL_BYTES * 3, 10, 10];
    sizes.forEach((size, i) => {
      bench.write(String(i), large(size));
    });
    bench.clock.turn();
    expect(bench.numbers).to.deep.equal(['1+3', '4+1', '5+2']);
    for (const { bytes, count } of bench.parcels) {
      if (count > 1) expect(bytes.length).to.be.lessThan(PARCEL_BYTES + 100);
    }
  });

  it('numbers so much at a time as may make the data grow, and knows what is foreseen of all', () => {
    const bench = new Bench();
    const growth = 20 * 1024 * 1024;
    for (let i = 0; i < 5; i++) bench.write(`${i}`, undefined, { copies: 0, copied: 0, longest: 5_000 * i, growth });
    bench.clock.turn();
    expect(bench.numbers).to.deep.equal(['1+3']);
    expect(bench.origin.underWay).to.include({ longest: 32_768, growth: 5 * growth });
    bench.apply();
    bench.clock.turn();
    expect(bench.numbers).to.deep.equal(['1+3', '4+2']);
    expect(bench.origin.underWay).to.include({ longest: 32_768, growth: 2 * growth });
    bench.apply();
    expect(bench.origin.underWay).to.include({ longest: 0, growth: 0 });
  });

  it('forgets of what is foreseen what was never numbered', () => {
    const bench = new Bench();
    bench.forward = false;
    bench.write('a', undefined, { copies: 1, copied: 0, longest: 9_000, growth: 9_000 });
    bench.clock.turn();
    bench.clock.advance(TIMEOUT_MS);
    expect(bench.told).to.deep.equal(['a noquorum']);
    expect(bench.origin.underWay).to.include({ longest: 0, growth: 0 });
  });

  it('leaves out what one slot would answer beyond so many bytes, and executes it', () => {
    const bench = new Bench();
    bench.write('put', encodeCommand(['PUT', 'big', 'x'.repeat(1024 * 1024)]));
    for (let i = 0; i < 40; i++) bench.write('get', encodeCommand(['GETEX', 'big', 'EX', `${i + 1}`]));
    bench.clock.turn();
    const [first, second] = bench.parcels;
    if (first === undefined || second === undefined) throw new Error('two parcels were to be proposed');
    for (const each of decided(1, batch(1, first), batch(1, second))) bench.execute(each);
    expect(bench.told.filter((line) => line === 'get "TOOLARGE"')).to.have.length(9);
    expect(bench.told).to.have.length(41);
    expect(bench.machine.get('big')?.deadline).to.equal(40_001);
  });

  it('starts at 1 again with a new incarnation; what the old one had numbered is uncertain', () => {
    const bench = new Bench();
    bench.write('a');
    bench.clock.turn();
    bench.write('b');
    bench.origin.begin(sessionOf('a', 8));
    bench.clock.turn();
    expect(bench.told).to.deep.equal(['a uncertain']);
    expect(bench.parcels.map(({ incarnation, first }) => `${incarnation}/${first}`)).to.deep.equal(['7/1', '8/1']);
    // The old parcel may still be decided: its answer belongs to nobody.
    bench.apply(2);
    expect(bench.told).to.deep.equal(['a uncertain', 'b "OK"']);
    expect(() => bench.origin.begin(sessionOf('a', 8))).to.throw(InvariantViolation);
  });

  it('tells whose command a snapshot covers that it was executed, and goes on with the rest', () => {
    const bench = new Bench();
    for (const name of ['told', 'covered', 'open']) {
      bench.write(name);
      bench.clock.turn();
      if (name === 'told') bench.clock.advance(TIMEOUT_MS);
    }
    bench.read('read');
    bench.clock.turn();
    bench.origin.granted({ upTo: 1, slot: slot(2) });
    // Executed elsewhere: the origin sees the state, not the replies.
    for (const parcel of bench.parcels.slice(0, 2)) {
      for (const each of decided(bench.machine.applied + 1, batch(1, parcel))) bench.machine.apply(each, null, NOBODY);
    }
    bench.origin.installed();
    expect(bench.told).to.deep.equal(['told uncertain', 'covered executed', 'read ready']);
    bench.write('next');
    bench.clock.turn();
    bench.apply(2, 2);
    expect(bench.told.slice(3)).to.deep.equal(['open "OK"', 'next "OK"']);
  });

  it('keeps what a snapshot knows only under an earlier incarnation', () => {
    const bench = new Bench();
    bench.write('a');
    bench.clock.turn();
    const earlier = decided(1, batch(1, parcelOf(sessionOf('a', 6), 1, 'PUT x 1')));
    for (const each of earlier) bench.machine.apply(each, null, NOBODY);
    bench.origin.installed();
    expect(bench.told).to.deep.equal([]);
    bench.apply();
    expect(bench.told).to.deep.equal(['a "OK"']);
  });

  it('holds back what would make one slot too long to apply', () => {
    const bench = new Bench();
    const wanted = UNAPPLIED_WORK;
    for (let i = 0; i < wanted; i++) bench.write(`k${i}`);
    bench.clock.settle();
    const numbered = bench.parcels.reduce((sum, { count }) => sum + count, 0);
    expect(numbered).to.be.within(UNAPPLIED_WORK / 4, UNAPPLIED_WORK / 2);
    while (bench.told.length < wanted) {
      bench.apply();
      bench.clock.settle();
    }
    expect(bench.told.length).to.equal(wanted);
  });
});

describe('origin: timeouts', () => {
  it('tells who was not numbered that there is no quorum, who was that it is uncertain, at their times', () => {
    const bench = new Bench();
    bench.write('numbered');
    bench.clock.advance(1_000);
    bench.forward = false;
    bench.write('waiting');
    bench.read('read');
    bench.clock.advance(TIMEOUT_MS - 1_001);
    expect(bench.told).to.deep.equal([]);
    bench.clock.advance(1);
    expect(bench.told).to.deep.equal(['numbered uncertain']);
    bench.clock.advance(1_000);
    expect(bench.told).to.deep.equal(['numbered uncertain', 'waiting noquorum', 'read noquorum']);
    // Told once: neither a late decision nor a late grant is told again.
    bench.apply();
    bench.origin.granted({ upTo: 1, slot: slot(0) });
    bench.clock.advance(TIMEOUT_MS);
    expect(bench.told.length).to.equal(3);
    expect(bench.machine.keys).to.equal(1);
    expect(bench.clock.timers).to.equal(0);
  });

  it('keeps the numbers of what it gave up, so that what follows is answered by its own', () => {
    const bench = new Bench();
    for (const name of ['a', 'b']) bench.write(name);
    bench.clock.advance(TIMEOUT_MS);
    bench.write('c', command('DELETE a'));
    bench.clock.turn();
    bench.apply(2);
    expect(bench.told).to.deep.equal(['a uncertain', 'b uncertain', 'c 1']);
  });

  it('has one timer, whatever waits', () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i++) {
      bench.write(`w${i}`);
      bench.read(`r${i}`);
      bench.clock.advance(10);
    }
    expect(bench.clock.timers).to.equal(1);
  });

  it('says busy only to what a full queue kept waiting although there was a leader', () => {
    for (const [forward, outcome] of [
      [true, 'busy'],
      [false, 'noquorum'],
    ] as const) {
      const bench = new Bench(1_000);
      const big = encodeCommand(['PUT', 'k', 'x'.repeat(800)]);
      bench.write('first', big);
      bench.clock.turn();
      bench.write('second', big);
      bench.clock.turn();
      expect(bench.numbers).to.deep.equal(['1+1']);
      bench.forward = forward;
      bench.clock.advance(TIMEOUT_MS);
      expect(bench.told).to.deep.equal(['first uncertain', `second ${outcome}`]);
    }
  });
});

describe('origin: reads', () => {
  it('asks once for all reads of a turn, with rising ids', () => {
    const bench = new Bench();
    for (const name of ['a', 'b']) bench.read(name);
    bench.clock.turn();
    bench.read('c');
    bench.clock.turn();
    bench.clock.turn();
    expect(bench.asked).to.deep.equal([1, 2]);
    bench.origin.granted({ upTo: 1, slot: slot(0) });
    expect(bench.told).to.deep.equal(['a ready', 'b ready']);
    bench.origin.granted({ upTo: 2, slot: slot(0) });
    expect(bench.told.slice(2)).to.deep.equal(['c ready']);
  });

  it('waits until the slot granted is applied here', () => {
    const bench = new Bench();
    bench.read('a');
    bench.clock.turn();
    bench.read('b');
    bench.clock.turn();
    bench.origin.granted({ upTo: 1, slot: slot(2) });
    bench.origin.granted({ upTo: 2, slot: slot(3) });
    const told = [1, 2, 3].map((next) => {
      for (const each of decided(next, NOOP)) bench.execute(each);
      return [...bench.told];
    });
    expect(told).to.deep.equal([[], ['a ready'], ['a ready', 'b ready']]);
  });

  it('takes a later grant that is met earlier for all that it serves', () => {
    const bench = new Bench();
    for (const name of ['a', 'b']) {
      bench.read(name);
      bench.clock.turn();
    }
    bench.origin.granted({ upTo: 1, slot: slot(9) });
    bench.origin.granted({ upTo: 2, slot: slot(1) });
    for (const each of decided(1, NOOP)) bench.execute(each);
    expect(bench.told).to.deep.equal(['a ready', 'b ready']);
  });
});

describe('origin: back-pressure', () => {
  it('resumes who waits for room in their order, as far as there is room', () => {
    const bench = new Bench(1_000);
    const big = encodeCommand(['PUT', 'k', 'x'.repeat(800)]);
    const fill = (name: string) => () => {
      bench.told.push(`${name} resumed`);
      bench.write(name, big);
    };
    expect(bench.origin.congested).to.equal(false);
    bench.write('a', big);
    bench.write('b', big);
    expect(bench.origin.congested).to.equal(true);
    for (const name of ['c', 'd', 'e']) bench.origin.whenRoom(fill(name));
    bench.clock.settle();
    expect(bench.told).to.deep.equal([]);
    for (let i = 0; i < 5; i++) {
      bench.apply();
      bench.clock.settle();
    }
    expect(bench.told.filter((line) => line.endsWith('resumed'))).to.deep.equal([
      'c resumed',
      'd resumed',
      'e resumed',
    ]);
    expect(bench.told.filter((line) => line.endsWith('"OK"')).map((line) => line[0])).to.deep.equal([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    expect(bench.told.indexOf('d resumed')).to.be.greaterThan(bench.told.indexOf('b "OK"'));
  });

  it('resumes at the end of the turn who asks while there is room', () => {
    const bench = new Bench();
    bench.origin.whenRoom(() => bench.told.push('resumed'));
    expect(bench.told).to.deep.equal([]);
    bench.clock.turn();
    expect(bench.told).to.deep.equal(['resumed']);
  });

  it('counts reads too', () => {
    const bench = new Bench(1_000);
    for (let i = 0; i < 20; i++) bench.read(`r${i}`);
    expect(bench.origin.congested).to.equal(true);
  });
});

describe('origin: any schedule', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('write', 'read', 'turn', 'apply', 'grant') },
    { weight: 1, arbitrary: fc.constantFrom('leader lost', 'leader found', 'time', 'new session') },
  );

  it('tells everyone exactly once, and executes what it confirmed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const bench = new Bench(1_000);
        let calls = 0;
        let life = 7;
        for (const each of steps) {
          if (each === 'write') bench.write(`w${calls++}`);
          else if (each === 'read') bench.read(`r${calls++}`);
          else if (each === 'turn') bench.clock.turn();
          else if (each === 'apply' && bench.machine.applied < bench.parcels.length) bench.apply();
          else if (each === 'grant') bench.origin.granted({ upTo: bench.asked.length, slot: bench.machine.applied });
          else if (each === 'time') bench.clock.advance(TIMEOUT_MS / 2);
          else if (each === 'new session') bench.origin.begin(sessionOf('a', ++life));
          else bench.forward = each === 'leader found';
        }
        bench.clock.advance(2 * TIMEOUT_MS);
        expect(bench.told.length).to.equal(calls);
        expect(new Set(bench.told.map((line) => line.split(' ')[0])).size).to.equal(calls);
        const confirmed = bench.told.filter((line) => line.endsWith('"OK"')).map((line) => line.split(' ')[0] ?? '');
        for (const name of confirmed) expect(bench.machine.get(name), name).to.not.equal(undefined);
        for (const line of bench.told.filter((l) => l.endsWith('noquorum') && l.startsWith('w'))) {
          while (bench.machine.applied < bench.parcels.length) bench.apply();
          expect(bench.machine.get(line.split(' ')[0] ?? ''), line).to.equal(undefined);
        }
      }),
      { numRuns: 300 },
    );
  });
});
