// Replicas that do not belong together refuse each other, and both operators read one line with both sides of what differs:
// one case for everything that a Hello compares. The line is not repeated within a minute, and healing needs no restart here.

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { FrameReader } from '#src/wire/frame.js';
import { decodeRefusal, encodeRefusal } from '#src/wire/refusal.js';
import { type Life, PeerHouse } from './peer-house.js';

const cases: readonly [what: string, a: Life, b: Life, both: readonly string[]][] = [
  ['lists', { names: ['a', 'b'] }, { names: ['a', 'b', 'c'] }, ['list of replicas differs', 'a b c', 'a b']],
  [
    'names in the lists',
    { names: ['a', 'b', 'x'] },
    { names: ['a', 'b', 'y'] },
    ['list of replicas differs', 'a b x', 'a b y'],
  ],
  ['leases', { hello: { leaseMs: 300 } }, { hello: { leaseMs: 400 } }, ['lease-ms differs', '300', '400']],
  ['heartbeats', { hello: { heartbeatMs: 50 } }, { hello: { heartbeatMs: 60 } }, ['heartbeat-ms differs', '50', '60']],
  ['versions', { hello: { version: 1 } }, { hello: { version: 2 } }, ['protocol version differs', '1', '2']],
  [
    'cluster names',
    { hello: { cluster: 'east (01)' } },
    { hello: { cluster: 'west (02)' } },
    ['cluster differs', 'east (01)', 'west (02)'],
  ],
  [
    'founding slots',
    { hello: { founding: '0123456789abcdef' } },
    { hello: { founding: 'fedcba9876543210' } },
    ['founding differs', '0123456789abcdef', 'fedcba9876543210'],
  ],
];

describe('replicas that differ in their', () => {
  for (const [what, lifeA, lifeB, both] of cases) {
    it(`${what} refuse each other with a line that shows both sides`, async () => {
      const house = new PeerHouse();
      const a = await house.start('a', lifeA);
      const b = await house.start('b', lifeB);
      await house.time.run(30_000);
      expect([...a.events, ...b.events]).to.deep.equal([]);
      for (const resident of [a, b]) {
        const lines = resident.log.of('warn refused');
        for (const part of both) for (const line of lines) expect(line).to.contain(part);
        // One for each way round: what it refused, and what refused it.
        expect(lines.filter((line) => line.startsWith('warn refused a peer')).length).to.be.at.most(1);
        expect(lines.filter((line) => line.startsWith('warn refused by a peer')).length).to.be.at.most(1);
        expect(lines.length).to.be.at.least(1);
      }
    });
  }

  it('addresses: one that leads to another replica is not taken for it', async () => {
    const house = new PeerHouse();
    const a = await house.start('a', { names: ['a', 'b', 'c'] });
    // The replica called b runs where c is expected.
    const b = await house.start('b', { names: ['a', 'b', 'c'], host: 'c' });
    await house.time.run(5_000);
    expect(a.events).to.deep.equal([]);
    expect(b.log.of('warn refused a peer')[0]).to.contain('name of this replica differs: b here, c at a');
    expect(a.log.of('warn refused by a peer')[0]).to.contain('b here, c at a');
  });

  it('names find together as soon as one of them is started rightly', async () => {
    const house = new PeerHouse();
    const a = await house.start('a', { hello: { leaseMs: 400 } });
    const b = await house.start('b');
    await house.time.run(10_000);
    await a.links.stop();
    const mended = await house.start('a', { incarnation: 101 });
    expect(await house.time.run(10, () => mended.links.isUp(replicaName('b')))).to.equal(true);
    expect(b.events).to.deep.equal(['up a']);
  });
});

describe('a refusal', () => {
  const body = (frame: Uint8Array): Uint8Array => {
    const reader = new FrameReader(frame.length);
    reader.push(frame);
    return reader.next() ?? new Uint8Array();
  };

  it('carries its reason, cut to a bearable length and made printable', () => {
    expect(decodeRefusal(body(encodeRefusal('lease-ms differs')))).to.equal('lease-ms differs');
    expect(decodeRefusal(body(encodeRefusal('x'.repeat(100_000))))).to.have.length(4_096);
    expect(decodeRefusal(body(encodeRefusal('a\u001b[2Jb\nc')))).to.equal('a?[2Jb?c');
  });
});
