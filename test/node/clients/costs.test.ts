// Requests of a few words that cost megabytes: in what they answer, copy, tell or look at. A turn bears so much of them.

import { expect } from 'chai';
import { CLIENT_MEMORY_BYTES } from '#src/node/clients/client-memory.js';
import { encodeCommand } from '#src/wire/command.js';
import { ClientBench } from './bench.js';

const MIB = 1024 * 1024;

describe('client port: requests whose replies are much larger than they are', () => {
  const BIG = `PUT big ${'x'.repeat(MIB)}\n`;
  const SWAP = 'SET big y IFEQ z GET\n';

  it('has a few writes that answer a large value under way at a time', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.ask(client, BIG);
    const before = bench.service.asked.length;
    client.send(SWAP.repeat(100));
    bench.clock.settle();
    expect(bench.service.asked.length - before).to.equal(1);
  });

  it('expects that they answer what a write before them put', () => {
    const bench = new ClientBench({ requestBytes: 2 * MIB });
    const client = bench.connect();
    client.send(BIG + SWAP.repeat(100));
    bench.clock.settle();
    expect(bench.service.asked.length).to.equal(2);
  });

  it('takes no more where a reply turned out to be large, and leaves it out where no memory is left for it', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.port.memory.change(CLIENT_MEMORY_BYTES - 4 * MIB);
    client.reads = false;
    client.send('GETEX big\n'.repeat(50));
    bench.clock.settle();
    // What another client makes of it comes between.
    bench.service.execute(encodeCommand(['PUT', 'big', 'x'.repeat(MIB)]));
    bench.service.finishAll();
    expect(bench.port.memory.used).to.be.within(CLIENT_MEMORY_BYTES, CLIENT_MEMORY_BYTES + 2 * MIB);
    client.reads = true;
    client.take();
    const lines = (client.received() + bench.run(client)).split('\r\n');
    const left = lines.filter((line) => line.startsWith('ERROR TOOLARGE executed; its reply is left out: clients'));
    expect(left.length).to.be.within(44, 47);
    expect(lines.filter((line) => line.length === MIB)).to.have.length(50 - left.length);
  });

  it('does not wait for those that answer no value', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.ask(client, BIG);
    const before = bench.service.asked.length;
    client.send('SET big y IFEQ z\nDELIFEQ big z\nSTRLEN big\n'.repeat(30));
    bench.clock.settle();
    expect(bench.service.asked.length - before).to.be.greaterThan(2);
  });

  it('renders a bounded part of the pairs that are granted together, the rest in later turns', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    for (let i = 0; i < 1_000; i++) bench.ask(client, `PUT k${i} v\n`);
    client.received();
    client.send('PREFIX k LIMIT 1000\n'.repeat(50));
    bench.clock.settle();
    bench.service.finishAll();
    bench.clock.turn();
    const first = client.received().length;
    bench.clock.settle();
    const all = first + client.received().length;
    expect(first).to.be.within(1, all / 3);
  });
});

describe('client port: requests that cost more than their replies show', () => {
  it('has a few writes under way at a time that tell a large value anew', () => {
    for (const line of ['EXPIRE big 100\n', 'PEXPIREAT big 9999999999999\n', 'PERSIST big\n']) {
      const bench = new ClientBench();
      const client = bench.connect();
      bench.ask(client, `SETEX big 1000 ${'x'.repeat(MIB)}\n`);
      const before = bench.service.asked.length;
      client.send(line.repeat(100));
      bench.clock.settle();
      expect(bench.service.asked.length - before).to.equal(1);
    }
  });

  it('looks at a bounded part of the pairs that are too many to tell, the rest in later turns', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    for (let i = 0; i < 8_000; i++) bench.ask(client, `PUT k${i} ${'x'.repeat(600)}\n`);
    client.received();
    client.send('PREFIX k\n'.repeat(50));
    bench.clock.settle();
    bench.service.finishAll();
    bench.clock.turn();
    expect(client.received().split('TOOLARGE').length - 1).to.be.within(1, 3);
    bench.clock.settle();
    expect(client.received().split('TOOLARGE').length - 1).to.be.within(47, 49);
  });

  it('refuses values that are too many for one reply, whatever their keys', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.ask(client, `PUT big ${'x'.repeat(MIB)}\n`);
    expect(bench.ask(client, `MGET${' big'.repeat(1_000)}\n`)).to.match(/^ERROR TOOLARGE /);
    const got = bench.ask(client, `MULTI\nMGET${' big'.repeat(1_000)}\nPUT a 1\nEXEC\n`);
    expect(got).to.match(/1\) ERROR TOOLARGE .*\r\n2\) OK\r\n$/);
  });

  const NAME = 'the name has 1025 bytes; not set; a name has up to 128 bytes';
  const LONG = 'x'.repeat(1_025);
  const refused: readonly (readonly [line: string, error: string])[] = [
    [`COMMAND DOCS${' set'.repeat(255)}`, '257 words in one command; not executed; give up to 256'],
    [`EXPIRE key 100${' NX'.repeat(2_100)}`, '2103 words in one command; not executed; give up to 2016'],
    [`ONCE id MSET${' k v'.repeat(1_001)}`, '1001 keys in one command; not executed; name up to 1000 at a time'],
    [`CONFIG GET ${LONG}`, 'the pattern is too long; not executed; it has up to 1024 bytes'],
    [`CLIENT SETNAME ${LONG}`, NAME],
    [`CLIENT SETINFO LIB-VER ${LONG}`, NAME],
    [`HELLO 2 SETNAME ${LONG}`, NAME],
  ];
  for (const [line, error] of refused) {
    it(`refuses what would make a reply without bound: ${line.slice(0, 25)}`, () => {
      const bench = new ClientBench();
      expect(bench.ask(bench.connect(), `${line}\n`)).to.equal(`ERROR TOOLARGE ${error}\r\n`);
    });
  }
});
