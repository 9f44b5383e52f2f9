// The client's side of BACKUP: whatever the cuts between what arrives, the file gets exactly the announced bytes; every
// other answer and every early end is told in one line.

import { expect } from 'chai';
import { CodedError } from '#src/base/errors.js';
import { type BackupHead, receiveBackup } from '#src/node/host/backup-receiver.js';
import { MemoryDisk, MemoryFiles } from '../../store/support/memory-files.js';

const FILE = '/backup.partial';
const DIGEST = 'ab'.repeat(32);
const RAW = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
const HEAD = `BACKUP ${RAW.length} ${DIGEST}\r\n`;

interface Received {
  readonly head: BackupHead;
  readonly file: Uint8Array;
  readonly told: readonly number[];
}

async function receive(chunks: readonly (string | Uint8Array)[], stale = false): Promise<Received> {
  const disk = new MemoryDisk();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
  }
  const told: number[] = [];
  const head = await receiveBackup({
    bytes: bytes(),
    files: new MemoryFiles(disk),
    path: FILE,
    stale,
    begun: () => told.push(-1),
    progress: (done) => told.push(done),
  });
  return { head, file: disk.inode(FILE).cached, told };
}

describe('receiving a backup', () => {
  it('takes the line and the bytes, however they are cut', async () => {
    const whole = Buffer.concat([Buffer.from(HEAD), RAW]);
    for (let at = 1; at < whole.length; at++) {
      const { head, file } = await receive([whole.subarray(0, at), whole.subarray(at)]);
      expect(head).to.deep.equal({ bytes: RAW.length, digest: DIGEST });
      expect(file, `cut at ${at}`).to.deep.equal(RAW);
    }
  });

  it('tells when it begins, and how much is there', async () => {
    const { told } = await receive([HEAD, RAW.subarray(0, 100), RAW.subarray(100)]);
    expect(told).to.deep.equal([-1, 0, 100, 300]);
  });

  it('passes over the reply to READONLY', async () => {
    expect((await receive(['OK\r', `\n${HEAD}`, RAW], true)).file).to.deep.equal(RAW);
  });

  const refusals: readonly [string, readonly (string | Uint8Array)[], string][] = [
    [
      'an error of the replica',
      ['ERROR BUSY 2 backups; try later\r\n'],
      'the replica refuses: BUSY 2 backups; try later',
    ],
    [
      'an end before the line',
      [HEAD.slice(0, 20)],
      'the replica closed the connection before it announced a backup; --from takes the address at which it serves clients',
    ],
    [
      'an end before the last byte',
      [HEAD, RAW.subarray(1)],
      'the replica closed the connection after 299 of 300 bytes',
    ],
    ['more than was announced', [HEAD, RAW, '!'], 'none'],
    [
      'more than was announced at once',
      [`${HEAD}!`, RAW],
      'the replica sent more than the 300 bytes that it announced',
    ],
    ['another server', ['HTTP/1.1 400\r\n\r\n'], "what answers there is no replica of this version: 'HTTP/1.1 400'"],
    ['an OK that nobody asked for', ['OK\r\n'], "what answers there is no replica of this version: 'OK'"],
    ['noise', ['\x07'.repeat(5_000)], `what answers there is no replica of this version: '${'\\x07'.repeat(60)}...'`],
  ];
  for (const [what, chunks, told] of refusals) {
    it(`tells of ${what}`, async () => {
      const end = await receive(chunks).catch((error: unknown) => error);
      expect(end instanceof CodedError ? end.message : 'none').to.equal(told);
    });
  }

  it('tells of --stale where there is no majority, unless it was given', async () => {
    for (const [stale, advice] of [
      [false, '; --stale takes what this replica has, which may lack the last writes'],
      [true, ''],
    ] as const) {
      const end = await receive(['ERROR NOQUORUM no leader\r\n'], stale).catch((error: unknown) => error);
      expect(end instanceof CodedError ? end.message : 'none').to.equal(
        `the replica refuses: NOQUORUM no leader${advice}`,
      );
    }
  });
});
