// Keys that go by themselves in whole replicas over simulated ports: while nobody writes, over a change of the leader, a
// restart and a snapshot, at one revision everywhere; and how long they have left, as each replica tells it.

import { expect } from 'chai';
import { ReplicaHouse } from './support/replica-house.js';

const NAMES = ['a', 'b', 'c'];

const keysOf = (house: ReplicaHouse): number[] => NAMES.map((name) => house.replica(name).service.machine.keys);

const revisionsOf = (house: ReplicaHouse): Set<number> =>
  new Set(NAMES.map((name) => house.replica(name).service.machine.revision));

/** What the key has left at each replica, in milliseconds. */
const leftOf = (house: ReplicaHouse, key: string): number[] =>
  NAMES.map((name) => {
    const { machine, time } = house.replica(name).service;
    return (machine.get(key)?.deadline ?? 0) - time;
  });

async function set(house: ReplicaHouse, at: string, key: string, ms: number): Promise<void> {
  expect(await house.answer(house.write(at, 'SET', key, 'v', 'PX', `${ms}`))).to.equal('OK');
}

describe('keys that go by themselves', () => {
  it('go while nobody writes, within a heartbeat or two, at one revision everywhere, and leave no trace in the log before', async () => {
    const house = await ReplicaHouse.led(...NAMES);
    await set(house, 'b', 'k', 1_000);
    const applied = house.replica('a').service.machine.applied;
    await house.time.run(900);
    expect(keysOf(house)).to.deep.equal([1, 1, 1]);
    expect(house.replica('a').service.machine.applied).to.equal(applied);
    await house.until('the key to go', () => keysOf(house).every((keys) => keys === 0), 300);
    expect([...revisionsOf(house)]).to.deep.equal([2]);
    const after = house.replica('a').service.machine.applied;
    await house.time.run(5_000);
    expect(house.replica('a').service.machine.applied).to.equal(after);
  });

  it('go in time under another leader, and at one that was away', async () => {
    const house = await ReplicaHouse.led(...NAMES);
    await set(house, 'b', 'soon', 2_000);
    await set(house, 'b', 'late', 60_000);
    house.kill('a');
    await house.until('the key to go', () => house.replica('b').service.machine.keys === 1, 3_000);
    await house.start('a');
    await house.until('all to be the same', () => revisionsOf(house).size === 1);
    expect(keysOf(house)).to.deep.equal([1, 1, 1]);
    for (const left of leftOf(house, 'late')) expect(left).to.be.within(1, 58_100);
  });

  it('go in time out of a snapshot', async () => {
    const house = await ReplicaHouse.led(...NAMES);
    await set(house, 'a', 'soon', 3_000);
    await set(house, 'a', 'late', 60_000);
    const backups = NAMES.map((name) => house.answer(house.replica(name).service.backup()));
    for (const backup of backups) await house.answer((await backup).close());
    for (const name of NAMES) house.kill(name);
    await Promise.all(NAMES.map((name) => house.start(name)));
    expect(NAMES.map((name) => house.replica(name).service.status().snapshotSlot)).to.not.include(null);
    await house.until('the key to go', () => keysOf(house).every((keys) => keys === 1), 5_000);
    expect(revisionsOf(house).size).to.equal(1);
  });

  it('have left what the leader says, at every replica, also when nothing was written for long', async () => {
    const house = await ReplicaHouse.led(...NAMES);
    await set(house, 'c', 'k', 100_000);
    await house.time.run(50_000);
    const left = leftOf(house, 'k');
    expect(Math.max(...left) - Math.min(...left)).to.be.below(50);
    for (const ms of left) expect(ms).to.be.within(49_900, 50_100);
  });
});
