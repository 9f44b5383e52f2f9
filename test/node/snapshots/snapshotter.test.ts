// When a replica writes its state down, what then becomes of its log, and what it does when it cannot.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { slot } from '#src/base/ids.js';

import { Bench, CHUNK_MS, CHUNKS } from './snapshotter-bench.js';

describe('a snapshotter', () => {
  it('writes when the log has grown by so much, and trims what the snapshot has and peers need no more', async () => {
    const bench = new Bench();
    await bench.decide(99);
    expect(bench.happened).to.deep.equal([]);
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100', 'trim 81']);
    await bench.decide(99);
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened.slice(3)).to.deep.equal(['write 200', 'wrote 200', 'trim 181']);
  });

  it('writes less often when snapshots are larger than that', async () => {
    const bench = new Bench();
    bench.snapshotBytes = 3_000;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(299);
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100']);
    await bench.decide(1);
    expect(bench.happened.at(-1)).to.equal('write 400');
  });

  it('takes a quarter of the time', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const began = bench.time.mono();
    await bench.time.run(1_000, () => bench.all.length > 0);
    expect(bench.time.mono() - began).to.equal(CHUNKS * 4 * CHUNK_MS);
  });

  it('takes all of it while the log runs away', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const began = bench.time.mono();
    await bench.decide(199);
    await bench.time.run(CHUNK_MS);
    await bench.decide(1);
    await bench.time.run(1_000, () => bench.all.length > 0);
    expect(bench.time.mono() - began).to.equal(CHUNKS * CHUNK_MS);
  });

  it('writes one that a peer needs, where there is none', async () => {
    const bench = new Bench();
    bench.snapshotter.wanted(slot(0));
    await bench.decide(3);
    bench.snapshotter.wanted(slot(0));
    bench.snapshotter.wanted(slot(0));
    await bench.time.run(1_000);
    bench.snapshotter.wanted(slot(0));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('wr'))).to.deep.equal(['write 3', 'wrote 3']);
  });

  it('writes one that a peer needs, where there is none above what the peer has', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(10);
    bench.snapshotter.wanted(slot(99));
    bench.snapshotter.wanted(slot(110));
    bench.snapshotter.wanted(slot(500));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100']);
    bench.snapshotter.wanted(slot(100));
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('write'))).to.deep.equal(['write 100', 'write 110']);
  });

  it('writes another in place of one that is of no use any more, though it be of the same slot', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    const [ref] = bench.all;
    bench.snapshotter.replace(ref ?? expect.fail());
    await bench.time.run(1_000);
    expect(bench.happened.filter((line) => line.startsWith('wrote'))).to.deep.equal(['wrote 100', 'wrote 100']);
    await bench.decide(10);
    const asked = bench.snapshotter.now();
    await bench.time.run(10_000);
    await asked;
    bench.snapshotter.replace(ref ?? expect.fail());
    await bench.time.run(1_000);
    expect(bench.happened.at(-1)).to.equal('wrote 110');
  });

  it('writes for others once in five seconds, whatever they ask for', async () => {
    const bench = new Bench();
    const began = bench.time.mono();
    while (bench.time.mono() < began + 20_000) {
      await bench.decide(1);
      bench.snapshotter.wanted(slot(Number(bench.machine.applied) - 1));
      for (const ref of bench.all) bench.snapshotter.replace(ref);
      await bench.time.run(300);
    }
    expect(bench.happened.filter((line) => line.startsWith('write')).length).to.be.within(3, 5);
  });

  it('trims only once it is durable that the slots of the snapshot are decided', async () => {
    const bench = new Bench();
    bench.unmarked = 30;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(29);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100']);
    await bench.decide(1);
    expect(bench.happened.at(-1)).to.equal('trim 81');
  });

  it('trims after a restart what an earlier life did not come to, and counts from the snapshot that is there', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.happened.length = 0;
    const next = bench.life();
    await bench.decide(50, next);
    expect(bench.happened).to.deep.equal(['trim 81']);
    await bench.decide(50, next);
    expect(bench.happened.at(-1)).to.equal('write 200');
  });

  it('tells once that it cannot, keeps the log, and tries again a minute later', async () => {
    const bench = new Bench();
    bench.failure = new CodedError('no-space', 'no space');
    for (let minute = 0; minute < 3; minute++) {
      for (let looks = 0; looks < 10; looks++) await bench.decide(10);
      await bench.time.run(60_000);
    }
    expect(bench.happened).to.deep.equal(['write 100', 'write 110', 'write 210']);
    expect(bench.logger.of('error')).to.have.length(1);
    bench.failure = null;
    await bench.decide(1);
    await bench.time.run(1_000);
    expect(bench.happened.slice(3)).to.deep.equal(['write 301', 'wrote 301', 'trim 282']);
    expect(bench.fatal).to.deep.equal([]);
  });

  it('stops the replica for what is no failure of the disk', async () => {
    const bench = new Bench();
    bench.failure = new TypeError('a fault');
    await bench.decide(100);
    expect(bench.fatal).to.deep.equal([bench.failure]);
  });

  it('gives up, and neither writes nor trims, while the state is not to be trusted', async () => {
    const bench = new Bench();
    bench.unmarked = 300;
    await bench.decide(100);
    await bench.time.run(1_000);
    await bench.decide(100);
    bench.snapshotter.suspend();
    await bench.time.run(100);
    expect(bench.happened).to.deep.equal(['write 100', 'wrote 100', 'write 200', 'gave up 200']);
    bench.unmarked = 0;
    await bench.decide(100);
    expect(bench.happened).to.have.length(4);
    bench.snapshotter.resume();
    await bench.decide(1);
    expect(bench.happened.slice(4)).to.deep.equal(['trim 81', 'write 301']);
  });

  it('has no snapshot of a state that was found to be wrong while it was read back', async () => {
    const bench = new Bench();
    bench.backMs = 5_000;
    await bench.decide(100);
    await bench.time.run(1_000);
    bench.exchange();
    await bench.decide(100);
    await bench.time.run(20_000);
    expect(bench.happened).to.deep.equal(['write 100', 'left 100', 'write 200', 'wrote 200', 'trim 181']);
  });

  it('goes on with none of a state that was found to be wrong while it was written', async () => {
    const bench = new Bench();
    await bench.decide(100);
    await bench.time.run(CHUNK_MS);
    bench.exchange();
    await bench.time.run(1_000);
    expect(bench.happened.slice(0, 3)).to.deep.equal(['write 100', 'gave up 100', 'write 100']);
  });

  it('begins nothing more once it stops, whatever becomes of the state', async () => {
    const bench = new Bench();
    await bench.decide(100);
    const stopped = bench.snapshotter.stop();
    bench.exchange();
    await bench.time.run(1_000);
    await stopped;
    await bench.decide(100);
    expect(bench.happened).to.deep.equal(['write 100', 'gave up 100']);
  });
});
