// What the commands make of a store, beyond what Redis has too (test/redis compares that): as lines typed and lines answered.

import { expect } from 'chai';
import fc from 'fast-check';
import { must } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import { ChangeLog } from '#src/kv/change-log.js';
import type { Reader, Words } from '#src/kv/command.js';
import { findCommand } from '#src/kv/command-table.js';
import { Meter } from '#src/kv/meter.js';
import { integer, list, NONE, value } from '#src/kv/replies.js';
import { Table } from '#src/kv/table.js';
import { Writer } from '#src/kv/writer.js';
import { CommandCursor, encodeCommand } from '#src/wire/command.js';
import { type Reply, renderInline } from '#src/wire/reply.js';
import { bytesOf } from './entries.js';

/** A command as it stands in the log. */
function logged(argv: readonly string[]): CommandCursor {
  const bytes = encodeCommand(argv);
  const words = new CommandCursor();
  words.reset(bytes, 0, bytes.length, 1);
  words.next();
  return words;
}

/** Executes what is typed, blanks between words, as one replica would. */
class Store implements Reader {
  readonly table = new Table();
  readonly changes = new ChangeLog();
  readonly #writer = new Writer(this.table, this.changes);

  constructor() {
    this.pass(1_700_000_000_000);
  }

  get keys(): number {
    return this.table.size;
  }

  get time() {
    return this.#writer.time;
  }

  get revision() {
    return revision(this.#writer.revision);
  }

  get(key: string) {
    return this.table.get(key);
  }

  entriesFrom(low: string) {
    return this.table.entriesFrom(low);
  }

  scan(place: number, take: (key: string) => void) {
    return this.table.scan(place, take);
  }

  dice() {
    return this.table.size;
  }

  /** Time goes on by so much, and takes what is to go. */
  pass(ms: number): void {
    this.#writer.advance(this.time + ms);
    while (this.#writer.expireNext() !== undefined);
  }

  ask(line: string): string {
    const argv = line.split(' ').map((word) => (word === "''" ? '' : word));
    const words: Words = { words: argv.length, text: (at) => argv[at] ?? '' };
    const command = must(findCommand(argv[0] ?? ''), 'a command');
    expect(argv.length, line).to.be.within(command.minWords, command.maxWords);
    if (command.kind === 'local' || command.kind === 'control' || command.kind === 'once')
      throw new Error(`${line} is not about the data`);
    const refused = command.check?.(words) ?? null;
    if (refused !== null) return renderInline(refused);
    if (command.kind === 'read') return renderInline(command.evaluate(this, words, new Meter()));
    if (command.kind === 'vigil') {
      const vigil = command.begin(words, false);
      return renderInline(vigil.look(this) ?? vigil.giveUp());
    }
    const reply = command.execute(this.#writer, logged(argv));
    this.#writer.finish();
    return renderInline(reply);
  }
}

const NOT_AN_INTEGER = 'ERROR ERR value is not an integer or out of range\r\n';
const SYNTAX = 'ERROR ERR syntax error\r\n';

/** The reply to CHANGES. */
function changes(next: number, ...lines: string[]): string {
  const items = lines.map((line): Reply => {
    const [at = '', name = '', key = '', held] = line.split(' ');
    const bytes = held === undefined ? NONE : value(held);
    return list(integer(Number(at)), value(name), value(key), bytes);
  });
  return renderInline(list(integer(next), list(...items)));
}

describe('commands', () => {
  const conversations: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    'set a key if it has a value': [
      ['SET k new IFEQ old', '(nil)\r\n'],
      ['SET k old', 'OK\r\n'],
      ['SET k new IFEQ ol', '(nil)\r\n'],
      ['SET k new IFEQ old', 'OK\r\n'],
      ['SET k newer ifeq new get', 'new\r\n'],
      ['SET k x IFEQ new GET', 'newer\r\n'],
      ['GET k', 'newer\r\n'],
      ['SET k x IFEQ', SYNTAX],
      ['SET k x NX IFEQ a', SYNTAX],
      ['SET k x IFEQ a XX', SYNTAX],
    ],
    'set a key if nobody has changed it since': [
      ['SET k one IFREV 1', '(nil)\r\n'],
      ['SET k one IFREV 0', 'OK\r\n'],
      ['SET k two IFREV 0', '(nil)\r\n'],
      ['SET other x', 'OK\r\n'],
      ['SET k two IFREV 2', '(nil)\r\n'],
      ['SET k two IFREV 1', 'OK\r\n'],
      ['GETREV k', 'value two\r\nrevision (integer) 3\r\ncreated (integer) 1\r\nversion (integer) 2\r\n'],
      ['GETREV none', '(nil)\r\n'],
      ['SET k x IFREV -1', NOT_AN_INTEGER],
      ['SET k x IFREV 9007199254740993', NOT_AN_INTEGER],
    ],
    'tell what changed': [
      ['REVISION', '(integer) 0\r\n'],
      ['CHANGES x FROM 0', changes(0)],
      ['MSET x1 a x2 b y c', 'OK\r\n'],
      ['SETNX x1 b', '(integer) 0\r\n'],
      ['INCR x3', '(integer) 1\r\n'],
      ['DELETE y x1 z', '(integer) 2\r\n'],
      ['RENAME x2 w', 'OK\r\n'],
      ['REVISION', '(integer) 4\r\n'],
      ['CHANGES x FROM 0', changes(4, '1 PUT x1 a', '1 PUT x2 b', '2 PUT x3 1', '3 DELETE x1', '4 DELETE x2')],
      ['CHANGES x FROM 0 COUNT 1', changes(1, '1 PUT x1 a', '1 PUT x2 b')],
      ['CHANGES x FROM 1 count 2', changes(3, '2 PUT x3 1', '3 DELETE x1')],
      ['CHANGES y FROM 1 COUNT 9 BLOCK 0', changes(4, '3 DELETE y')],
      ['CHANGES x FROM 4', changes(4)],
      [
        'CHANGES x FROM 7',
        'ERROR COMPACTED revision 7 is not one of this store, which is at 4; read REVISION, then PREFIX, and go on from that revision\r\n',
      ],
      ["CHANGES '' FROM 3", changes(4, '4 DELETE x2', '4 PUT w b')],
      ['FLUSHALL', 'OK\r\n'],
      ["CHANGES '' FROM 4", changes(5, '5 DELETE w', '5 DELETE x3')],
      ['FLUSHALL', 'OK\r\n'],
      ['REVISION', '(integer) 5\r\n'],
      ['CHANGES x COUNT 1', SYNTAX],
      ['CHANGES x FROM 1 FROM 2', SYNTAX],
      ['CHANGES x FROM 1 COUNT', SYNTAX],
      ['CHANGES x FROM -1', NOT_AN_INTEGER],
      ['CHANGES x FROM 1 COUNT 0', NOT_AN_INTEGER],
      ['CHANGES x FROM 1 BLOCK soon', NOT_AN_INTEGER],
    ],
    'remove a key if it is as one thinks': [
      ['DELIFEQ k v', '(integer) 0\r\n'],
      ['SET k v', 'OK\r\n'],
      ['DELIFEQ k w', '(integer) 0\r\n'],
      ['DELIFEQ k v', '(integer) 1\r\n'],
      ['SET k v', 'OK\r\n'],
      ['DELIFREV k 1', '(integer) 0\r\n'],
      ['DELIFREV k x', NOT_AN_INTEGER],
      ['DELIFREV k 3', '(integer) 1\r\n'],
      ['DELIFREV k 0', '(integer) 0\r\n'],
    ],
    'take a revision only where they change something': [
      ['SETNX k v', '(integer) 1\r\n'],
      ['SETNX k v', '(integer) 0\r\n'],
      ['MSETNX j v k v', '(integer) 0\r\n'],
      ['GETDEL none', '(nil)\r\n'],
      ['INCR k', NOT_AN_INTEGER],
      ['RENAME none k', 'ERROR ERR no such key\r\n'],
      ['SET other x', 'OK\r\n'],
      ['GETREV other', 'value x\r\nrevision (integer) 2\r\ncreated (integer) 2\r\nversion (integer) 1\r\n'],
    ],
    'reckon exactly': [
      ['INCRBYFLOAT k 0.1', '0.1\r\n'],
      ['INCRBYFLOAT k +.2', '0.3\r\n'],
      ['INCRBYFLOAT k 1e20', '100000000000000000000.3\r\n'],
      ['INCRBYFLOAT k -100000000000000000000.3', '0\r\n'],
      ['INCRBYFLOAT k 1e-20', '0.00000000000000000001\r\n'],
      ['INCRBYFLOAT k 1e9999', 'ERROR ERR value is not a valid float\r\n'],
      ['SET n 9223372036854775806', 'OK\r\n'],
      ['INCR n', '(integer) 9223372036854775807\r\n'],
      ['INCR n', 'ERROR ERR increment or decrement would overflow\r\n'],
      ['DECRBY n -9223372036854775808', 'ERROR ERR decrement would overflow\r\n'],
    ],
    // A look at each takes microseconds; one that tried every way to take its digits apart would take longer than this test may.
    'take no time for what is nearly a number': [
      [`SET k ${'1'.repeat(5_119)}x`, 'OK\r\n'],
      ...Array.from({ length: 300 }, () => ['INCRBYFLOAT k 1', 'ERROR ERR value is not a valid float\r\n'] as const),
    ],
    'tell which keys there are': [
      ['KEYS *', '(empty)\r\n'],
      ['RANDOMKEY', '(nil)\r\n'],
      ['SCAN 0', '1) 0\r\n2) (empty)\r\n'],
      ['MSET user:2 b user:1 a other c', 'OK\r\n'],
      ['KEYS *', '1) other\r\n2) user:1\r\n3) user:2\r\n'],
      ['KEYS user:*', '1) user:1\r\n2) user:2\r\n'],
      ['KEYS user:1', '1) user:1\r\n'],
      ['KEYS *e[^r]*', '(empty)\r\n'],
      ['KEYS ?ther', '1) other\r\n'],
      [
        `KEYS ${'x'.repeat(1_025)}`,
        'ERROR TOOLARGE the pattern is too long; not executed; it has up to 1024 bytes\r\n',
      ],
      ['SCAN 0 MATCH other COUNT 100', '1) 0\r\n2) 1) other\r\n'],
      ['SCAN x', 'ERROR ERR invalid cursor\r\n'],
      ['SCAN 18446744073709551616', 'ERROR ERR invalid cursor\r\n'],
      ['SCAN 0 MATCH', SYNTAX],
      ['SCAN 0 COUNT 0', SYNTAX],
      ['SCAN 0 COUNT x', NOT_AN_INTEGER],
      ['SCAN 0 FROB x', SYNTAX],
    ],
    'let keys go': [
      ['SET k v EX 10', 'OK\r\n'],
      ['PTTL k', '(integer) 10000\r\n'],
      ['TTL k', '(integer) 10\r\n'],
      ['PEXPIRETIME k', '(integer) 1700000010000\r\n'],
      ['EXPIRETIME k', '(integer) 1700000010\r\n'],
      ['+ 8501', ''],
      ['TTL k', '(integer) 1\r\n'],
      ['PTTL k', '(integer) 1499\r\n'],
      ['APPEND k w', '(integer) 2\r\n'],
      ['+ 1498', ''],
      ['GET k', 'vw\r\n'],
      ['+ 1', ''],
      ['GET k', '(nil)\r\n'],
      ['TTL k', '(integer) -2\r\n'],
      ['PSETEX k 5 v', 'OK\r\n'],
      ['PERSIST k', '(integer) 1\r\n'],
      ['PERSIST k', '(integer) 0\r\n'],
      ['+ 9', ''],
      ['TTL k', '(integer) -1\r\n'],
      ['GETREV k', 'value v\r\nrevision (integer) 5\r\ncreated (integer) 4\r\nversion (integer) 1\r\n'],
    ],
    'let keys go at once whose time has come': [
      ['SET k v', 'OK\r\n'],
      ['SET k w PXAT 1700000000000', 'OK\r\n'],
      ['EXISTS k', '(integer) 0\r\n'],
      ['SET k v PXAT 1700000000001', 'OK\r\n'],
      ['EXPIRE k 0', '(integer) 1\r\n'],
      ['EXPIRE k 0', '(integer) 0\r\n'],
      ['SET k v', 'OK\r\n'],
      ['GETEX k EXAT 1', 'v\r\n'],
      ['DBSIZE', '(integer) 0\r\n'],
    ],
    'refuse times that are none': [
      ['SET k v PXAT 9007199254740991', 'OK\r\n'],
      ['PEXPIRETIME k', '(integer) 9007199254740991\r\n'],
      ['SET k v PXAT 9007199254740992', "ERROR ERR invalid expire time in 'set' command\r\n"],
      ['SET k v PX 9007199254740991', "ERROR ERR invalid expire time in 'set' command\r\n"],
      ['PEXPIRE k 9007199254740991', "ERROR ERR invalid expire time in 'pexpire' command\r\n"],
      ['EXPIRE k -9223372036854776', "ERROR ERR invalid expire time in 'expire' command\r\n"],
      ['SETEX k 0 v', "ERROR ERR invalid expire time in 'setex' command\r\n"],
      ['GETEX none EX 0', '(nil)\r\n'],
      ['GETEX k EX 0', "ERROR ERR invalid expire time in 'getex' command\r\n"],
      ['SET k v EX', SYNTAX],
      ['SET k v EX 1 PX 1', SYNTAX],
      ['SET k v KEEPTTL EX 1', SYNTAX],
      ['GETEX k EX 1 PERSIST', SYNTAX],
      ['EXPIRE k 10 GT LT', 'ERROR ERR GT and LT options at the same time are not compatible\r\n'],
      ['EXPIRE k x FROB', 'ERROR ERR Unsupported option FROB\r\n'],
      ['TTL k', '(integer) 9005499254741\r\n'],
    ],
    'tell keys in their order': [
      ['RANGE - +', '(0 pairs)\r\n'],
      ['MSET b 2 a 1 c 3 user:2 y user:1 x', 'OK\r\n'],
      ['RANGE - +', 'a 1\r\nb 2\r\nc 3\r\nuser:1 x\r\nuser:2 y\r\n(5 pairs)\r\n'],
      ['RANGE b user', 'b 2\r\nc 3\r\n(2 pairs)\r\n'],
      ['RANGE b c', 'b 2\r\n(1 pair)\r\n'],
      ['RANGE aa + LIMIT 1', 'b 2\r\n(1 pair)\r\n'],
      ['RANGE c b', '(0 pairs)\r\n'],
      ['PREFIX user:', 'user:1 x\r\nuser:2 y\r\n(2 pairs)\r\n'],
      ['PREFIX user: AFTER user:1', 'user:2 y\r\n(1 pair)\r\n'],
      ['PREFIX user: AFTER a LIMIT 1', 'user:1 x\r\n(1 pair)\r\n'],
      ['PREFIX user: limit 1 after user:1', 'user:2 y\r\n(1 pair)\r\n'],
      ["PREFIX '' LIMIT 1", 'a 1\r\n(1 pair)\r\n'],
      ['PREFIX x LIMIT 0', '(0 pairs)\r\n'],
      ['PREFIX x LIMIT -1', NOT_AN_INTEGER],
      ['PREFIX x LIMIT 1 LIMIT 2', SYNTAX],
      ['RANGE a b AFTER c', SYNTAX],
      ['RANGE a b LIMIT', SYNTAX],
      ['FLUSHALL', 'OK\r\n'],
      ['RANGE - +', '(0 pairs)\r\n'],
      ['DBSIZE', '(integer) 0\r\n'],
    ],
  };
  for (const [what, lines] of Object.entries(conversations)) {
    it(what, () => {
      const store = new Store();
      for (const [line, answer] of lines) {
        if (line.startsWith('+ ')) store.pass(Number(line.slice(2)));
        else expect(store.ask(line), line).to.equal(answer);
      }
    });
  }

  it('go through all keys by cursors that any program can hold', () => {
    const store = new Store();
    const keys = Array.from({ length: 5_000 }, (_, i) => `key:${i}`);
    for (const key of keys) store.ask(`PUT ${key} v`);
    for (const options of ['', ' COUNT 1', ' COUNT 100000', ' MATCH key:* COUNT 77', ' TYPE STRING']) {
      const found: string[] = [];
      let cursor = '0';
      do {
        const [first = '', ...rest] = store.ask(`SCAN ${cursor}${options}`).trimEnd().split('\r\n');
        cursor = first.slice('1) '.length);
        expect(Number(cursor)).to.be.within(0, 2 ** 32 - 1);
        for (const line of rest) if (!line.endsWith('(empty)')) found.push(line.replace(/^.*\) /, ''));
      } while (cursor !== '0');
      expect(found.sort(), options).to.deep.equal(keys.toSorted());
    }
    expect(store.ask('SCAN 0 TYPE hash COUNT 100000')).to.match(/^1\) \d+\r\n2\) \(empty\)\r\n$/);
  });

  it('name any key', () => {
    const store = new Store();
    for (let i = 0; i < 20_000; i++) store.ask(`PUT ${i} v`);
    for (let i = 0; i < 20_000; i++) if (i !== 77) store.ask(`DELETE ${i}`);
    expect(store.ask('RANDOMKEY')).to.equal('77\r\n');
  });

  it('give no more pairs at a time than hold nobody up', () => {
    const store = new Store();
    for (let i = 0; i < 10_001; i++) store.ask(`PUT ${i} v`);
    expect(store.ask('RANGE - +')).to.match(/\(10000 pairs\)\r\n$/);
    expect(store.ask('RANGE - + LIMIT 99999')).to.match(/\(10000 pairs\)\r\n$/);
    for (let i = 0; i < 5; i++) store.ask(`PUT ${i} ${'v'.repeat(1024 * 1024)}`);
    expect(store.ask('RANGE 0 + LIMIT 6')).to.match(/^0 v+\r\n/);
    expect(store.ask('RANGE - +')).to.match(
      /^ERROR TOOLARGE the pairs have more than 4194304 bytes; use LIMIT \d+\r\n$/,
    );
  });

  it('find the first key that is not below another, whatever was changed before', () => {
    const key = fc.stringMatching(/^[abc]{0,3}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 60 }), key, (steps, low) => {
        const table = new Table();
        const keys = new Set<string>();
        for (const [one, isPut] of steps) {
          if (isPut) table.put(bytesOf(one, 'v'), revision(keys.add(one).size));
          else if (keys.delete(one)) table.delete(one);
          const found = [...table.entriesFrom(low)].map(([name]) => name);
          expect(found).to.deep.equal([...keys].filter((name) => name >= low).sort());
        }
      }),
    );
  });

  it('forget what changed when more than a thousand keys are cleared', () => {
    const store = new Store();
    for (let i = 0; i <= 1_000; i++) store.ask(`PUT k${i} v`);
    store.ask('FLUSHALL');
    expect(store.ask('CHANGES k FROM 1001')).to.equal(
      'ERROR COMPACTED changes after revision 1001 are not kept here, only those after 1002; read REVISION, then PREFIX, and go on from that revision\r\n',
    );
    store.ask('PUT k v');
    expect(store.ask('CHANGES k FROM 1002')).to.equal(changes(1_003, '1003 PUT k v'));
  });
});
