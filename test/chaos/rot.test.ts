// What rots is one file, in its bits or its length, and is as it was once it is mended; a directory without files has
// nothing to rot.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Random } from '../sim/world/random.js';
import { rotSomething } from './rot.js';

const files = ['log/00000001.wal', 'log/00000002.wal', 'snapshots/0000000000000007.snapshot'];
const used = 3_000;
const whole = Buffer.alloc(8_192, 'synod', 'latin1').fill(0, used);

describe('rot', () => {
  let data: string;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'synod-rot-'));
  });

  afterEach(() => rm(data, { recursive: true }));

  it('damages one file at a time, each in every way, and mends it', async () => {
    for (const directory of ['log', 'snapshots']) await mkdir(join(data, directory));
    for (const file of files) await writeFile(join(data, file), whole);
    await writeFile(join(data, 'snapshots/0000000000000009.snapshot.new'), whole);
    const random = new Random(1, 'rot');
    const seen = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const rot = await rotSomething(data, random);
      const now = await Promise.all(files.map((file) => readFile(join(data, file))));
      const damaged = files.filter((_, i) => now[i]?.equals(whole) === false);
      expect(damaged, rot?.what).to.deep.equal([rot?.file]);
      seen.add(`${rot?.file} ${now.some(({ length }) => length < whole.length) ? 'cut' : 'flipped'}`);
      await rot?.mend();
      for (const file of files) expect((await readFile(join(data, file))).equals(whole), file).to.equal(true);
    }
    expect(seen.size).to.equal(2 * files.length);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await rotSomething(data, new Random(1, 'rot'))).to.equal(undefined);
  });
});
