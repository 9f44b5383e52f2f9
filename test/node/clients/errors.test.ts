// What a client is told for every mistake and every limit, word by word, and that nothing refused reaches the service.

import { expect } from 'chai';
import { ClientBench, LIMITS } from './bench.js';
import { inlineQuoted } from './words.js';

const key = 'k'.repeat(1_025);

const TABLE: readonly (readonly [line: string, reply: string])[] = [
  ['FROB', "ERR unknown command 'FROB'; type HELP"],
  ['GTE apple', "ERR unknown command 'GTE'; did you mean GET? type HELP"],
  ['delte apple', "ERR unknown command 'delte'; did you mean DELETE? type HELP"],
  ['"\\x1b[2J" x', "ERR unknown command '\\x1b[2J'; type HELP"],
  [`${'x'.repeat(100)} y`, `ERR unknown command '${'x'.repeat(40)}...'; type HELP`],
  ['GET', "ERR wrong number of arguments for 'GET'; not executed; usage: GET key"],
  ['get a b', "ERR wrong number of arguments for 'GET'; not executed; usage: GET key"],
  ['PUT', "ERR wrong number of arguments for 'PUT'; not executed; usage: PUT key value"],
  ['PUT k', "ERR wrong number of arguments for 'PUT'; not executed; usage: PUT key value"],
  [
    'SET k two words',
    'ERR syntax error (quote the value or use PUT); not executed; usage: SET key value [NX|XX|IFEQ old|IFREV rev] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]',
  ],
  [
    'SET k v NX XX',
    'ERR syntax error; not executed; usage: SET key value [NX|XX|IFEQ old|IFREV rev] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]',
  ],
  ['MSET a 1 b', "ERR wrong number of arguments for 'MSET'; not executed; usage: MSET key value [key value ...]"],
  ['FLUSHALL NOW', 'ERR syntax error; not executed; usage: FLUSHALL [ASYNC|SYNC]'],
  ['PREFIX user: LIMIT', 'ERR syntax error; not executed; usage: PREFIX prefix [AFTER key] [LIMIT n]'],
  ['DEL', "ERR wrong number of arguments for 'DEL'; not executed; usage: DELETE key [key ...]"],
  ['DBSIZE 1', "ERR wrong number of arguments for 'DBSIZE'; not executed; usage: DBSIZE"],
  ['PUT "" v', 'ERR the key is empty; not executed; a key has 1 to 1024 bytes'],
  ['DELETE a ""', 'ERR the key is empty; not executed; a key has 1 to 1024 bytes'],
  ['EXISTS ""', 'ERR the key is empty; not executed; a key has 1 to 1024 bytes'],
  [`GET ${key}`, 'TOOLARGE the key has 1025 bytes; not executed; a key has 1 to 1024 bytes'],
  [`PUT ${key} v`, 'TOOLARGE the key has 1025 bytes; not executed; a key has 1 to 1024 bytes'],
  [
    `PUT k ${'v'.repeat(1024 * 1024 + 1)}`,
    'TOOLARGE the value has 1048577 bytes; not executed; a value has up to 1048576 bytes',
  ],
  [`DELETE${' k'.repeat(1_001)}`, 'TOOLARGE 1001 keys in one command; not executed; name up to 1000 at a time'],
  ['STATUS xml', 'ERR syntax error; not executed; usage: STATUS [JSON [RESET]]'],
  ['DRAIN one maybe', 'ERR syntax error; not executed; usage: DRAIN name ON|OFF'],
  [
    'DRAIN two ON',
    'ERR DRAIN is for the replica one is connected to; nothing was changed; connect to 192.0.2.1:9001 to drain two',
  ],
  ['DRAIN four ON', "ERR no replica is named 'four'; nothing was changed; there are one, two, three"],
  ['HELP FROB', "ERR unknown command 'FROB'; type HELP"],
  ['GET "unbalanced', 'ERR unbalanced quotes in request; it was not executed'],
];

describe('client port: errors', () => {
  for (const [line, reply] of TABLE) {
    it(`${line.slice(0, 40)} → ${reply.slice(0, 60)}`, () => {
      const bench = new ClientBench();
      const client = bench.connect();
      expect(bench.ask(client, `${line}\r\nPING\r\n`)).to.equal(`ERROR ${reply}\r\n+PONG\r\n`);
      expect(bench.service.asked).to.deep.equal([]);
      expect(bench.service.drains).to.deep.equal([]);
    });
  }

  for (const [outcome, reply] of [
    [
      { type: 'uncertain' },
      'UNCERTAIN handed to a leader but not confirmed by a majority within 5 s; it may be executed now, later or never; read before trying again',
    ],
    [
      { type: 'noquorum' },
      'NOQUORUM no leader with a majority was found within 5 s; not executed; STATUS shows who is missing, READONLY lets you read what this replica has',
    ],
    [{ type: 'executed' }, 'UNCERTAIN executed; its reply is lost; read what it did'],
    [{ type: 'busy', why: 'too much; not executed' }, 'BUSY too much; not executed'],
  ] as const) {
    it(`a write that is ${outcome.type}`, () => {
      const bench = new ClientBench();
      const client = bench.connect();
      client.send('PUT k v\n');
      bench.service.refuse(0, outcome);
      bench.clock.settle();
      expect(client.received()).to.equal(`ERROR ${reply}\r\n`);
    });
  }
});

describe('client port: limits', () => {
  it('takes the longest key and value there may be', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const value = 'v'.repeat(LIMITS.valueBytes);
    const longest = 'k'.repeat(LIMITS.keyBytes);
    expect(bench.ask(client, `PUT ${longest} ${value}\nGET ${longest}\n`)).to.equal(`OK\r\n${value}\r\n`);
    expect(bench.ask(client, `DELETE${' k'.repeat(1_000)}\n`)).to.equal('(integer) 0\r\n');
  });

  it('takes a line of any length that it was told to, and none longer', () => {
    const bench = new ClientBench({ valueBytes: 3 * 1024 * 1024, requestBytes: 3 * 1024 * 1024 + 10 });
    const client = bench.connect();
    const value = 'v'.repeat(3 * 1024 * 1024);
    expect(bench.ask(client, `PUT k ${value}\n`)).to.equal('OK\r\n');
    expect(bench.ask(client, `PUT key 123${value}\n`)).to.match(
      /^ERROR TOOLARGE the line is longer than 3145738 bytes/,
    );
  });

  it('refuses what makes a full store larger, and nothing else', () => {
    const bench = new ClientBench({ dataBytes: 1_000 });
    const client = bench.connect();
    expect(bench.ask(client, `PUT a ${'x'.repeat(500)}\n`)).to.equal('OK\r\n');
    const full =
      'ERROR BUSY the store holds its limit of 1000 bytes; not executed; delete keys or raise --data-bytes\r\n';
    for (const [line, reply] of [
      [`PUT b ${'x'.repeat(500)}`, full],
      [`PUT a ${'x'.repeat(900)}`, full],
      [`PUT a ${'x'.repeat(501)}`, 'OK\r\n'],
      [`PUT a ${'x'.repeat(500)}`, 'OK\r\n'],
      ['GET b', '(nil)\r\n'],
      ['DELETE b', '(integer) 0\r\n'],
      ['DELETE a', '(integer) 1\r\n'],
      [`PUT b ${'x'.repeat(500)}`, 'OK\r\n'],
    ]) {
      expect(bench.ask(client, `${line}\n`), line).to.equal(reply);
    }
    const two = `MSET x ${'x'.repeat(400)} b ${'x'.repeat(500)}`;
    for (const [line, reply] of [
      ['DELETE b', '(integer) 1\r\n'],
      [two, full],
      [`PUT b ${'x'.repeat(500)}`, 'OK\r\n'],
      ['APPEND b x', '(integer) 501\r\n'],
      [`APPEND b ${'x'.repeat(500)}`, full],
      [`PUT x ${'x'.repeat(200)}`, 'OK\r\n'],
      [two.replaceAll('x'.repeat(400), 'x'.repeat(200)), 'OK\r\n'],
    ]) {
      expect(bench.ask(client, `${line}\n`), line).to.equal(reply);
    }
    // However full: what makes nothing larger passes.
    const small = new ClientBench({ dataBytes: 0 });
    expect(small.ask(small.connect(), 'DELETE a\nGET a\n')).to.equal('(integer) 0\r\n(nil)\r\n');
  });

  it('tells the client that is one too many, and serves it when another has left', () => {
    const bench = new ClientBench({ connections: 2 });
    const [first, second] = [bench.connect(), bench.connect()];
    const third = bench.connect();
    expect(third.received()).to.equal(
      'ERROR BUSY all 2 connections of this replica are taken; not connected; try another or later\r\n',
    );
    expect(third.state).to.equal('ended');
    third.send('PUT a 1\n');
    expect(bench.service.asked).to.deep.equal([]);
    second.destroy();
    expect(bench.ask(bench.connect(), 'PING\n')).to.equal('+PONG\r\n');
    expect(bench.ask(first, 'PING\n')).to.equal('+PONG\r\n');
  });

  it('keeps bytes of any kind, quoted where they would mislead', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    bench.ask(client, `PUT k ${inlineQuoted(all)}\n`);
    expect(bench.service.machine.get('k')?.value).to.equal(all);
    const got = bench.ask(client, 'GET k\n').trimEnd();
    expect(bench.ask(client, `PUT again ${got}\nGET again\n`)).to.equal(`OK\r\n${got}\r\n`);
    expect(bench.service.machine.get('again')?.value).to.equal(all);
  });
});
