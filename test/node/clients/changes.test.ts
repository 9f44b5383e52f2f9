// CHANGES on a connection: what it answers, how long it waits, and what becomes of those who wait when others come or all
// must go.

import { expect } from 'chai';
import { revision } from '#src/base/ids.js';
import { command } from '../../kv/values.js';
import { ClientBench } from './bench.js';
import type { FakeConnection } from './fake-connection.js';

function makeBench(...lines: string[]): { bench: ClientBench; client: FakeConnection } {
  const bench = new ClientBench();
  for (const line of lines) bench.service.execute(command(line));
  return { bench, client: bench.connect() };
}

/** Replies with one blank for what separates them. */
function short(text: string): string {
  return text.trimEnd().replaceAll(/\r\n\s*/g, ' ');
}

const NOTHING = (next: number) => `1) (integer) ${next} 2) (empty)`;
const ONE = (next: number, key: string, value: string) =>
  `1) (integer) ${next} 2) 1) 1) (integer) ${next} 2) PUT 3) ${key} 4) ${value}`;

describe('CHANGES that waits', () => {
  it('is answered by the first change it asks for, and not by others', () => {
    const { bench, client } = makeBench('PUT a1 x');
    expect(bench.ask(client, 'CHANGES a FROM 1 BLOCK 1000\nPING\n')).to.equal('');
    bench.service.execute(command('PUT b y'));
    expect(bench.run(client)).to.equal('');
    bench.service.execute(command('PUT a2 z'));
    expect(short(bench.run(client))).to.equal(`${ONE(3, 'a2', 'z')} +PONG`);
    expect(bench.clock.timers).to.equal(0);
  });

  it('tells at the end of its time how far it has looked', () => {
    const { bench, client } = makeBench();
    expect(bench.ask(client, 'CHANGES a FROM 0 BLOCK 1000\n')).to.equal('');
    bench.service.execute(command('PUT b y'));
    bench.clock.advance(999);
    expect(bench.run(client)).to.equal('');
    bench.clock.advance(1);
    expect(short(bench.run(client))).to.equal(NOTHING(1));
  });

  it('knows a revision that is still to come for one of another store', () => {
    const { bench, client } = makeBench('PUT a 1');
    expect(bench.ask(client, 'CHANGES a FROM 2 BLOCK 1000\n')).to.match(
      /^ERROR COMPACTED revision 2 is not one of this store, which is at 1; read REVISION,/,
    );
  });

  it('waits under READONLY for a revision that is still to come', () => {
    const { bench, client } = makeBench('PUT a 1');
    bench.ask(client, 'READONLY\n');
    expect(bench.ask(client, 'CHANGES a FROM 3 BLOCK 1000\n')).to.equal('');
    for (const value of ['2', '3']) bench.service.execute(command(`PUT a ${value}`));
    expect(bench.run(client)).to.equal('');
    bench.service.execute(command('PUT a 4'));
    expect(short(bench.run(client))).to.equal(ONE(4, 'a', '4'));
  });

  it('does not wait with BLOCK 0, nor where there is something to tell', () => {
    const { bench, client } = makeBench('PUT a 1');
    expect(short(bench.ask(client, 'CHANGES a FROM 1 BLOCK 0\nCHANGES a FROM 0 BLOCK 1000\n'))).to.equal(
      `${NOTHING(1)} ${ONE(1, 'a', '1')}`,
    );
  });

  it('is looked at once a turn, however much changed', () => {
    const { bench, client } = makeBench();
    bench.ask(client, 'CHANGES a FROM 0 BLOCK 1000\n');
    for (let i = 1; i <= 3; i++) bench.service.execute(command(`PUT a ${i}`));
    const got = short(bench.run(client));
    expect(got).to.match(/^1\) \(integer\) 3 .* 4\) 1 .* 4\) 2 .* 4\) 3$/);
  });

  it('holds up what comes behind it on its connection, and nobody else', () => {
    const { bench, client } = makeBench();
    const other = bench.connect();
    expect(bench.ask(client, 'CHANGES a FROM 0 BLOCK 1000\nPUT a 1\nQUIT\n')).to.equal('');
    expect(bench.ask(other, 'PUT b 1\nGET b\n')).to.equal('OK\r\n1\r\n');
    bench.clock.advance(1_000);
    expect(short(bench.run(client))).to.equal(`${NOTHING(1)} OK OK`);
    expect(client.state).to.equal('ended');
  });

  it('is answered at once when the replica stops', async () => {
    const { bench, client } = makeBench('PUT b 1');
    bench.ask(client, 'CHANGES a FROM 0 BLOCK 100000\n');
    const closed = bench.port.close();
    // It says so to its clients when it listens no more.
    await Promise.resolve();
    expect(short(bench.run(client))).to.equal(NOTHING(1));
    await closed;
    expect(client.state).to.equal('ended');
    expect(bench.clock.timers).to.equal(0);
  });

  it('leaves nothing behind when its client goes', () => {
    const { bench, client } = makeBench();
    bench.ask(client, 'CHANGES a FROM 0 BLOCK 1000\n');
    expect(bench.clock.timers).to.equal(1);
    client.destroy();
    expect(bench.clock.timers).to.equal(0);
    bench.service.execute(command('PUT a 1'));
    expect(bench.run(client)).to.equal('');
  });

  it('does not bridge a state that was exchanged', () => {
    const { bench, client } = makeBench('PUT a 1');
    bench.ask(client, 'CHANGES a FROM 1 BLOCK 1000\n');
    bench.service.machine.changes.restart(revision(9));
    expect(bench.run(client)).to.match(
      /^ERROR COMPACTED changes after revision 1 are not kept here, only those after 9;/,
    );
  });

  it('is told nothing of a state that is found to be wrong while it waits', () => {
    const { bench, client } = makeBench();
    bench.ask(client, 'CHANGES a FROM 0 BLOCK 1000\n');
    bench.service.distrusted = true;
    bench.service.execute(command('PUT a 1'));
    expect(bench.run(client)).to.match(/^ERROR BUSY the state of this replica is not that of the others/);
    expect(bench.clock.timers).to.equal(0);
  });

  it('asks nobody under READONLY, and a leader otherwise', () => {
    const { bench, client } = makeBench('PUT a 1');
    client.send('CHANGES a FROM 0\n');
    bench.clock.settle();
    expect([client.received(), bench.service.asked.length]).to.deep.equal(['', 1]);
    const local = bench.connect();
    local.send('READONLY\nCHANGES a FROM 0\n');
    bench.clock.settle();
    expect(short(local.received())).to.equal(`OK ${ONE(1, 'a', '1')}`);
  });

  it('wakes ten thousand in as many turns as their work needs, each once', () => {
    const { bench } = makeBench();
    const clients = Array.from({ length: 10_000 }, () => bench.connect());
    for (const each of clients) each.send('CHANGES a FROM 0 BLOCK 60000\n');
    bench.clock.settle();
    bench.service.finishAll();
    bench.clock.settle();
    bench.service.execute(command('PUT a 1'));
    bench.clock.settle();
    for (const each of clients) expect(short(each.received())).to.equal(ONE(1, 'a', '1'));
  });
});
