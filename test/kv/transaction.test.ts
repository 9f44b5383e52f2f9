// Transactions where they are executed: all or nothing, under one revision, with the same digest wherever they are executed.

import { expect } from 'chai';
import { InvariantViolation } from '#src/base/assert.js';
import { TRANSACTION_REPLY_BYTES, TRANSACTION_WRITE_REPLY_BYTES } from '#src/kv/execution.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { encodeTransaction } from '#src/kv/transaction.js';
import { renderInline } from '#src/wire/reply.js';
import { bytesOf } from './entries.js';
import { batch, command, decided, parcel, sessionOf } from './values.js';

const session = sessionOf('a');

/** A machine whose commands are this session's own, or those of another. */
class Machine {
  readonly machine = new StateMachine();
  readonly #isOwn: boolean;
  #number = 1;

  constructor(isOwn = true) {
    this.#isOwn = isOwn;
  }

  /** What each command answers, lines joined. */
  run(...lines: string[]): string[] {
    const told: string[] = [];
    const value = batch(1, parcel(session, this.#number, ...lines));
    this.#number += lines.length;
    for (const each of decided(this.machine.applied + 1, value)) {
      this.machine.apply(each, this.#isOwn ? session : null, (_number, reply) =>
        told.push(renderInline(reply).trimEnd().split('\r\n').join(' | ')),
      );
    }
    return told;
  }

  get digest(): string {
    return this.machine.cut().digest;
  }
}

describe('a transaction', () => {
  const BEFORE = ['PUT a 1', 'PUT b 2', 'DELETE b', 'PUT n 7'];
  const cases: readonly (readonly [what: string, line: string, answer: string, revision: number])[] = [
    ['executes all, in order, reads among them', 'EXEC 0 2 GET a 3 PUT a 9 2 GET a', '1) 1 | 2) OK | 3) 9', 5],
    [
      'takes one revision for all changes',
      'EXEC 0 3 PUT a 2 3 PUT c 3 2 DELETE a',
      '1) OK | 2) OK | 3) (integer) 1',
      5,
    ],
    ['takes none for reads', 'EXEC 0 2 GET a 1 DBSIZE', '1) 1 | 2) (integer) 2', 4],
    [
      'goes on after an error',
      'EXEC 0 2 INCR a 3 PUT a x 2 INCR a 2 INCR n',
      '1) (integer) 2 | 2) OK | 3) ERROR ERR value is not an integer or out of range | 4) (integer) 8',
      5,
    ],
    ['nests lists', 'EXEC 0 3 MGET a b', '1) 1) 1 |    2) (nil)', 4],
    ['of nothing answers nothing', 'EXEC 0', '(empty)', 4],
    ['sees a key that is as it was', 'EXEC 1 a 1 3 PUT a 2', '1) OK', 5],
    ['sees that a key is still not there', 'EXEC 1 b 0 3 PUT b 2', '1) OK', 5],
    ['does nothing where a key was changed', 'EXEC 1 a 0 3 PUT a 2', '(nil)', 4],
    ['does nothing where a key was removed', 'EXEC 1 b 2 3 PUT a 2', '(nil)', 4],
    ['does nothing where one of several keys is another', 'EXEC 3 a 1 b 0 n 3 3 PUT a 2', '(nil)', 4],
    ['that only watches says whether', 'EXEC 2 a 1 n 4', '(empty)', 4],
  ];
  for (const [what, line, answer, revision] of cases) {
    it(what, () => {
      const own = new Machine();
      own.run(...BEFORE);
      expect(own.run(line)).to.deep.equal([answer]);
      expect(own.machine.revision).to.equal(revision);
    });
  }

  it('gives all that it changes the same revision', () => {
    const own = new Machine();
    own.run('PUT a 1', 'EXEC 0 3 PUT a 2 3 PUT b 2 3 PUT a 3');
    expect(own.machine.get('a')).to.include({ value: '3', revision: 2, created: 1, version: 3 });
    expect(own.machine.get('b')).to.include({ value: '2', revision: 2, created: 2, version: 1 });
  });

  it('has the same digest where its replies are wanted and where not, and another where it came to something else', () => {
    const lines = ['EXEC 1 a 1 2 GET a 2 INCR n 3 MGET a n', 'EXEC 1 a 9 3 PUT a 2'];
    const [own, other, third, fourth] = [new Machine(), new Machine(false), new Machine(), new Machine()];
    for (const each of [own, other, third, fourth]) each.run(...BEFORE);
    third.machine.table.put(bytesOf('n', '9'), third.machine.revision);
    fourth.machine.table.put(bytesOf('a', '1'), third.machine.revision);
    for (const each of [own, other, third, fourth]) each.run(...lines);
    expect(other.digest).to.equal(own.digest);
    expect(new Set([own, third, fourth].map(({ digest }) => digest)).size).to.equal(3);
  });

  it('leaves out reads where the replies before them are large already', () => {
    const own = new Machine();
    const value = 'x'.repeat(1024 * 1024);
    own.run(`PUT big ${value}`);
    const reads = Array.from({ length: 8 }, () => '2 GET big').join(' ');
    const [answer = ''] = own.run(`EXEC 0 ${reads} 3 PUT a 1`);
    const items = answer.split(' | ');
    expect(items.filter((item) => item.endsWith('xxx')).length).to.equal(TRANSACTION_REPLY_BYTES / value.length);
    expect(items.at(-2)).to.match(/^8\) ERROR TOOLARGE /);
    expect(items.at(-1)).to.equal('9) OK');
  });

  it('leaves out replies of writes, which are done, where there are far too many before them', () => {
    const [own, other] = [new Machine(), new Machine(false)];
    const writes = 40;
    const line = `EXEC 0 ${'2 GETEX big '.repeat(writes)}2 INCR n`;
    for (const each of [own, other]) each.run(`PUT big ${'x'.repeat(1024 * 1024)}`);
    other.run(line);
    const items = (own.run(line)[0] ?? '').split(' | ');
    const told = items.filter((item) => item.endsWith('xxx')).length;
    expect(told).to.equal(TRANSACTION_WRITE_REPLY_BYTES / 1024 / 1024);
    expect(items[writes - 1]).to.match(/^40\) ERROR TOOLARGE executed; /);
    expect(own.machine.get('n')?.value).to.equal('1');
    expect(other.digest).to.equal(own.digest);
  });

  it('leaves out reads where those before them looked at much in vain', () => {
    const own = new Machine();
    const text = 'x'.repeat(600);
    for (let i = 0; i < 8; i++)
      own.run(`MSET ${Array.from({ length: 1_000 }, (_, n) => `k${i * 1_000 + n} ${text}`).join(' ')}`);
    const items = (own.run(`EXEC 0${' 2 PREFIX k'.repeat(100)}`)[0] ?? '').split(' | ');
    const looked = items.filter((item) => item.includes('use LIMIT')).length;
    expect(looked).to.be.within(2, 20);
    expect(items[looked]).to.match(/TOOLARGE the replies before this one/);
  });

  for (const line of [
    'EXEC 1 a 1 4 PUT a 2',
    'EXEC 0 1 FROB',
    'EXEC 0 x GET a',
    'EXEC 9',
    'EXEC 0 3 EXEC 0 0',
    'EXEC 0 0',
  ]) {
    it(`that no replica could have made stops all of them: ${line}`, () => {
      expect(() => new Machine().run('PUT a 1', line)).to.throw(InvariantViolation);
    });
  }

  it('stands in the log as one command, its commands under their own names', () => {
    const words = (line: string) => {
      const argv = line.split(' ');
      return { words: argv.length, text: (at: number) => argv[at] ?? '' };
    };
    const encoded = encodeTransaction(
      new Map([
        ['a', 7],
        ['b', 0],
      ]),
      [
        { command: { name: 'DELETE' }, words: words('del x y') },
        { command: { name: 'GET' }, words: words('GET x') },
      ],
    );
    expect(Buffer.from(encoded)).to.deep.equal(Buffer.from(command('EXEC 2 a 7 b 0 3 DELETE x y 2 GET x')));
  });
});
