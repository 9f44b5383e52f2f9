// Commands that look at many keys: some in each turn, while others are served and change the store.

import { expect } from 'chai';
import { ClientBench } from './bench.js';

describe('client port: a command that looks at many keys', () => {
  const bench = new ClientBench();
  const KEYS = 50_000;

  before(() => {
    for (let i = 0; i < KEYS; i += 1_000) {
      const words = Array.from({ length: 1_000 }, (_, n) => `key:${i + n} v`);
      bench.ask(bench.connect(), `MSET ${words.join(' ')}\n`);
    }
  });

  it('looks at some of them in each turn, while others are served and change the store', () => {
    const [asks, other] = [bench.connect(), bench.connect()];
    asks.send('KEYS *99*9\nPUT behind it\n');
    bench.clock.settle();
    bench.service.finishAll();
    let turns = 0;
    for (; asks.writes.length === 0; turns++) {
      other.send(`PUT other:${turns} v\n`);
      bench.clock.turn();
      bench.service.finishAll();
    }
    expect(turns).to.be.within(10, 100);
    expect(other.writes.length).to.be.within(turns - 2, turns);
    expect(
      bench
        .run(asks)
        .split('\r\n')
        .filter((line) => line.endsWith('9')).length,
    ).to.equal(95);
    expect(bench.ask(other, 'GET behind\n')).to.contain('it');
  });

  it('finds each key that was there all the while', () => {
    const [asks, other] = [bench.connect(), bench.connect()];
    asks.send('KEYS key:1*5\n');
    bench.clock.settle();
    bench.service.finishAll();
    for (let turn = 0; asks.writes.length === 0; turn++) {
      other.send(`DELETE key:${turn * 30}\nPUT key:${turn}x v\nDELETE key:1${turn}5\nPUT key:1${turn}5 v\n`);
      bench.clock.turn();
      bench.service.finishAll();
    }
    const found = new Set(bench.run(asks).match(/key:\S+/g));
    const wanted = Array.from({ length: KEYS }, (_, i) => `key:${i}`).filter((key) => /^key:1.*5$/.test(key));
    expect(wanted.filter((key) => !found.has(key))).to.deep.equal([]);
  });

  it('counts what it looks at, so that a heap of them is not done in one turn', () => {
    const client = bench.connect();
    client.send('SCAN 0 MATCH x COUNT 100000\n'.repeat(100));
    bench.clock.settle();
    bench.service.finishAll();
    bench.clock.turn();
    expect(client.received().split('1) ').length - 1).to.be.within(1, 10);
    expect(bench.run(client).split('1) ').length - 1).to.be.within(90, 99);
  });

  it('is refused beyond 10,000 matches', () => {
    expect(bench.ask(bench.connect(), 'KEYS *\n')).to.equal('ERROR ERR too many keys; use SCAN\r\n');
  });

  it('is over when its client leaves', () => {
    const client = bench.connect();
    client.send('KEYS *x*y*z\n');
    bench.clock.settle();
    bench.service.finishAll();
    bench.clock.turn();
    client.destroy();
    bench.clock.settle();
    expect(client.received()).to.equal('');
  });
});
