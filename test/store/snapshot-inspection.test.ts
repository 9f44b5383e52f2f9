// What is told of the snapshots of a data directory: which are sound, what is wrong with the others, what else lies there; and
// nothing is changed.

import { expect } from 'chai';
import { slot } from '#src/base/ids.js';
import { inspectSnapshots } from '#src/store/snapshot-inspection.js';
import { always, contentsOf, open, PLACE, smallState } from './support/made-snapshot.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { SimClock } from './support/sim-clock.js';

const DATA = '/data';
const OLDER = `${PLACE}/0000000000000007.snapshot`;
const NEWER = `${PLACE}/0000000000000009.snapshot`;

async function twoSnapshots(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const snapshots = await open(new MemoryFiles(disk));
  for (const at of [7, 9]) await snapshots.write(smallState(at).header, contentsOf(smallState(at)), always);
  return disk;
}

describe('inspecting snapshots', () => {
  it('tells of each that it is sound, with what is in it', async () => {
    const { sound, damage, others } = await inspectSnapshots(
      new MemoryFiles(await twoSnapshots()),
      new SimClock(),
      DATA,
    );
    expect(sound.map((info) => info.slot)).to.deep.equal([slot(7), slot(9)]);
    expect(sound[1]?.header).to.deep.equal(smallState(9).header);
    expect({ damage, others }).to.deep.equal({ damage: [], others: [] });
  });

  it('tells what is damaged, what has a wrong name, and what is none', async () => {
    const disk = await twoSnapshots();
    const files = new MemoryFiles(disk);
    await files.writeSmall(`${PLACE}/0000000000000011.snapshot.new`, new Uint8Array(5));
    await files.rename(NEWER, `${PLACE}/0000000000000010.snapshot`);
    disk.edit(OLDER, (bytes) => bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
    const before = [...disk.names.keys()];
    const { sound, damage, others } = await inspectSnapshots(files, new SimClock(), DATA);
    expect(sound).to.deep.equal([]);
    expect(damage).to.deep.equal([
      `${OLDER} is damaged at byte 0: the checksum of a chunk is wrong`,
      `${PLACE}/0000000000000010.snapshot holds slot 9, not the one of its name`,
    ]);
    expect(others).to.deep.equal(['0000000000000011.snapshot.new']);
    expect([...disk.names.keys()]).to.deep.equal(before);
  });

  it('finds none where there is no directory for them', async () => {
    const files = new MemoryFiles(new MemoryDisk());
    await files.makeDirectory(DATA);
    expect(await inspectSnapshots(files, new SimClock(), DATA)).to.deep.equal({ sound: [], damage: [], others: [] });
  });
});
