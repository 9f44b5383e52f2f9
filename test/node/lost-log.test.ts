// A log whose end was lost, in whole replicas over simulated ports: it promises and votes for nothing until every other
// replica has told what it knows, repairs itself then, and says meanwhile for whom it waits.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { MemoryDisk } from '../store/support/memory-files.js';
import { ReplicaHouse } from './support/replica-house.js';

async function write(house: ReplicaHouse, at: string, puts: number): Promise<void> {
  for (let put = 0; put < puts; put++) expect(await house.answer(house.put(at, `k${put}`, `v${put}`))).to.equal('OK');
}

/** As after an old copy of the disk was put back: what was written behind half of the log is gone. */
function rollBack(house: ReplicaHouse, name: string): void {
  const disk = must(house.disks.get(name), name);
  disk.edit('/data/log/00000001.wal', (bytes) => {
    const end = bytes.findLastIndex((byte) => byte !== 0);
    return bytes.map((byte, at) => (at < Math.floor(end / 2 / 4_096) * 4_096 ? byte : 0));
  });
}

/** What was written last, and the mark that says that it was durable, cannot be read. */
function spoilEnd(house: ReplicaHouse, name: string): void {
  must(house.disks.get(name), name).edit('/data/log/00000001.wal', (bytes) => {
    const end = bytes.findLastIndex((byte) => byte !== 0);
    const from = (Math.floor(end / 4_096) - 2) * 4_096;
    return bytes.map((byte, at) => (at >= from && at <= end ? byte ^ 1 : byte));
  });
}

describe('a log whose end is gone', () => {
  it('because it was rolled back, is repaired by what all the others know, and the replica votes again', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    await write(house, 'a', 100);
    house.kill('c');
    rollBack(house, 'c');
    await house.start('c');
    await house.until('c to be repaired', () => house.logs.get('c')?.of('info the log is whole again').length === 1);
    await house.until('c to catch up', () => house.replica('c').view().decided === house.replica('a').view().decided);
    house.kill('b');
    await write(house, 'a', 20);
    expect(await house.answer(house.get('c', 'k99'))).to.equal('v99');
    // What it repaired is durable: it need not ask again.
    house.kill('c');
    await house.start('c');
    await house.until('a to lead', () => house.leader() === 'a');
    expect(house.logs.get('c')?.of('warn the end of the log is gone')).to.have.length(1);
    expect(house.fatal).to.deep.equal([]);
  });

  it('waits for the one that is missing, and says so', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    await write(house, 'a', 100);
    house.kill('c');
    rollBack(house, 'c');
    house.kill('b');
    await house.start('c');
    await house.until('c to notice', () => house.replica('c').view().lost !== null);
    await house.time.run(3_000);
    expect(house.replica('c').service.status().lost).to.deep.equal({ waitsFor: ['b'] });
    expect(house.leader()).to.equal(undefined);
    // Only a remembers how far the log of c went, and c does not meet a again: it knows by itself.
    house.kill('c');
    house.kill('a');
    await house.start('c');
    expect(house.replica('c').view().lost).to.not.equal(null);
    await house.start('a');
    await house.start('b');
    await house.until('a to lead', () => house.leader() === 'a');
    await house.until('c to be repaired', () => house.replica('c').view().lost === null);
    expect(await house.answer(house.get('c', 'k99'))).to.equal('v99');
  });

  it('is told to a person where two are lost, of which neither can tell the other', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    await write(house, 'a', 100);
    await house.time.run(100);
    for (const name of house.names) house.kill(name);
    for (const name of ['b', 'c']) spoilEnd(house, name);
    await Promise.all(house.names.map((name) => house.start(name)));
    await house.time.run(5_000);
    const event = 'error the end of the log is gone here and at another: neither can tell the other';
    expect(house.logs.get('b')?.of(event)).to.deep.equal([`${event} {"peer":"c"}`]);
    expect(house.logs.get('c')?.of(event)).to.deep.equal([`${event} {"peer":"b"}`]);
    expect(house.replica('b').service.status().lost).to.deep.equal({ waitsFor: ['c'] });
    expect(house.leader()).to.equal(undefined);
  });

  it('of a learner is repaired at once, and it catches up although one of the others is away', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    await write(house, 'a', 10);
    house.kill('c');
    house.disks.set('c', new MemoryDisk());
    await house.start('c');
    await house.until('c to be a learner', () => house.replica('c').view().role === 'learner');
    await write(house, 'a', 100);
    await house.time.run(100);
    house.kill('c');
    spoilEnd(house, 'c');
    house.kill('b');
    await house.start('c');
    const { decided } = house.replica('a').view();
    await house.until('c to catch up', () => house.replica('c').view().decided === decided);
    expect(house.replica('c').view().lost).to.equal(null);
    expect(house.logs.get('c')?.of('warn the end of the log is gone')).to.have.length(1);
    expect(house.fatal).to.deep.equal([]);
  });
});
