// A log whose end was lost, in whole replicas over simulated ports: it promises and votes for nothing until every other replica has
// told what it knows, repairs itself then, and says meanwhile for whom it waits.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
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

describe('a log that was rolled back', () => {
  it('is repaired by what all the others know, and the replica votes again', async () => {
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
    await house.start('b');
    await house.until('a to lead', () => house.leader() === 'a');
    await house.until('c to be repaired', () => house.replica('c').view().lost === null);
    expect(await house.answer(house.get('c', 'k99'))).to.equal('v99');
  });
});
