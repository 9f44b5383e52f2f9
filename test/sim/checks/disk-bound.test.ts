// The bound of a replica's disk: what its settings promise is enough, and what nobody trims or removes is too much.

import { expect } from 'chai';
import { Pages } from '../world/pages.js';
import { Random } from '../world/random.js';
import { SimDisk } from '../world/sim-disk.js';
import { excess } from './disk-bound.js';

const SEGMENT = 65_536;
const SNAPSHOTS = { logBytes: 20_000, keepSlots: 100, keepLogBytes: 200_000 };

function diskWith(segments: number, snapshots: number, snapshotBytes = 1_000): SimDisk {
  const disk = new SimDisk(new Random(1, 'disk'));
  const add = (path: string, bytes: number): void => {
    const pages = new Pages();
    pages.truncate(bytes);
    disk.names.set(path, pages);
  };
  for (let n = 1; n <= segments; n++) add(`/data/log/0000000${n}.wal`, SEGMENT);
  for (let n = 1; n <= snapshots; n++) add(`/data/snapshots/000000000000000${n}.snapshot`, snapshotBytes);
  return disk;
}

describe('the bound of a disk', () => {
  // 200,000 and 4 × 20,000 bytes, and five segments: nine.
  for (const [what, disk, wrong] of [
    ['nothing', diskWith(0, 0), null],
    ['a log that is trimmed', diskWith(9, 2), null],
    ['a segment too many', diskWith(10, 2), '655360 bytes of log where 607680 are enough'],
    ['as long a log behind large snapshots', diskWith(10, 2, 40_000), null],
    ['snapshots, and what was put aside', diskWith(1, 8), null],
    ['snapshots that nobody removes', diskWith(1, 9), '9 files of snapshots'],
  ] as const) {
    it(`${wrong === null ? 'bears' : 'refuses'} ${what}`, () => {
      expect(excess(disk, { snapshots: SNAPSHOTS })).to.equal(wrong);
    });
  }

  it('is that of the default settings where there are no others', () => {
    expect(excess(diskWith(40, 2), {})).to.equal(null);
  });
});
