// A snapshotter that is asked: for a snapshot now, while its state turns out to be wrong, and at a stop.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';

import { Bench, CHUNK_MS, CHUNKS } from './snapshotter-bench.js';

describe('a snapshotter that is asked for a snapshot now', () => {
  it('writes one of what is applied then, after the one under way', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.decide(5);
    const asked = bench.snapshotter.now();
    await bench.time.run(2_000);
    expect((await asked).slot).to.equal(105);
    expect(bench.happened.filter((line) => line.startsWith('wr'))).to.deep.equal([
      'write 100',
      'wrote 100',
      'write 105',
      'wrote 105',
    ]);
  });

  it('is not kept from the next ones any more by a failure that one asked for has got over', async () => {
    const bench = new Bench();
    bench.failure = new CodedError('io', 'an error');
    await bench.decide(100);
    bench.failure = null;
    const asked = bench.snapshotter.now();
    await bench.time.run(1_000);
    expect((await asked).slot).to.equal(100);
    for (let looks = 0; looks < 10; looks++) await bench.decide(10);
    await bench.time.run(1_000);
    expect(bench.happened.at(-1)).to.match(/^trim /);
    expect(bench.happened).to.include('wrote 200');
  });

  it('writes one for all who ask at once', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.decide(5);
    const asked = Promise.all([bench.snapshotter.now(), bench.snapshotter.now(), bench.snapshotter.now()]);
    await bench.time.run(2_000);
    expect((await asked).map((ref) => Number(ref.slot))).to.deep.equal([105, 105, 105]);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100', 'write 105']);
  });

  it('gives the newest where nothing has changed since', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    expect((await bench.snapshotter.now()).slot).to.equal(100);
  });

  it('writes another where the newest is not what it was any more', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    const [bad] = bench.all;
    bench.isSound = async (ref) => ref !== bad;
    const asked = Promise.all([bench.snapshotter.now(), bench.snapshotter.now()]);
    await bench.time.run(2_000);
    const [first, second] = await asked;
    expect(first).to.not.equal(bad);
    expect(second).to.equal(first);
    expect(bench.happened.filter((line) => line.startsWith('wrote'))).to.deep.equal(['wrote 100', 'wrote 100']);
  });

  it('gives none where the state turns out to be wrong while the newest is looked at', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.isSound = () => {
      bench.snapshotter.suspend();
      return Promise.resolve(true);
    };
    expect(await bench.snapshotter.now().catch((error: unknown) => String(error))).to.contain('not to be trusted');
  });

  it('passes on why it cannot', async () => {
    const bench = new Bench();
    await bench.decide(1);
    bench.failure = new CodedError('no-space', 'no space');
    expect(await bench.snapshotter.now().catch((error: unknown) => error)).to.equal(bench.failure);
    bench.snapshotter.suspend();
    expect(await bench.snapshotter.now().catch((error: unknown) => String(error))).to.contain('not to be trusted');
  });
});

describe('a snapshotter whose state is found to be wrong while a snapshot is asked for', () => {
  for (const [when, afterMs] of [
    ['is written', CHUNK_MS],
    ['is read back', 150],
    ['gets its name', 250],
  ] as const) {
    it(`hands none out where it ${when}`, async () => {
      const bench = new Bench();
      bench.backMs = 100;
      bench.nameMs = 100;
      await bench.decide(50);
      const asked = bench.snapshotter.now().catch((error: unknown) => String(error));
      await bench.time.run(afterMs);
      bench.exchange();
      await bench.time.run(1_000);
      expect(await asked).to.contain('not to be trusted');
    });
  }
});

describe('a snapshotter at a stop', () => {
  it('writes what has changed, and does not wait for others', async () => {
    const bench = new Bench();
    await bench.decide(3);
    const began = bench.time.mono();
    let endedAt = 0;
    const finished = bench.snapshotter.finish(500).then(() => {
      endedAt = bench.time.mono();
    });
    await bench.time.run(1_000);
    await finished;
    expect(endedAt - began).to.equal(CHUNKS * CHUNK_MS);
    expect(bench.all.map(({ slot: at }) => at)).to.deep.equal([3]);
    await bench.decide(200);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.have.length(1);
  });

  it('writes nothing where nothing has changed', async () => {
    const bench = new Bench();
    await bench.snapshotter.finish(500);
    expect(bench.happened).to.deep.equal([]);
  });

  it('gives up in time', async () => {
    const bench = new Bench();
    await bench.decide(3);
    let endedAt = 0;
    const finished = bench.snapshotter.finish(25).then(() => {
      endedAt = bench.time.mono();
    });
    await bench.time.run(1_000);
    await finished;
    expect(endedAt).to.equal(30);
    expect(bench.happened).to.deep.equal(['write 3', 'gave up 3']);
  });
});
