// Too much of anything: output that nobody takes, requests without end, half requests by the thousand, rubbish. Clients wait or
// go, memory stays bounded, others are served.

import { expect } from 'chai';
import fc from 'fast-check';
import { CLIENT_MEMORY_BYTES } from '#src/node/clients/client-memory.js';
import { ClientBench } from './bench.js';

const MIB = 1024 * 1024;

describe('client port: one turn', () => {
  it('sends the replies of a turn in one write', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('PUT a 1\n'.repeat(100));
    for (let i = 0; i < 100; i++) bench.service.finish(i);
    expect(client.writes).to.deep.equal([]);
    bench.clock.turn();
    expect(client.writes).to.deep.equal(['OK\r\n'.repeat(100)]);
  });

  it('does a bounded part of a large heap of requests, the rest in later turns', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('PING\n'.repeat(10_000));
    bench.clock.turn();
    const first = client.received().length / 7;
    expect(first).to.be.within(50, 1_000);
    bench.clock.settle();
    expect(first + client.received().length / 7).to.equal(10_000);
  });

  it('evaluates a bounded part of the reads that are granted together, the rest in later turns', () => {
    const bench = new ClientBench();
    const clients = Array.from({ length: 20 }, () => bench.connect());
    for (const client of clients) {
      client.send('GET a\n'.repeat(500));
      bench.clock.settle();
    }
    expect(bench.service.asked.length).to.equal(10_000);
    bench.service.finishAll();
    bench.clock.turn();
    const replies = (): number => clients.reduce((sum, client) => sum + client.received().length / 7, 0);
    const first = replies();
    expect(first).to.be.within(1_000, 9_000);
    bench.clock.settle();
    expect(first + replies()).to.equal(10_000);
  });

  it('lets a second client in between', () => {
    const bench = new ClientBench();
    const [heavy, light] = [bench.connect(), bench.connect()];
    heavy.send('HELP\n'.repeat(10_000));
    bench.clock.turn();
    light.send('PING\n');
    bench.clock.turn();
    bench.clock.turn();
    expect(light.received()).to.equal('+PONG\r\n');
  });
});

describe('client port: a reader that does not read', () => {
  it('is not read on while its output is full, and gets everything when it reads', () => {
    const bench = new ClientBench({ outputBytes: 8 * MIB });
    const client = bench.connect();
    bench.ask(client, `PUT big ${'x'.repeat(MIB)}\n`);
    client.reads = false;
    client.send('GET big\n'.repeat(100));
    let got = 0;
    let most = 0;
    for (let rounds = 0; got < 100 * (MIB + 2); rounds++) {
      expect(rounds).to.be.lessThan(1_000);
      bench.clock.settle();
      bench.service.finishAll();
      bench.clock.settle();
      most = Math.max(most, client.buffered);
      got += client.received().length;
      client.take();
    }
    expect(most).to.be.within(3 * MIB, 6 * MIB);
    expect(client.state).to.equal('open');
  });

  it('stops the socket of a client that goes on sending', () => {
    const bench = new ClientBench({ outputBytes: MIB });
    const client = bench.connect();
    client.reads = false;
    for (let i = 0; i < 100 && !client.paused; i++) {
      client.send('HELP\n'.repeat(10_000));
      bench.clock.settle();
    }
    expect(client.paused).to.equal(true);
    expect(client.buffered).to.be.lessThan(MIB);
    client.reads = true;
    for (let i = 0; i < 10_000 && client.paused; i++) {
      client.take();
      bench.clock.settle();
    }
    expect(client.paused).to.equal(false);
    expect(client.state).to.equal('open');
  });

  it('closes it when it has taken nothing for long, and does not close one that takes a little', () => {
    const bench = new ClientBench({ outputBytes: MIB });
    const [dead, slow] = [bench.connect(), bench.connect()];
    for (const client of [dead, slow]) {
      client.reads = false;
      client.send('HELP\n'.repeat(10_000));
    }
    for (let i = 0; i < 10; i++) {
      bench.clock.advance(20_000);
      slow.take(1);
    }
    expect(dead.state).to.equal('destroyed');
    expect(slow.state).to.equal('open');
    expect(bench.port.connections).to.equal(1);
  });

  it('closes one that was sent the end and stays', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    expect(bench.ask(client, 'QUIT\n')).to.equal('OK\r\n');
    expect(client.state).to.equal('ended');
    bench.clock.advance(70_000);
    expect(client.state).to.equal('destroyed');
    expect(bench.clock.timers).to.equal(0);
  });
});

describe('client port: a kernel that takes all at once', () => {
  it('goes on although nobody tells that output was taken', () => {
    const bench = new ClientBench({ outputBytes: 200_000 });
    const client = bench.connect();
    // As a corked socket: full until the write has left at the end of the turn, and then no word of it.
    client.takesSilently = true;
    client.send('HELP\n'.repeat(1_000));
    let got = '';
    for (let turns = 0; turns < 2_000; turns++) {
      bench.clock.turn();
      client.buffered = 0;
      got += client.received();
    }
    expect(got.split('  GET key').length - 1).to.equal(1_000);
    bench.clock.turn();
    expect(bench.clock.waits).to.equal(false);
  });

  it('does not look every turn after a client that takes nothing', () => {
    const bench = new ClientBench({ outputBytes: 200_000 });
    const client = bench.connect();
    client.reads = false;
    client.send('HELP\n'.repeat(1_000));
    bench.clock.settle();
    expect(client.buffered).to.be.greaterThan(90_000);
    expect(bench.clock.waits).to.equal(false);
  });
});

describe('client port: full queues', () => {
  it('reads nobody on while the replica is congested, and goes on in order when it is not', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('PUT a 1\n');
    bench.service.congested = true;
    client.send('PUT b 1\nGET a\n');
    client.send(`PUT c ${'x'.repeat(100_000)}\n`);
    expect(bench.service.asked.map(({ words }) => words)).to.deep.equal(['PUT a 1']);
    expect(client.paused).to.equal(true);
    bench.service.makeRoom();
    expect(bench.service.asked.length).to.equal(3);
    expect(bench.run(client)).to.equal('OK\r\nOK\r\n1\r\nOK\r\n');
    expect(client.paused).to.equal(false);
  });

  it('has no more than a bounded number of requests of one client under way', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('GET a\n'.repeat(10_000));
    bench.clock.settle();
    expect(bench.service.asked.length).to.be.within(500, 2_000);
    expect(bench.run(client)).to.equal('(nil)\r\n'.repeat(10_000));
  });
});

describe('client port: memory', () => {
  it('ends clients with large unfinished requests when all together hold too much, and serves the others', () => {
    const bench = new ClientBench();
    const before = bench.connect();
    const half = `PUT k ${'x'.repeat(MIB - 100)}`;
    const clients = Array.from({ length: 600 }, () => {
      const client = bench.connect();
      client.send(half);
      bench.clock.settle();
      return client;
    });
    expect(bench.port.memory.used).to.be.lessThan(CLIENT_MEMORY_BYTES + 2 * MIB);
    const refused = clients.filter(({ state }) => state === 'ended');
    expect(refused.length).to.be.within(50, 200);
    for (const client of refused) expect(client.received()).to.match(/^ERROR BUSY .*closing; try later\r\n$/);
    expect(bench.ask(before, 'PUT a 1\nGET a\n')).to.equal('OK\r\n1\r\n');
    for (const client of clients) client.destroy();
    before.destroy();
    expect(bench.port.memory.used).to.equal(0);
  });

  it('answers what is under way before it says that the rest was not executed', () => {
    for (const [outcome, reply] of [
      [null, /^OK$/],
      [{ type: 'uncertain' }, /^ERROR UNCERTAIN /],
    ] as const) {
      const bench = new ClientBench();
      const client = bench.connect();
      client.send('PUT a 1\nGET a\n');
      bench.port.memory.change(CLIENT_MEMORY_BYTES);
      client.send(`PUT b 1\nPUT k ${'x'.repeat(100_000)}`);
      bench.clock.settle();
      expect(client.received()).to.equal('');
      client.send('PUT c 1\n');
      if (outcome !== null) bench.service.refuse(0, outcome);
      bench.service.finishAll();
      bench.clock.settle();
      const replies = client.received().split('\r\n');
      expect(replies[0]).to.match(reply);
      expect(replies.at(-2)).to.match(/^ERROR BUSY .*not executed, closing; try later$/);
      expect(client.state).to.equal('ended');
      const asked = bench.service.asked.map(({ words }) => words);
      expect(asked).to.not.include('PUT c 1').and.to.not.include('PUT k');
    }
  });

  it('leaves nothing counted behind, whatever clients do', () => {
    const act = fc.record({
      client: fc.nat(3),
      what: fc.constantFrom('send', 'send', 'send', 'take', 'end', 'leave', 'turn', 'done', 'stop reading', 'read'),
      text: fc.constantFrom(
        'PUT a 1\n',
        'GET a\n',
        'HELP\nPING\n',
        'EXISTS a b c d\n',
        'PUT a',
        '\n',
        'QUIT\n',
        'FROB\n',
      ),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const bench = new ClientBench({ outputBytes: 10_000 });
        const clients = Array.from({ length: 4 }, () => bench.connect());
        for (const { client: index, what, text } of acts) {
          const client = clients[index];
          if (client === undefined || client.state === 'destroyed') continue;
          if (what === 'send') client.send(text);
          else if (what === 'take') client.take();
          else if (what === 'end') client.events?.ended();
          else if (what === 'leave') client.destroy();
          else if (what === 'turn') bench.clock.turn();
          else if (what === 'done') bench.service.finishAll();
          else client.reads = what === 'read';
        }
        for (const client of clients) client.destroy();
        bench.service.finishAll();
        bench.clock.advance(100_000);
        expect(bench.port.memory.used).to.equal(0);
        expect(bench.port.connections).to.equal(0);
        expect(bench.clock.timers).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('client port: rubbish', () => {
  it('answers every line of it with something, whole, and goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 20 }), (lines) => {
        const bench = new ClientBench();
        const client = bench.connect();
        const clean = lines.map((line) =>
          Buffer.from(line)
            .toString('latin1')
            .replaceAll(/^[*\xff\s]+|\n/g, ''),
        );
        const got = bench.ask(client, `${clean.join('\n')}\nPING\n`);
        expect(got.endsWith('+PONG\r\n')).to.equal(true);
        expect(got.endsWith('\r\n')).to.equal(true);
        expect(client.state).to.equal('open');
      }),
      { numRuns: 100 },
    );
  });

  it('reads the same requests however the bytes are cut', () => {
    const text = 'PUT a "x\\ny"\r\nGET a\nFROB\n\nPUT b  two  words \nGET b\nDEL a b\nGET a\n';
    const whole = new ClientBench();
    const expected = whole.ask(whole.connect(), `${text}\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const bench = new ClientBench();
        const client = bench.connect();
        let got = '';
        let at = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), text.length]) {
          got += bench.ask(client, text.slice(at, cut));
          at = cut;
        }
        client.events?.ended();
        expect(got + bench.run(client)).to.equal(expected);
        expect(client.state).to.equal('ended');
      }),
    );
  });
});

describe('client port: closing', () => {
  it('answers what is under way, takes nothing more, and resolves when all have what they are due', async () => {
    const bench = new ClientBench();
    const [busy, idle, slow, gone] = [bench.connect(), bench.connect(), bench.connect(), bench.connect()];
    busy.send('PUT a 1\n');
    slow.reads = false;
    slow.send('PING\n');
    let closed = false;
    const closing = bench.port.close().then(() => {
      closed = true;
    });
    const step = async (act: () => void): Promise<boolean> => {
      act();
      bench.clock.settle();
      for (let i = 0; i < 10; i++) await Promise.resolve();
      return closed;
    };
    await Promise.resolve();
    expect(await step(() => busy.send('PUT b 1\n'))).to.equal(false);
    expect([busy, idle, slow].map(({ state }) => state)).to.deep.equal(['open', 'ended', 'ended']);
    expect(bench.connect().received()).to.match(/^ERROR BUSY/);
    expect(await step(() => bench.service.finishAll())).to.equal(false);
    expect(busy.received()).to.equal('OK\r\n');
    expect(bench.service.machine.keys).to.equal(1);
    expect(await step(() => gone.destroy())).to.equal(false);
    expect(await step(() => slow.destroy())).to.equal(true);
    await closing;
  });
});
