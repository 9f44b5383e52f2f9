// A snapshot on its way from peers to a replica that needs one: part by part, over links and lives that end in between, from peers
// that have another one, none, or a damaged one. Disks and links are not real.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { type ReplicaName, replicaName, type Slot, slot } from '#src/base/ids.js';
import { SnapshotPull } from '#src/node/snapshots/snapshot-pull.js';
import { SnapshotServer } from '#src/node/snapshots/snapshot-server.js';
import type { SnapshotFetch, SnapshotPart } from '#src/paxos/message.js';
import { SNAPSHOT_PART_BYTES as PART_BYTES } from '#src/paxos/timing.js';
import { LogBook } from '../support/log-book.js';
import { VirtualTime } from '../support/virtual-time.js';
import { FakeShelf, fakeInfo, refuseForeign } from './fake-snapshots.js';

const B = replicaName('b');
const C = replicaName('c');
const SIZE = 4 * PART_BYTES + 100;
const DELAY_MS = 1;

/** One that pulls, and peers that serve; what is sent arrives after a moment unless the link is down. */
class Ring {
  readonly time = new VirtualTime();
  readonly logger = new LogBook();
  readonly own = new FakeShelf(this.time);
  readonly shelves = new Map([B, C].map((name) => [name, new FakeShelf(this.time)]));
  /** `ask b 9@0`, `part b 9@0+262144`, `install 9`, in order. */
  readonly happened: string[] = [];
  readonly down = new Set<ReplicaName>();
  readonly distrusted = new Set<ReplicaName>();
  readonly lacking: ReplicaName[] = [];
  applied = 0;
  install: (at: Slot) => Promise<void> = () => Promise.resolve();
  readonly #servers = new Map<ReplicaName, SnapshotServer>();
  pull: SnapshotPull;

  constructor() {
    for (const name of this.shelves.keys()) this.serve(name);
    this.pull = this.life();
  }

  /** A new life of a peer: what it had open is forgotten. */
  serve(name: ReplicaName): void {
    this.#servers.set(
      name,
      new SnapshotServer({
        clock: this.time,
        logger: this.logger,
        snapshots: this.shelf(name),
        send: (_to, part) => this.#answer(name, part),
        lacking: () => void this.lacking.push(name),
        isDistrusted: () => this.distrusted.has(name),
        fatal: (error) => this.#fatal(error),
      }),
    );
  }

  shelf(name: ReplicaName): FakeShelf {
    const found = this.shelves.get(name);
    if (found === undefined) throw new Error(`no shelf for ${name}`);
    return found;
  }

  /** As after a restart: what is on the disk is there, what was in memory is not. */
  life(): SnapshotPull {
    return new SnapshotPull({
      clock: this.time,
      logger: this.logger,
      snapshots: this.own,
      send: (to, wanted) => this.#ask(to, wanted),
      wants: (at) => at > this.applied,
      install: async (file) => {
        const { slot: at } = await file.finish(refuseForeign, null);
        this.happened.push(`install ${at}`);
        await this.install(at);
        this.applied = at;
      },
      fatal: (error) => this.#fatal(error),
    });
  }

  /** The core asks for it again and again, of the peers in turn. */
  async until(done: () => boolean, ...peers: readonly ReplicaName[]): Promise<void> {
    for (let round = 0; round < 100; round++) {
      const peer = peers[round % peers.length];
      if (peer !== undefined) this.pull.want(peer);
      if (await this.time.run(500, done)) return;
    }
    throw new Error(`in vain:\n${this.happened.join('\n')}\n${this.logger.lines.join('\n')}`);
  }

  #ask(to: ReplicaName, wanted: SnapshotFetch): void {
    this.happened.push(`ask ${to} ${wanted.slot}@${wanted.offset}`);
    this.#carry(to, () => this.#servers.get(to)?.fetch(replicaName('a'), wanted));
  }

  #answer(from: ReplicaName, part: SnapshotPart): void {
    this.#carry(from, () => {
      this.happened.push(`part ${from} ${part.slot}@${part.offset}+${part.bytes.length}`);
      this.pull.part(from, part);
    });
  }

  #carry(peer: ReplicaName, arrive: () => void): void {
    this.time.at(this.time.mono() + DELAY_MS, () => {
      if (!this.down.has(peer)) arrive();
    });
  }

  #fatal(error: unknown): void {
    throw error;
  }
}

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
    expect(ring.happened.slice(5).filter((line) => line.includes(' c '))).to.deep.equal([
      'ask c 9@524288',
      'part c 9@0+0',
      'ask c 0@0',
      'part c 12@0+262144',
    ]);
    expect(ring.own.incomplete).to.deep.equal([]);
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

describe('a snapshot that is of no use', () => {
  it('is not taken from a peer whose newest is not above what is applied here', async () => {
    const ring = new Ring();
    ring.applied = 9;
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(10, SIZE));
    await ring.until(() => ring.applied === 10, B, C);
    expect(ring.happened.filter((line) => line.startsWith('ask b'))).to.deep.equal(['ask b 0@0']);
  });

  it('is not waited for from a peer that has none', async () => {
    const ring = new Ring();
    ring.shelf(C).put(fakeInfo(10, 100));
    await ring.until(() => ring.applied === 10, B, C);
    expect(ring.happened.slice(0, 3)).to.deep.equal(['ask b 0@0', 'part b 0@0+0', 'ask c 0@0']);
    expect(ring.lacking).to.deep.equal([B]);
  });

  it('is thrown away when it turns out to be damaged, and taken from another', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE), 'damaged');
    ring.shelf(C).put(fakeInfo(9, SIZE));
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error cannot take a snapshot over')).to.have.length(1);
    expect(ring.happened.filter((line) => line === 'install 9')).to.have.length(1);
    expect(ring.happened).to.include('ask c 0@0');
  });

  it('gets no name where it is not one for this replica, and is taken from another', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, 100, 'e'));
    ring.shelf(C).put(fakeInfo(9, 100, 'f'));
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.own.all).to.have.length(1);
    expect(ring.own.kept(9)).to.deep.equal(ring.shelf(C).kept(9));
    expect(ring.logger.of('error')).to.deep.equal([
      'error cannot take a snapshot over {"from":"b","code":"foreign-snapshot","reason":"it belongs to another cluster \'e\'"}',
    ]);
  });

  it('is fetched again where it was put aside as soon as it was here', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, 100));
    let races = 1;
    ring.install = () =>
      races-- > 0 ? Promise.reject(new CodedError('snapshot-gone', 'it was put aside')) : Promise.resolve();
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.happened.filter((line) => line === 'install 9')).to.have.length(2);
  });

  it('leaves the replica running where what was begun cannot be removed', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.shelf(C).put(fakeInfo(12, PART_BYTES));
    ring.own.stuck = true;
    await ring.until(() => ring.happened.includes('ask b 9@524288'), B);
    ring.pull.linkDown(B);
    await ring.until(() => ring.applied === 12, C);
    expect(ring.logger.of('error cannot take a snapshot over')).to.have.length(1);
  });

  it('is left where installing it is refused', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, 100));
    let refusals = 1;
    ring.install = () =>
      refusals-- > 0 ? Promise.reject(new CodedError('foreign-snapshot', 'of another cluster')) : Promise.resolve();
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error')).to.deep.equal([
      'error cannot take a snapshot over {"from":"b","code":"foreign-snapshot","reason":"of another cluster"}',
    ]);
  });

  it('is tried again soon where there is no room for it: that is no fault of the peer', async () => {
    const ring = new Ring();
    ring.shelf(B).put(fakeInfo(9, SIZE));
    ring.own.full = true;
    ring.time.at(17_000, () => {
      ring.own.full = false;
    });
    await ring.until(() => ring.applied === 9, B);
    expect(ring.time.mono()).to.be.lessThan(19_000);
    expect(ring.logger.of('error')).to.have.length(1);
  });

  it('is told to the operator of the peer that cannot read it, and asked of another', async () => {
    const ring = new Ring();
    for (const name of [B, C]) ring.shelf(name).put(fakeInfo(9, SIZE));
    ring.shelf(B).broken = true;
    await ring.until(() => ring.applied === 9, B, C);
    expect(ring.logger.of('error cannot read a snapshot for a peer')).to.have.length(1);
  });

  it('does nothing when it comes unasked', () => {
    const ring = new Ring();
    const part: SnapshotPart = {
      type: 'snapshot-part',
      slot: slot(9),
      size: 100,
      digest: 'd',
      offset: 0,
      bytes: new Uint8Array(100),
    };
    expect(ring.pull.part(B, part)).to.equal('it was not asked for');
  });
});
