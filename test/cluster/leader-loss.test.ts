// The leader is killed, stopped, asked to end, drained: clients of the others notice nothing but a pause, nobody ever reads
// anything stale, and the highest priority leads again when it is back.
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { RegisterLoad } from './register-load.js';
import { elapse, until } from './until.js';

const enough = 300;

describe('the loss of a leader under load', function () {
  this.timeout(400_000);
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

  /** Replicas other than `i`. */
  const others = (i: number): readonly number[] => [0, 1, 2].filter((other) => other !== i);

  it('by kill -9 gives clients of survivors no error, and the highest leads again when all are back', async () => {
    await moreWrites([0, 1, 2]);
    const leader = await cluster.settled();
    await cluster.daemon(leader).kill();
    await moreWrites(others(leader));
    cluster.daemon(leader).start();
    await cluster.settled(0, [0, 1, 2], 90_000);
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors]).to.deep.equal([]);
    expect([...load.lost.keys()]).to.deep.equal([leader]);
  });

  it('twice in a row leaves the third with what both acknowledged', async () => {
    await moreWrites([0, 1, 2]);
    const first = await cluster.settled();
    await cluster.daemon(first).kill();
    await moreWrites(others(first));
    cluster.daemon(first).start();
    await cluster.serving(first);
    await moreWrites([first]);
    const second = await cluster.settled();
    await cluster.daemon(second).kill();
    await moreWrites(others(second));
    await finish();
    expect([...load.errors.keys()].filter((i) => i !== first && i !== second)).to.deep.equal([]);
  });

  it('by SIGSTOP for 3 s never ends in a stale GET', async () => {
    await moreWrites([0, 1, 2]);
    const leader = await cluster.settled();
    const [other = 0] = others(leader);
    cluster.daemon(leader).signal('SIGSTOP');
    const stoppedAt = performance.now();
    await moreWrites(others(leader));
    expect(await cluster.settled(undefined, others(leader))).not.to.equal(leader);
    // Reads that wait in the stopped leader's socket: it finds them before it finds out that it was deposed.
    const waiting = await cluster.client(leader);
    expect(await cluster.ask(other, 'PUT fruit new')).to.equal('OK');
    const asked = waiting.requests(Array.from({ length: 100 }, () => 'GET fruit'));
    await elapse(Math.max(0, 3000 - (performance.now() - stoppedAt)));
    cluster.daemon(leader).signal('SIGCONT');
    expect(new Set(await asked)).to.deep.equal(new Set(['new']));
    waiting.close();
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors.keys()].filter((i) => i !== leader)).to.deep.equal([]);
  });

  it('by SIGTERM exits 0 within 5 s and gives clients of the others no error', async () => {
    await moreWrites([0, 1, 2]);
    const leader = await cluster.settled();
    const began = performance.now();
    expect(await cluster.daemon(leader).terminate()).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - began).to.be.lessThan(5000);
    await moreWrites(others(leader));
    cluster.daemon(leader).start();
    await cluster.serving(leader);
    await moreWrites([leader]);
    await finish();
    expect([...load.errors.keys()].filter((i) => i !== leader)).to.deep.equal([]);
    expect([...load.lost.keys()]).to.deep.equal([leader]);
  });

  it('by DRAIN and back interrupts nobody', async () => {
    await moreWrites([0, 1, 2]);
    const leader = await cluster.settled();
    const { name } = cluster.place(leader);
    expect(await cluster.ask(leader, `DRAIN ${name} ON`)).to.equal('OK');
    const next = await until('another leader', async () => {
      const found = await cluster.settled();
      return found !== leader && [found];
    });
    expect(next).to.not.include(leader);
    await moreWrites([0, 1, 2]);
    expect(await cluster.ask(leader, `DRAIN ${name} OFF`)).to.equal('OK');
    await cluster.settled(0, [0, 1, 2], 90_000);
    await moreWrites([0, 1, 2]);
    await finish();
    expect([...load.errors]).to.deep.equal([]);
    expect([...load.lost]).to.deep.equal([]);
  });
});
