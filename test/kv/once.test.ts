// ONCE where it is executed: what is done once, what is answered again, for how long, and that it goes on behind a snapshot.

import { expect } from 'chai';
import fc from 'fast-check';
import { decodeReply, encodeReply, isReply } from '#src/kv/kept-reply.js';
import { type Kept, OnceTable } from '#src/kv/once-table.js';
import { OK } from '#src/kv/replies.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { StateFilling } from '#src/kv/state-transfer.js';
import type { Reply } from '#src/wire/reply.js';
import { renderInline } from '#src/wire/reply.js';
import { batch, decided, parcel, sessionOf } from './values.js';

const session = sessionOf('a');
const MINUTE = 60_000;
const KEPT = 11 * MINUTE;

class Machine {
  readonly machine = new StateMachine();
  #number = 1;

  /** What the commands of one batch answer, at this time of the log; each ONCE has come just now. */
  run(time: number, ...lines: string[]): string[] {
    return this.runLogged(time, ...lines.map((line) => this.logged(line)));
  }

  /** As it stands in the log when it comes now. */
  logged(line: string): string {
    return line.replace(/^ONCE (\w+)/, (once, id: string) => `${once} ${this.machine.placeOfId(id)}`);
  }

  /** The same, of commands as they stand in the log. */
  runLogged(time: number, ...lines: string[]): string[] {
    const told: string[] = [];
    const value = batch(time, parcel(session, this.#number, ...lines));
    this.#number += lines.length;
    for (const each of decided(this.machine.applied + 1, value)) {
      this.machine.apply(each, session, (_number, reply) => told.push(renderInline(reply).trimEnd()));
    }
    return told;
  }

  /** The same, in a machine that began with a snapshot of this one. */
  moved(): Machine {
    const cut = this.machine.cut();
    const filling = new StateFilling();
    filling.header(cut);
    for (const [store, mark] of cut.sessions) filling.session(store, mark);
    for (const kept of cut.once) filling.id(kept);
    for (const { bytes, start, end } of cut.table.walk()) filling.records(bytes, start, end);
    cut.release();
    const other = new Machine();
    other.machine.adopt(filling);
    other.#number = this.#number;
    return other;
  }
}

describe('ONCE', () => {
  const DIFFERENT = 'ERROR ERR id was used for a different command';

  it('does it once, and answers as before', () => {
    const one = new Machine();
    expect(one.run(1, 'ONCE i INCR n', 'ONCE i INCR n', 'INCR n', 'ONCE i INCR n', 'ONCE j INCR n')).to.deep.equal(
      [1, 1, 2, 1, 3].map((n) => `(integer) ${n}`),
    );
    expect(one.machine.revision).to.equal(3);
  });

  it('answers errors again, too, and a value as it was then', () => {
    const one = new Machine();
    const lines = [
      'PUT n x',
      'ONCE i INCR n',
      'ONCE j GETSET n 1',
      'ONCE i INCR n',
      'ONCE j GETSET n 1',
      'ONCE k GETDEL m',
      'ONCE k GETDEL m',
    ];
    const error = 'ERROR ERR value is not an integer or out of range';
    expect(one.run(1, ...lines)).to.deep.equal(['OK', error, 'x', error, 'x', '(nil)', '(nil)']);
  });

  it('refuses an id for another command, however alike', () => {
    const one = new Machine();
    expect(one.run(1, 'ONCE i PUT a b', 'ONCE i PUT a c', 'ONCE i PUT ab x', 'ONCE i SET a b')).to.deep.equal([
      'OK',
      DIFFERENT,
      DIFFERENT,
      DIFFERENT,
    ]);
  });

  it('keeps no long reply', () => {
    const one = new Machine();
    const short = 'x'.repeat(1_023);
    const lines = [
      `PUT a ${short}`,
      `PUT b ${short}x`,
      'ONCE i GETSET a 1',
      'ONCE i GETSET a 1',
      'ONCE j GETSET b 1',
      'ONCE j GETSET b 1',
    ];
    expect(one.run(1, ...lines).slice(2)).to.deep.equal([
      short,
      short,
      `${short}x`,
      'ERROR ERR already executed; reply not kept',
    ]);
    expect(one.machine.get('b')).to.include({ version: 2 });
  });

  it('remembers for ten minutes of the time of the log, and as long as a copy may be under way', () => {
    const one = new Machine();
    const told = [0, 1, 10 * MINUTE, KEPT - 1, KEPT, KEPT + 1, 2 * KEPT].map((time) => {
      one.run(1 + time, 'PUT other 1');
      return one.run(1 + time, 'ONCE i INCR n');
    });
    expect(
      told
        .flat()
        .map((line) => line.at(-1))
        .join(''),
    ).to.equal('1111223');
  });

  it('goes on in a machine that began with a snapshot, byte for byte', () => {
    const one = new Machine();
    one.run(5, 'ONCE i INCR n', 'ONCE j GETSET n x');
    one.run(7, 'ONCE k DELETE n', `PUT big ${'x'.repeat(2_000)}`, 'ONCE l GETDEL big');
    const two = one.moved();
    const lines = [
      'ONCE i INCR n',
      'ONCE j GETSET n x',
      'ONCE k DELETE n',
      'ONCE l GETDEL big',
      'ONCE i INCR m',
      'ONCE m INCR n',
    ];
    expect(two.run(9, ...lines)).to.deep.equal(one.run(9, ...lines));
    expect([...two.machine.cut().once]).to.deep.equal([...one.machine.cut().once]);
    expect(two.machine.cut().digest).to.equal(one.machine.cut().digest);
  });

  const LATE = /^ERROR BUSY this ONCE was under way for so long .* not executed; try again$/;

  it('does no copy that came before its repetition, which is forgotten', () => {
    const one = new Machine();
    one.run(1, 'ONCE h INCR n');
    const copy = one.logged('ONCE i INCR n');
    expect(one.run(2, 'ONCE i INCR n')).to.deep.equal(['(integer) 2']);
    expect(one.runLogged(2 + KEPT, copy)[0]).to.match(LATE);
    expect(one.machine.get('n')).to.include({ value: '2' });
    // Asked for once more it is another, and done.
    expect(one.run(3 + KEPT, 'ONCE i INCR n')).to.deep.equal(['(integer) 3']);
  });

  it('does it where nothing that came after it is forgotten, however long ago that was', () => {
    const one = new Machine();
    one.run(1, 'ONCE h INCR n', 'ONCE i INCR n');
    // Nobody wrote for an hour: the time of the log stood still.
    const copy = one.logged('ONCE j INCR n');
    expect(one.runLogged(60 * MINUTE, copy)).to.deep.equal(['(integer) 3']);
  });

  it('cannot tell a copy from another use where nobody wrote for so long, and has it asked for again', () => {
    const one = new Machine();
    one.run(1, 'ONCE i INCR n');
    expect(one.run(60 * MINUTE, 'ONCE i INCR n')[0]).to.match(LATE);
    expect(one.run(60 * MINUTE, 'ONCE i INCR n')).to.deep.equal(['(integer) 2']);
  });

  it('knows what came after it also behind a snapshot', () => {
    const one = new Machine();
    const copy = one.logged('ONCE i INCR n');
    one.run(1, 'ONCE i INCR n');
    one.run(2 + KEPT, 'ONCE j INCR n');
    const two = one.moved();
    const three = new Machine();
    three.machine.become(one.moved().machine);
    for (const { machine } of [two, three]) expect(machine.placeOfId('k')).to.equal(2);
    expect(two.runLogged(3 + KEPT, copy)[0]).to.match(LATE);
    expect(one.runLogged(3 + KEPT, copy)[0]).to.match(LATE);
    expect(two.machine.cut().digest).to.equal(one.machine.cut().digest);
  });

  it('does no copy that its client sent when it was done, after its repetition is forgotten', () => {
    const one = new Machine();
    one.run(1, 'ONCE i INCR n');
    const copy = one.logged('ONCE i INCR n');
    expect(one.runLogged(2, copy)).to.deep.equal(['(integer) 1']);
    expect(one.runLogged(KEPT + 1, copy)[0]).to.match(LATE);
  });

  it('does none twice, whatever copies are under way for how long', () => {
    const step = fc.record({ id: fc.constantFrom('i', 'j'), wait: fc.integer({ min: 0, max: 7 }), late: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        const one = new Machine();
        // What is still under way; another copy of each was answered at once.
        const copies: string[] = [];
        let time = 1;
        for (const { id, wait, late } of steps) {
          time += wait * MINUTE;
          const line = one.logged(`ONCE ${id} INCR n`);
          one.run(time, 'PUT other 1');
          one.run(time, `ONCE ${id} INCR n`);
          copies.push(line);
          const before = one.machine.get('n')?.value;
          const copy = copies[late];
          if (copy !== undefined) one.runLogged(time, copy);
          expect(one.machine.get('n')?.value, `${copy} at ${time}`).to.equal(before);
        }
      }),
    );
  });

  it('goes on in a machine that became another', () => {
    const one = new Machine();
    one.run(5, 'ONCE i INCR n');
    const two = new Machine();
    two.machine.become(one.moved().machine);
    expect(two.machine.answerTo({ id: 'i', command: [...one.machine.cut().once][0]?.command ?? 0 })).to.deep.equal({
      type: 'integer',
      value: 1,
    });
  });

  it('has another digest where it was answered again', () => {
    const digests = ['INCR n', 'DECR n'].map((second) => {
      const one = new Machine();
      one.run(1, 'ONCE i INCR n', `ONCE i ${second}`);
      return one.machine.cut().digest;
    });
    expect(digests[0]).to.not.equal(digests[1]);
  });
});

describe('the table of ids', () => {
  const command = 1;

  it('is full of ids of the last minute, and forgets older ones for new ones', () => {
    const table = new OnceTable({ ids: 3, bytes: 1_000_000 });
    for (const [time, id] of [
      [0, 'a'],
      [30_000, 'b'],
      [59_999, 'c'],
    ] as const) {
      table.advance(time);
      expect(table.makeRoom(id)).to.equal(true);
      table.keep(id, command, OK);
    }
    expect(table.makeRoom('d')).to.equal(false);
    table.advance(60_000);
    expect(table.makeRoom('d')).to.equal(true);
    expect(table.answerTo('a', command)).to.equal(null);
    expect(table.answerTo('b', command)).to.equal(OK);
    table.keep('d', command, OK);
    expect(table.makeRoom('e')).to.equal(false);
  });

  it('counts the bytes of ids and replies', () => {
    const table = new OnceTable({ ids: 100, bytes: 5_000 });
    let kept = 0;
    for (; table.makeRoom(`id${kept}`); kept++)
      table.keep(`id${kept}`, command, { type: 'value', bytes: 'x'.repeat(996) });
    expect(kept).to.equal(4);
    expect(table.cut().bytes).to.equal(4_000);
  });

  it('forgets no more at a time than takes no time, and answers none that is too old', () => {
    const table = new OnceTable();
    for (let i = 0; i < 5_000; i++) table.keep(`${i}`, command, OK);
    const left = [1, 2, 3, 4, 5, 6].map((n) => {
      table.advance(KEPT + n);
      expect(table.answerTo('4999', command)).to.equal(null);
      return table.cut().ids;
    });
    expect(left).to.deep.equal([4_000, 3_000, 2_000, 1_000, 0, 0]);
  });

  it('knows who is late: whose id, or any other that came after it, is too old, gone or not yet', () => {
    const table = new OnceTable();
    for (let i = 0; i < 2_000; i++) table.keep(`${i}`, command, OK);
    const late = (id: string, ...places: number[]): boolean[] => places.map((place) => table.isLate(id, place));
    expect(late('new', 0, 1_999, 2_000)).to.deep.equal([false, false, false]);
    table.advance(KEPT);
    expect(late('new', 0, 999, 1_000, 2_000)).to.deep.equal([true, true, false, false]);
    expect(late('1500', 0, 999, 1_000, 1_500, 1_501, 2_000)).to.deep.equal([true, true, true, true, false, false]);
    table.advance(KEPT + 1);
    expect(late('new', 1_999, 2_000)).to.deep.equal([true, false]);
  });

  it('places a copy where its id was used, and behind all where it was not, or too long ago', () => {
    const table = new OnceTable();
    for (let i = 0; i < 2_000; i++) table.keep(`${i}`, command, OK);
    const places = (): number[] => ['0', '1500', 'new'].map((id) => table.placeOf(id));
    expect(places()).to.deep.equal([0, 1_500, 2_000]);
    table.advance(KEPT);
    expect(places()).to.deep.equal([2_000, 2_000, 2_000]);
    table.keep('1500', command, OK);
    expect(places()).to.deep.equal([2_001, 2_000, 2_001]);
  });

  it('knows an id that was used again by its last use', () => {
    const table = new OnceTable();
    for (let i = 0; i < 1_000; i++) table.keep(`${i}`, 1, OK);
    table.keep('a', 1, OK);
    // So many were forgotten that this one still stands there.
    table.advance(12 * MINUTE);
    expect(table.answerTo('a', 2)).to.equal(null);
    table.keep('a', 2, OK);
    table.advance(12 * MINUTE);
    expect(table.answerTo('a', 2)).to.equal(OK);
    expect(table.cut().ids).to.equal(1);
  });

  it('has cuts that stay as they were', () => {
    const add = fc.record({ type: fc.constant('add' as const), id: fc.constantFrom('a', 'b', 'c') });
    const wait = fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5 * MINUTE }) });
    const many = fc.record({ type: fc.constant('many' as const) });
    const cut = fc.record({ type: fc.constant('cut' as const) });
    fc.assert(
      fc.property(fc.array(fc.oneof(add, wait, many, cut), { maxLength: 40 }), (steps) => {
        const table = new OnceTable();
        const cuts: [Iterable<Kept>, string][] = [];
        let time = 0;
        for (const step of steps) {
          if (step.type === 'wait') {
            time += step.ms;
            table.advance(time);
          } else if (step.type === 'many') for (let i = 0; i < 700; i++) table.keep(`${i}`, 1, OK);
          else if (step.type === 'add') table.keep(step.id, 1, OK);
          else {
            const made = table.cut();
            cuts.push([made, JSON.stringify([...made])]);
            expect([...made].length).to.equal(made.ids);
          }
        }
        for (const [made, was] of cuts) expect(JSON.stringify([...made])).to.equal(was);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a reply that is kept', () => {
  const replies: readonly Reply[] = [
    OK,
    { type: 'status', text: 'none' },
    { type: 'value', bytes: '' },
    { type: 'value', bytes: 'a b\0\xff' },
    { type: 'none' },
    { type: 'integer', value: -3 },
    { type: 'integer', value: 9_223_372_036_854_775_807n },
    { type: 'error', code: 'ERR', text: 'value is not an integer or out of range' },
  ];
  for (const reply of replies) {
    it(`${renderInline(reply).trimEnd()} comes back`, () => {
      const kept = encodeReply(reply) ?? expect.fail('it is kept');
      expect(isReply(kept)).to.equal(true);
      expect(decodeReply(kept)).to.deep.equal(reply);
    });
  }

  it('is known from what is none', () => {
    for (const text of ['', 'x', 'nil', 'i', 'i1.5', 'eERR', 'none']) expect(isReply(text), text).to.equal(false);
    expect(encodeReply({ type: 'list', items: [] })).to.equal(null);
  });
});
