// A snapshot on its way from peers to a replica that needs one: part by part, over links and lives that end in between.

import { expect } from 'chai';
import { SNAPSHOT_PART_BYTES as PART_BYTES } from '#src/paxos/timing.js';
import { fakeInfo } from './fake-snapshots.js';
import { B, C, Ring, SIZE } from './ring.js';

describe('a snapshot from a peer', () => {
  it('is not taken to its end from one whose state turns out to be wrong meanwhile', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(8, SIZE));
    ring.pull.want(B);
    expect(await ring.time.run(500, () => ring.happened.includes('part b 9@0+262144'))).to.equal(true);
    ring.distrusted.add(B);
    await ring.until(() => ring.applied > 0, B, C);
    expect(ring.happened.filter((line) => line.startsWith('install'))).to.deep.equal(['install 8']);
  });

  it('comes part by part, one outstanding, the next asked for while one is written, and is installed when it is whole', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.applied === 9, B);
    expect(ring.happened).to.deep.equal([
      'ask b 0@0',
      'part b 9@0+262144',
      'ask b 9@262144',
      'part b 9@262144+262144',
      'ask b 9@524288',
      'part b 9@524288+262144',
      'ask b 9@786432',
      'part b 9@786432+262144',
      'ask b 9@1048576',
      'part b 9@1048576+100',
      'install 9',
    ]);
    expect(ring.own.kept(9)).to.deep.equal(ring.shelf(B).kept(9));
    expect(ring.pull.progress).to.equal(null);
  });

  it('tells how far it has come', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    expect(ring.pull.progress).to.deep.equal({ from: 'b', slot: 9, have: 524_288, size: SIZE });
  });

  it('leaves the disk to others for as long as it used it, and four milliseconds at least', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.own.appendMs = 10;
    await ring.until(() => ring.applied === 9, B);
    // Five parts with 10 ms of disk each, and a rest between two, in which the next is on its way.
    expect(ring.time.mono()).to.be.within(2 + 5 * 10 + 4 * 10, 2 + 5 * 10 + 4 * 10 + 7);
  });

  it('goes on at another peer where the link to the first went down', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.down.add(B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.applied === 9, C);
    expect(ring.happened.slice(5)).to.deep.equal([
      'ask c 9@524288',
      'part c 9@524288+262144',
      'ask c 9@786432',
      'part c 9@786432+262144',
      'ask c 9@1048576',
      'part c 9@1048576+100',
      'install 9',
    ]);
  });

  it('goes on at another peer where the first falls silent', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@262144'), B);
    ring.down.add(B);
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.happened.filter((line) => line.startsWith('ask c'))[0]).to.equal('ask c 9@262144');
  });

  it('begins anew with what another peer has, where that has not got the one begun', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(12, PART_BYTES));
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.applied === 12, C);
    const refused = ring.happened.lastIndexOf('ask c 9@524288');
    expect(ring.happened.slice(refused).filter((line) => line.includes(' c '))).to.deep.equal([
      'ask c 9@524288',
      'part c 9@0+0',
      'ask c 0@0',
      'part c 12@0+262144',
    ]);
    expect(ring.time.mono()).to.be.lessThan(3_000);
    expect(ring.own.incomplete).to.deep.equal([]);
  });

  it('is not begun anew at another peer while the first may be back soon', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(12, PART_BYTES));
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.happened.includes('part c 9@0+0'), C);
    await ring.until(() => ring.applied > 0, B, C);
    expect(ring.applied).to.equal(9);
    expect(ring.happened).to.not.include('ask c 0@0');
  });

  it('is asked for from the newest on when the log has come further than what is begun', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    ring.applied = 10;
    ring.shelf(B).put(fakeInfo(12, 100));
    await ring.until(() => ring.applied === 12, B);
    expect(ring.happened.filter((line) => line.startsWith('ask b')).at(-1)).to.equal('ask b 0@0');
  });

  it('begins anew where another peer has other bytes for that slot', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(9, SIZE, 'f'));
    await ring.until(() => ring.happened.includes('ask b 9@262144'), B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.applied === 9, C);
    expect(ring.own.kept(9)).to.deep.equal(ring.shelf(C).kept(9));
  });

  it('goes on after a restart with what had arrived', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@786432'), B);
    const stopped = ring.pull.stop();
    ring.down.add(B);
    await ring.time.run(5);
    await stopped;
    ring.down.delete(B);
    ring.pull = ring.life();
    ring.happened.length = 0;
    await ring.until(() => ring.applied === 9, B);
    expect(ring.happened.filter((line) => line.startsWith('ask'))).to.deep.equal([
      'ask b 0@0',
      'ask b 9@786432',
      'ask b 9@1048576',
    ]);
  });

  const lastPart = Math.ceil(SIZE / PART_BYTES) - 1;
  for (const { name, end } of [
    { name: 'the link breaks', end: async (ring: Ring) => ring.pull.linkDown(B) },
    {
      name: 'the peer is started again',
      end: async (ring: Ring) => {
        ring.pull.linkDown(B);
        ring.serve(B);
      },
    },
    {
      name: 'this replica is started again',
      end: async (ring: Ring) => {
        const stopping = ring.pull.stop();
        await ring.time.run(5);
        await stopping;
        ring.pull = ring.life();
      },
    },
  ]) {
    it(`goes on with the part that is missing, whichever that is when ${name}`, async () => {
      for (let part = 0; part <= lastPart; part++) {
        const ring = new Ring();
        ring.shelf(B).put(fakeInfo(9, SIZE));
        const bytes = part < lastPart ? PART_BYTES : SIZE - lastPart * PART_BYTES;
        const arrived = `part b 9@${part * PART_BYTES}+${bytes}`;
        await ring.until(() => ring.happened.includes(arrived), B);
        if (ring.applied === 0) await end(ring);
        await ring.until(() => ring.applied === 9, B);
        expect(ring.own.kept(9), arrived).to.deep.equal(ring.shelf(B).kept(9));
        const taken = new Set(ring.happened.filter((line) => line.startsWith('part ')));
        expect(taken.size, arrived).to.equal(lastPart + 1);
        expect(ring.logger.of('error'), arrived).to.deep.equal([]);
      }
    });
  }

  it('stays readable for who began with it when newer ones have replaced it', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.happened.includes('ask b 9@262144'), B);
    ring.shelf(B).all.length = 0;
    ring.shelf(B).put(fakeInfo(20, SIZE));
    await ring.until(() => ring.applied === 9, B);
    expect(ring.happened).to.not.include('ask b 0@262144');
  });

  it('is closed by the peer when nobody has asked for half a minute', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.applied === 9, B);
    expect(ring.shelf(B).opened).to.equal(1);
    await ring.time.run(31_000);
    expect(ring.shelf(B).opened).to.equal(0);
  });
});
