// The leader is killed, stopped, asked to end, drained: clients of the others notice nothing but a pause, nobody ever reads
// anything stale, and the highest priority leads again when it is back.
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { RegisterLoad } from './register-load.js';
import { elapse, until } from './until.js';

const enough = 300;

describe('the loss of a leader under load', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let load: RegisterLoad;

  beforeEach(async () => {
    cluster = await LocalCluster.start();
    load = RegisterLoad.start(cluster);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
    load.abandon();
    await cluster.dispose();
  });

  /** Waits for writes acknowledged by the given replicas from now on. */
  async function moreWrites(on: readonly number[]): Promise<void> {
    const before = load.progress(on);
    await until(`${enough} more writes`, () => load.progress(on) >= before + enough);
  }

  async function finish(): Promise<void> {
    await load.stop();
    for (const i of cluster.alive()) await load.readAll(i);
    expect(load.history.violations).to.deep.equal([]);
    expect(load.history.reads).to.be.greaterThan(enough);
  }

  it('by kill -9 gives clients of survivors no error, and it leads again after its return', async () => {
    await moreWrites([0, 1, 2]);
    await cluster.daemon(0).kill();
    await moreWrites([1, 2]);
    expect(await cluster.settled()).to.equal(1);
    cluster.daemon(0).start();
    await cluster.settled(0, [0, 1, 2], 45_000);
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors]).to.deep.equal([]);
    expect([...load.lost.keys()]).to.deep.equal([0]);
  });

  it('twice in a row leaves the third with what both acknowledged', async () => {
    await moreWrites([0, 1, 2]);
    await cluster.daemon(0).kill();
    await moreWrites([1, 2]);
    cluster.daemon(0).start();
    await cluster.serving(0);
    await moreWrites([0]);
    await cluster.daemon(await cluster.settled()).kill();
    const survivors = cluster.alive();
    await moreWrites(survivors);
    await finish();
    expect(survivors.flatMap((i) => (i === 0 ? [] : (load.errors.get(i) ?? [])))).to.deep.equal([]);
  });

  it('by SIGSTOP for 3 s never ends in a stale GET', async () => {
    await moreWrites([0, 1, 2]);
    cluster.daemon(0).signal('SIGSTOP');
    const stoppedAt = performance.now();
    await moreWrites([1, 2]);
    expect(await cluster.settled(undefined, [1, 2])).to.equal(1);
    // Reads that wait in the stopped leader's socket: it finds them before it finds out that it was deposed.
    const waiting = await cluster.client(0);
    expect(await cluster.ask(1, 'PUT fruit new')).to.equal('OK');
    const asked = waiting.requests(Array.from({ length: 100 }, () => 'GET fruit'));
    await elapse(Math.max(0, 3000 - (performance.now() - stoppedAt)));
    cluster.daemon(0).signal('SIGCONT');
    expect(new Set(await asked)).to.deep.equal(new Set(['new']));
    waiting.close();
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors.keys()].filter((i) => i !== 0)).to.deep.equal([]);
  });

  it('by SIGTERM exits 0 within 5 s and gives clients of the others no error', async () => {
    await moreWrites([0, 1, 2]);
    const began = performance.now();
    expect(await cluster.daemon(0).terminate()).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - began).to.be.lessThan(5000);
    await moreWrites([1, 2]);
    cluster.daemon(0).start();
    await cluster.settled(0, [0, 1, 2], 45_000);
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors.keys()].filter((i) => i !== 0)).to.deep.equal([]);
    expect([...load.lost.keys()]).to.deep.equal([0]);
  });

  it('by DRAIN and back interrupts nobody', async () => {
    await moreWrites([0, 1, 2]);
    expect(await cluster.ask(0, 'DRAIN a ON')).to.equal('OK');
    await cluster.settled(1);
    await moreWrites([0, 1, 2]);
    expect(await cluster.ask(0, 'DRAIN a OFF')).to.equal('OK');
    await cluster.settled(0, [0, 1, 2], 45_000);
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors]).to.deep.equal([]);
    expect([...load.lost]).to.deep.equal([]);
  });
});
