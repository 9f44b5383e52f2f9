// Links between replicas over a network in memory: who dials, when a link counts as up, what breaks it, how soon it returns,
// who may take the place of a peer that is connected, and what a stranger can do.

import { expect } from 'chai';
import { replicaName, slot } from '#src/base/ids.js';
import type { Connection } from '#src/node/ports.js';
import { encodeHello } from '#src/wire/hello.js';
import { encodeMessages } from '#src/wire/peer-codec.js';
import { heartbeat, helloOf, keepTalking, PEER_PORT, PeerHouse, type Resident } from './peer-house.js';

const A = replicaName('a');
const B = replicaName('b');
const FETCH = encodeMessages([{ type: 'fetch', from: slot(1), to: slot(2) }]);

/** Two replicas with a link that is up. */
async function pair(): Promise<{ house: PeerHouse; a: Resident; b: Resident }> {
  const house = new PeerHouse();
  const a = await house.start('a');
  const b = await house.start('b');
  expect(await house.time.run(1_000, () => a.links.isUp(B) && b.links.isUp(A))).to.equal(true);
  return { house, a, b };
}

/** What a stranger on host `x` hears from the peer port of `host`. */
async function stranger(house: PeerHouse, host: string, write: (connection: Connection) => void) {
  const heard: Uint8Array[] = [];
  let closed: string | null = null;
  const dialling = house.net.host('x').dial(host, PEER_PORT, (connection) => {
    write(connection);
    return {
      data: (bytes) => heard.push(bytes.slice()),
      ended: () => connection.end(),
      drained: () => undefined,
      closed: (reason) => {
        closed = reason;
      },
    };
  });
  await house.time.run(1);
  await dialling;
  return { heard, isClosed: () => closed !== null };
}

describe('links', () => {
  it('are two connections, both dialled by the smaller name; the other only knocks', async () => {
    const { house, a, b } = await pair();
    expect(house.net.connections('a', 'b')).to.equal(2);
    expect(a.events).to.deep.equal(['up b']);
    expect(b.events).to.deep.equal(['up a']);
    expect(house.net.dialled.filter((dial) => dial === 'b>a:8000')).to.have.length(1);
  });

  it('tell each side who the other is and what it remembers', async () => {
    const { a, b } = await pair();
    expect(a.hellos.get(B)).to.include({
      clientAddress: 'b:9000',
      remembered: 7,
      rememberedLsn: 8,
      store: helloOf('b').store,
    });
    expect(b.hellos.get(A)).to.include({ clientAddress: 'a:9000', remembered: 7, rememberedLsn: 8, incarnation: 100 });
  });

  it('carry messages both ways, each on its lane and in order', async () => {
    const { house, a, b } = await pair();
    a.links.send(B, 'pulse', encodeMessages([heartbeat(1), heartbeat(2)]));
    a.links.send(B, 'data', FETCH);
    b.links.send(A, 'data', FETCH);
    await house.time.run(5);
    expect(b.events.slice(1).sort()).to.deep.equal(['fetch from a', 'heartbeat from a', 'heartbeat from a']);
    expect(b.received.flatMap((message) => (message.type === 'heartbeat' ? [message.number] : []))).to.deep.equal([
      1, 2,
    ]);
    expect(a.events.slice(1)).to.deep.equal(['fetch from b']);
  });

  it('may be used in the very call that says they are up', async () => {
    const house = new PeerHouse();
    const a = await house.start('a');
    const b = house.make('b', {});
    b.events.push = (event: string) => {
      if (event === 'up a') b.links.send(A, 'pulse', encodeMessages([heartbeat(1)]));
      if (event === 'up a') b.links.send(A, 'data', FETCH);
      return 0;
    };
    await b.links.start();
    await house.time.run(100);
    expect(a.events[0]).to.equal('up b');
    expect(a.events.slice(1).sort()).to.deep.equal(['fetch from b', 'heartbeat from b']);
  });

  it('are up within milliseconds when either side starts late or returns', async () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const house = new PeerHouse();
      const early = await house.start(first);
      // Long enough for the back-off of whoever dials to be at its longest.
      await house.time.run(10_000);
      await house.start(second);
      expect(await house.time.run(5, () => early.links.isUp(replicaName(second))), `${second} starts late`).to.equal(
        true,
      );
    }
  });

  it('break together, are reported once, and return at once', async () => {
    const { house, a, b } = await pair();
    const stop = keepTalking(house.time, [a, 'b'], [b, 'a']);
    await house.time.run(2_000);
    a.events.length = 0;
    b.events.length = 0;
    house.net.breakAll('a', 'b');
    await house.time.run(20);
    stop();
    for (const [resident, peer] of [[a, 'b'] as const, [b, 'a'] as const]) {
      expect(resident.events.slice(0, 2)).to.deep.equal([`down ${peer}`, `up ${peer}`]);
      expect(resident.log.of('warn peer disconnected')).to.have.length(1);
    }
    expect(house.net.connections('a', 'b')).to.equal(2);
  });

  it('are dialled again with growing pauses up to a second', async () => {
    const house = new PeerHouse();
    await house.start('a');
    await house.time.run(10_000);
    const early = house.net.dialled.length;
    expect(early).to.be.within(10, 25);
    await house.time.run(10_000);
    expect(house.net.dialled.length - early).to.be.within(8, 14);
  });

  it('are given up when the pulse is silent for two seconds, and made again when the way is free', async () => {
    const { house, a, b } = await pair();
    const stop = keepTalking(house.time, [a, 'b'], [b, 'a']);
    await house.time.run(5_000);
    expect(a.log.of('warn')).to.deep.equal([]);
    house.net.cut('a', 'b');
    await house.time.run(1_800);
    expect(a.links.isUp(B) && b.links.isUp(A)).to.equal(true);
    await house.time.run(400);
    expect(a.links.isUp(B) || b.links.isUp(A)).to.equal(false);
    expect(a.log.of('warn peer disconnected')[0]).to.contain('no word for 2000 ms');
    await house.time.run(5_000);
    house.net.heal('a', 'b');
    expect(await house.time.run(5_000, () => a.links.isUp(B) && b.links.isUp(A))).to.equal(true);
    stop();
  });

  it('survive a process that was stopped: what waits to be read is read before silence is judged', async () => {
    const { house, a, b } = await pair();
    // Heard after 0.1 ms, so that silence is judged 2,000.1 ms from here: when the next heartbeat is under way.
    keepTalking(house.time, [a, 'b'], [b, 'a'])();
    await house.time.run(2_000.05);
    keepTalking(house.time, [a, 'b'], [b, 'a'])();
    house.time.freeze(10_000);
    await house.time.run(1_500);
    expect(a.log.of('warn')).to.deep.equal([]);
    expect(b.log.of('warn')).to.deep.equal([]);
  });

  it('are dropped when the peer does not read, and memory stays bounded', async () => {
    const { house, a } = await pair();
    house.net.cut('a', 'b');
    const chunk = new Uint8Array(8 * 1024 * 1024);
    for (let sent = 0; sent < 8; sent++) a.links.send(B, 'data', chunk);
    expect(a.links.isUp(B)).to.equal(true);
    a.links.send(B, 'data', chunk);
    expect(a.links.isUp(B)).to.equal(false);
    expect(a.log.of('warn peer disconnected')[0]).to.contain('does not read');
  });

  it('are not made again at once, for ever, when they fall as soon as they are made', async () => {
    const { house, a, b } = await pair();
    for (let refusals = 0; refusals < 200; refusals++) {
      await house.time.run(10);
      if (b.links.isUp(A)) b.links.refuse(A, 'the founding slots differ');
    }
    expect(a.events.filter((event) => event === 'up b').length).to.be.within(3, 12);
    expect(b.log.of('warn refused a peer')).to.have.length(1);
  });

  it('end quietly when a replica stops, after what it sent', async () => {
    const { house, a, b } = await pair();
    a.links.send(B, 'data', FETCH);
    await a.links.stop();
    await house.time.run(3_000);
    expect(b.events).to.deep.equal(['up a', 'fetch from a', 'down a']);
    expect(a.events).to.deep.equal(['up b']);
    expect(house.net.connections('a', 'b')).to.equal(0);
  });
});

describe('a second peer of the same name', () => {
  it('takes the place of an earlier life of its store, at once', async () => {
    for (const returning of ['a', 'b']) {
      const { house, a, b } = await pair();
      const stays = returning === 'a' ? b : a;
      const port = house.net.host(returning);
      // The earlier life is gone without a word, as when its machine lost power.
      await (await port.listen(returning, 1, () => expect.fail())).close();
      await (returning === 'a' ? a : b).links.stopAccepting();
      stays.events.length = 0;
      const again = await house.start(returning, { incarnation: 101 });
      await house.time.run(20);
      expect(stays.events).to.deep.equal([`down ${returning}`, `up ${returning}`]);
      expect(again.events).to.deep.equal([`up ${stays === a ? 'a' : 'b'}`]);
      expect(stays.hellos.get(replicaName(returning))?.incarnation).to.equal(101);
    }
  });

  it('is refused while another store of that name is connected, and let in when that one is gone', async () => {
    const { house, a, b } = await pair();
    const stop = keepTalking(house.time, [a, 'b'], [b, 'a']);
    const impostor = await house.start('a', { host: 'elsewhere', store: 'f'.repeat(32), incarnation: 999 });
    await house.time.run(5_000);
    expect(b.events.filter((event) => event.startsWith('down'))).to.deep.equal([]);
    expect(impostor.events).to.deep.equal([]);
    expect(b.log.of('warn refused a peer')[0]).to.contain('two replicas are called a');
    expect(impostor.log.of('warn refused by a peer')[0]).to.contain('two replicas are called a');
    stop();
    await a.links.stop();
    expect(await house.time.run(5_000, () => impostor.links.isUp(B))).to.equal(true);
    expect(b.hellos.get(A)?.store).to.equal('f'.repeat(32));
  });

  it('is refused when it is an earlier life', async () => {
    const { house, b } = await pair();
    const late = await house.start('a', { host: 'elsewhere', incarnation: 99 });
    await house.time.run(1_000);
    expect(late.events).to.deep.equal([]);
    expect(b.events).to.deep.equal(['up a']);
    expect(b.log.of('warn refused a peer')[0]).to.contain('an earlier life of a');
  });
});

describe('a stranger on the peer port', () => {
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3);
  const table: readonly [what: string, bytes: Uint8Array, told: RegExp][] = [
    ['a length of 4 GiB', huge, /rubbish: a frame of 4294967295 bytes/],
    ['a frame of more than a greeting', Uint8Array.of(0, 16, 0, 0, 0), /rubbish: a frame of 1048576 bytes/],
    ['an empty frame', Uint8Array.of(0, 0, 0, 0), /rubbish: an empty frame/],
    ['a request of the web', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /rubbish: a frame of 1195725856/],
    ['a frame that is no MessagePack', Uint8Array.of(0, 0, 0, 1, 0xc1), /rubbish/],
    ['a message before the greeting', encodeMessages([heartbeat(1)]), /rubbish: hello/],
    ['nothing at all', new Uint8Array(), /did not greet within 2000 ms/],
    ['half a length', Uint8Array.of(0, 0), /did not greet within 2000 ms/],
    ['half a greeting', encodeHello(helloOf('c')).subarray(0, 30), /did not greet within 2000 ms/],
  ];
  for (const [what, bytes, told] of table) {
    it(`loses its connection and disturbs nobody: ${what}`, async () => {
      const { house, a, b } = await pair();
      const stop = keepTalking(house.time, [a, 'b'], [b, 'a']);
      const visitor = await stranger(house, 'b', (connection) => connection.write(bytes));
      await house.time.run(2_100);
      stop();
      expect(visitor.isClosed()).to.equal(true);
      expect(visitor.heard).to.deep.equal([]);
      expect(b.log.of("info closed a connection that is not a replica's")[0]).to.match(told);
      expect(b.events.filter((event) => /^(up|down)/.test(event))).to.deep.equal(['up a']);
    });
  }

  it('may come in crowds: replicas still get in', async () => {
    const house = new PeerHouse();
    const b = await house.start('b');
    for (let visitors = 0; visitors < 200; visitors++) await stranger(house, 'b', () => undefined);
    const a = await house.start('a');
    expect(await house.time.run(100, () => a.links.isUp(B) && b.links.isUp(A))).to.equal(true);
    expect(house.net.connections('x', 'b')).to.be.at.most(64);
  });

  it('is mentioned once a minute, however often it comes', async () => {
    const house = new PeerHouse();
    const b = await house.start('b');
    for (let visits = 0; visits < 20; visits++) {
      await stranger(house, 'b', (connection) => connection.write(huge));
      await house.time.run(1_000);
    }
    expect(b.log.of("info closed a connection that is not a replica's")).to.have.length(1);
    await house.time.run(60_000);
    await stranger(house, 'b', (connection) => connection.write(huge));
    await house.time.run(10);
    expect(b.log.of("info closed a connection that is not a replica's")).to.have.length(2);
  });
});

describe('a peer that sends rubbish over its link', () => {
  const table: readonly [what: string, lane: 'pulse' | 'data', bytes: Uint8Array, told: RegExp][] = [
    ['bytes that are no message', 'data', Uint8Array.of(0, 0, 0, 2, 0xc1, 0), /data: rubbish/],
    ['a length of 4 GiB', 'data', Uint8Array.of(255, 255, 255, 255), /data: rubbish: a frame of 4294967295/],
    ['a pulse of over 1 MiB', 'pulse', Uint8Array.of(0, 16, 0, 1), /pulse: rubbish: a frame of 1048577/],
    ['a heartbeat on the data lane', 'data', encodeMessages([heartbeat(1)]), /data: rubbish: heartbeat on the wrong/],
    ['a fetch on the pulse lane', 'pulse', FETCH, /pulse: rubbish: fetch on the wrong lane/],
    ['a second greeting', 'pulse', encodeHello(helloOf('a')), /pulse: rubbish/],
  ];
  for (const [what, lane, bytes, told] of table) {
    it(`loses it, and gets another: ${what}`, async () => {
      const { house, a, b } = await pair();
      a.links.send(B, lane, bytes);
      await house.time.run(1_000, () => b.events.length >= 3);
      expect(b.events).to.deep.equal(['up a', 'down a', 'up a']);
      expect(b.log.of('warn peer disconnected')[0]).to.match(told);
    });
  }
});
