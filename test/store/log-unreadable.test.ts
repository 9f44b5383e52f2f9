// Blocks of the log that the disk cannot read, with an error of its own: they cost what other bytes in the same place
// would, and no start is refused for them. But nothing that cannot be read is ever taken for a write that did not finish.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { accepted, ballot, DIRECTORY, open, owner, replayed, state } from './support/made-log.js';
import { MemoryDisk, MemoryFiles, type Operation } from './support/memory-files.js';
import { atRest } from './support/sim-clock.js';

const BLOCK = 4_096;
const SIZES = { first: 64 * 1024, largest: 64 * 1024 };
const FIRST = `${DIRECTORY}/log/00000001.wal`;
const one = ballot(1);

/** Five slots, of which the last has a group of two blocks, and all but the last are decided; closed, or as a kill leaves it. */
async function five(isClosed: boolean): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log, clock } = await open(new MemoryFiles(disk), owner(false), SIZES);
  for (let n = 1; n <= 5; n++) {
    log.append([accepted(n, n, one, `value ${n}`.padEnd(n === 5 ? 6_000 : 9))], state(n - 1, n, one));
    await atRest();
    if (n < 5) await clock.advance(20);
  }
  const cut = disk.copy();
  await clock.advance(200);
  await log.close();
  return isClosed ? disk : cut;
}

function blocksOf(disk: MemoryDisk): number {
  return Math.ceil(disk.inode(FIRST).cached.findLastIndex((byte) => byte !== 0) / BLOCK);
}

/** The disk cannot read a block of the first segment. */
function failing(disk: MemoryDisk, block: number, type = 'read'): MemoryFiles {
  const [from, to] = [block * BLOCK, (block + 1) * BLOCK];
  return new MemoryFiles(disk, (operation: Operation) => {
    if (operation.type !== type || operation.path !== FIRST) return;
    if (type === 'open' || (operation.position < to && operation.position + operation.length > from)) {
      throw new CodedError('io', 'EIO');
    }
  });
}

/** What a start finds, or why there is none. */
async function found(files: MemoryFiles): Promise<unknown> {
  try {
    const opened = await open(files, owner(true), SIZES);
    const { recovered, findings } = opened;
    const slots = recovered.faulty.length > 0 ? [] : await replayed(opened);
    await opened.log.close();
    return { recovered, slots, dropped: findings.dropped, damaged: findings.damage.length > 0 };
  } catch (error) {
    return error instanceof CodedError ? error.code : error;
  }
}

describe('a block of the log that cannot be read', () => {
  it('costs what another byte there would', async () => {
    const sound = await five(true);
    const blocks = blocksOf(sound);
    expect(blocks).to.be.greaterThan(8);
    for (let block = 0; block <= blocks; block++) {
      const rotten = sound.copy();
      rotten.edit(FIRST, (bytes) => bytes.slice().fill(7, block * BLOCK, (block + 1) * BLOCK));
      const expected = await found(new MemoryFiles(rotten));
      expect(await found(failing(sound.copy(), block)), `block ${block}`).to.deep.equal(expected);
    }
  });

  it('is not what an unfinished write leaves, also where another byte would pass for that', async () => {
    const sound = await five(false);
    const block = blocksOf(sound) - 1;
    const rotten = sound.copy();
    rotten.edit(FIRST, (bytes) => bytes.map((byte, at) => (at === block * BLOCK + 100 ? byte ^ 1 : byte)));
    expect(await found(new MemoryFiles(rotten)))
      .to.deep.include({ damaged: false })
      .and.to.have.nested.property('recovered.lost', false);
    expect(await found(failing(sound, block)))
      .to.deep.include({ dropped: [], damaged: true })
      .and.to.have.nested.property('recovered.lost', true);
  });

  it('costs nothing where the error passes', async () => {
    const sound = await five(true);
    let left = 1;
    const files = new MemoryFiles(sound.copy(), ({ type, path }) => {
      if (type === 'read' && path === FIRST && left-- > 0) throw new CodedError('io', 'EIO');
    });
    expect(await found(files)).to.deep.equal(await found(new MemoryFiles(sound)));
  });

  it('is told with what the disk says', async () => {
    const { findings } = await open(failing(await five(true), 3), owner(true), SIZES);
    expect(findings.damage[0]).to.contain(`${FIRST} is damaged at byte ${3 * BLOCK}: EIO; records are missing`);
  });

  it('is another thing than a file that cannot be opened', async () => {
    expect(await found(failing(await five(true), 0, 'open'))).to.equal('io');
  });
});
