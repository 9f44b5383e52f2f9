// A snapshot that is damaged anywhere, however little, is refused whole, with the file, the place and the reason; so is one that
// is sound by its checksums and does not hold together.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { revision, sequence } from '#src/base/ids.js';
import type { SnapshotContents } from '#src/store/snapshot-writer.js';
import {
  always,
  Collector,
  contentsOf,
  entry,
  open,
  PLACE,
  type State,
  smallState,
  state,
} from './support/made-snapshot.js';
import { MemoryDisk, MemoryFiles, type OperationType } from './support/memory-files.js';

const FILE = `${PLACE}/0000000000000007.snapshot`;

async function soundDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const made = smallState(7);
  await (await open(new MemoryFiles(disk))).write(made.header, contentsOf(made), always);
  return disk;
}

/** The error with which the file is refused when it has these bytes. */
async function refusal(disk: MemoryDisk, bytes: Uint8Array): Promise<CodedError> {
  disk.edit(FILE, () => bytes);
  const snapshots = await open(new MemoryFiles(disk));
  try {
    await snapshots.load(snapshots.all[0] ?? expect.fail('it is not listed'), new Collector());
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  return expect.fail('it was read');
}

function expectDamaged({ code, message, data }: CodedError, what: string): void {
  expect(code, what).to.equal('snapshot-damaged');
  expect(data, what).to.have.all.keys('file', 'offset', 'reason');
  expect(data.file, what).to.equal(FILE);
  expect(message, what).to.equal(`${FILE} is damaged at byte ${data.offset}: ${data.reason}`);
}

describe('a snapshot that the disk cannot read', () => {
  /** What becomes of loading it when its reads fail from one on, so many in a row. */
  async function outcome(failures: number, type: OperationType = 'read', code = 'io'): Promise<string> {
    let left = 0;
    const files = new MemoryFiles(await soundDisk(), (operation) => {
      if (operation.type === type && left-- > 0) throw new CodedError(code, 'EIO');
    });
    const snapshots = await open(files);
    left = failures;
    const loading = snapshots.load(snapshots.all[0] ?? expect.fail('it is not listed'), new Collector());
    return loading.then(
      () => 'read',
      (error: unknown) => (error instanceof CodedError ? `${error.code}: ${error.message}` : String(error)),
    );
  }

  it('is damaged, once that is no passing error', async () => {
    expect(await outcome(1)).to.equal('read');
    expect(await outcome(2)).to.equal(`snapshot-damaged: ${FILE} is damaged at byte 0: EIO`);
  });

  it('is as good as ever where something else fails', async () => {
    expect(await outcome(2, 'open')).to.equal('io: EIO');
    expect(await outcome(2, 'read', 'not-permitted')).to.equal('not-permitted: EIO');
  });
});

describe('a damaged snapshot', () => {
  it('is refused with any one byte changed', async () => {
    const disk = await soundDisk();
    const sound = disk.inode(FILE).cached.slice();
    for (let at = 0; at < sound.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const bytes = sound.slice();
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const error = await refusal(disk, bytes);
        expectDamaged(error, `byte ${at} with ${mask}`);
        expect(error.data.offset).to.be.at.most(at);
      }
    }
  });

  it('is refused cut short anywhere, and with anything behind its end', async () => {
    const disk = await soundDisk();
    const sound = disk.inode(FILE).cached.slice();
    for (let size = 0; size < sound.length; size++) {
      expectDamaged(await refusal(disk, sound.slice(0, size)), `${size} bytes`);
    }
    for (const more of [new Uint8Array(1), new Uint8Array(100), sound]) {
      expectDamaged(await refusal(disk, Buffer.concat([sound, more])), `${more.length} more bytes`);
    }
  });

  it('is refused under the name of another slot', async () => {
    const disk = await soundDisk();
    const other = FILE.replace('7.', '8.');
    disk.edit(FILE, (bytes) => bytes);
    await new MemoryFiles(disk).rename(FILE, other);
    const snapshots = await open(new MemoryFiles(disk));
    const ref = snapshots.all[0] ?? expect.fail('it is not listed');
    const error = await snapshots.load(ref, null).catch((each: unknown) => each);
    expect(error).to.include({ code: 'snapshot-damaged' });
  });
});

describe('a snapshot that does not hold together', () => {
  const made = smallState(7);
  const with2 = (first: string, second: string): State =>
    state(7, [
      [first, entry('1')],
      [second, entry('2')],
    ]);
  const headed = (change: Partial<State['header']>): State => ({ ...made, header: { ...made.header, ...change } });
  const table: [reason: RegExp, State][] = [
    [/5 keys, not 6/, headed({ keys: 6 })],
    [/2 sessions, not 1/, headed({ sessions: 1 })],
    [/bytes of data, not 1/, headed({ bytes: 1 })],
    [/keys are out of order/, with2('b', 'a')],
    [/keys are out of order/, with2('a', 'a')],
    [/3 ids, not 2/, headed({ ids: 2 })],
    [/bytes of ids, not 1/, headed({ idsBytes: 1 })],
    [/ids are out of order/, { ...made, ids: [...made.ids].reverse() }],
    [/ids are out of order/, headed({ time: 1_600_000_000_001 })],
    [/no proper one/, { ...made, ids: made.ids.map((kept) => ({ ...kept, time: -1 })) }],
    [/no proper one/, { ...made, ids: made.ids.map((kept) => ({ ...kept, reply: 'x' })) }],
    [/no proper one/, { ...made, ids: made.ids.map((kept) => ({ ...kept, reply: `v${'x'.repeat(1_024)}` })) }],
    [/sessions are out of order/, { ...made, sessions: [...made.sessions].reverse() }],
    [
      /a session has no proper numbers/,
      { ...made, sessions: made.sessions.map(([id, mark]) => [id, { ...mark, last: sequence(0) }]) },
    ],
    [/no proper revision/, headed({ revision: revision(1) })],
    [/no proper revision/, state(7, [['a', entry('v', 1, 2)]])],
    [/no proper revision/, state(7, [['a', entry('v', 1, 1, 0)]])],
    [/no proper deadline/, state(7, [['a', entry('v', 1, 1, 1, 2 ** 60)]])],
    [/names no cluster/, headed({ clusterId: 'x' })],
    [/field/, headed({ time: -1 })],
  ];

  for (const [reason, wrong] of table) {
    it(`is not even written: ${reason.source}`, async () => {
      const disk = new MemoryDisk();
      const files = new MemoryFiles(disk);
      const snapshots = await open(files);
      const contents: SnapshotContents = contentsOf(wrong);
      const error = await snapshots.write(wrong.header, contents, always).catch((each: unknown) => each);
      expect(error).to.be.instanceOf(CodedError).and.include({ code: 'snapshot-damaged' });
      expect(String(error)).to.match(reason);
      expect(await files.list(PLACE)).to.deep.equal([]);
    });
  }
});
