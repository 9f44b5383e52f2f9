// The machine's clock as a port, the text of log lines, and which hosts are this machine.

import { expect } from 'chai';
import { localHosts } from '#src/node/host/local-hosts.js';
import { textLine } from '#src/node/host/log.js';
import { systemChance } from '#src/node/host/system-chance.js';
import { systemClock } from '#src/node/host/system-clock.js';

describe('the clock of the machine', () => {
  it('never calls before the time', async () => {
    for (const ms of [-5, 0, 0.3, 1.7, 4]) {
      const due = systemClock.mono() + ms;
      await new Promise<void>((resolve) => void systemClock.at(due, resolve));
      expect(systemClock.mono()).to.be.at.least(due);
    }
  });

  it('never calls within the call, nor what was cancelled', async () => {
    const called: string[] = [];
    systemClock.at(0, () => called.push('past'));
    systemClock.at(systemClock.mono() + 1, () => called.push('cancelled'))();
    expect(called).to.deep.equal([]);
    await new Promise<void>((resolve) => void systemClock.at(systemClock.mono() + 20, resolve));
    expect(called).to.deep.equal(['past']);
  });

  it('bears times that no timer can hold', () => {
    systemClock.at(Number.MAX_SAFE_INTEGER, () => expect.fail())();
  });

  it('ends a turn after what waits now', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.endOfTurn(() => {
        order.push('end');
        resolve();
      });
      process.nextTick(() => order.push('tick'));
      void Promise.resolve().then(() => order.push('promise'));
    });
    expect(order).to.deep.equal(['tick', 'promise', 'end']);
  });
});

describe('chance of the machine', () => {
  it('draws fractions and bytes', () => {
    expect(systemChance.fraction()).to.be.within(0, 1);
    expect(systemChance.bytes(16)).to.have.length(16);
    expect(systemChance.bytes(16)).to.not.deep.equal(systemChance.bytes(16));
  });
});

describe('a log line for people', () => {
  const plain = (fields: object): string =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away here.
    textLine(JSON.stringify({ time: 1_720_000_000_123, level: 'warn', ...fields })).replace(/\u001b\[\d+m/g, '');

  it('has its time, level, event and fields, quoted where they would mislead', () => {
    expect(plain({ event: 'peer disconnected', peer: 'b', reason: 'no word', ms: 3, none: null, empty: '' })).to.match(
      /^\d\d:\d\d:\d\d\.123 warn {2}peer disconnected peer=b reason="no word" ms=3 none=null empty=""\n$/,
    );
  });
});

describe('hosts of this machine', () => {
  it('are its interfaces and names, and nothing else', async () => {
    const hosts = ['127.0.0.1', '127.9.9.9', 'localhost', '192.0.2.1', 'no-such-host.invalid', '::1'];
    const local = await localHosts(hosts);
    expect([...local]).to.include.members(['127.0.0.1', '127.9.9.9', 'localhost']);
    expect([...local]).to.not.include.members(['192.0.2.1']);
    expect([...local]).to.not.include.members(['no-such-host.invalid']);
  });
});
