/**
 * `synod backup FILE --from host:port`: fetches a snapshot from a running replica through its client port. FILE appears
 * when all of it has arrived, has been verified and is durable; before that, and after a failure, there is at most
 * FILE.partial.
 */

import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { CodedError, messageOf } from '../../base/errors.js';
import { Disk } from '../../store/disk.js';
import { readSnapshot, type SnapshotInfo } from '../../store/snapshot-reader.js';
import type { Address } from '../settings.js';
import { addressText, parseAddress } from './addresses.js';
import { type BackupHead, receiveBackup } from './backup-receiver.js';
import { Progress } from './progress.js';
import { describeSnapshot } from './snapshot-text.js';
import { systemClock } from './system-clock.js';
import { readArguments, runTool } from './tool.js';
import { UsageError } from './usage-error.js';

/** A host that does not answer at all. */
const DIAL_MS = 5_000;

/** The replica first writes the snapshot, at a rate that does not disturb it; then nothing may stand still for long. */
const SNAPSHOT_MS = 15 * 60_000;
const STALL_MS = 60_000;

export function backup(argv: readonly string[]): Promise<number> {
  return runTool(async () => {
    const given = await readArguments(argv, (parser) =>
      parser
        .scriptName('synod backup')
        .usage(
          '$0 <FILE> --from host:port [options]\n\nWrites all keys of a running cluster to a file, for `synod restore`.',
        )
        .option('from', { type: 'string', requiresArg: true, describe: 'Client address of any replica' })
        .option('force', { type: 'boolean', default: false, describe: 'Replace FILE if it is there' })
        .option('stale', {
          type: 'boolean',
          default: false,
          describe: 'Take what this replica has, possibly stale: works without a majority',
        })
        .example('$0 monday.synod --from 127.0.0.1:9000', 'the cluster of `npm start`')
        .demandCommand(1, 1, 'tell which file to write', 'one file at a time'),
    );
    if (given === null) return 0;
    if (given.from === undefined) throw new UsageError('tell a replica with --from host:port; --help lists all');
    const path = resolve(String(given._[0]));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new CodedError('exists', `${path} is a directory: name a file`);
    if (existsSync(path) && !given.force)
      throw new CodedError('exists', `${path} is there already; --force replaces it`);
    await fetchBackup(parseAddress(given.from, '--from'), path, given.stale);
    return 0;
  });
}

async function fetchBackup(from: Address, path: string, stale: boolean): Promise<void> {
  const files = new Disk();
  const partial = `${path}.partial`;
  const progress = new Progress();
  const socket = await dial(from);
  let info: SnapshotInfo;
  try {
    info = await receiveAndVerify(socket, { files, partial, from: addressText(from), stale, progress });
    await files.rename(partial, path);
    await files.syncDirectory(dirname(path));
  } catch (error) {
    if (existsSync(partial)) await files.unlink(partial);
    throw error;
  } finally {
    socket.destroy();
    progress.end();
  }
  process.stdout.write(`${[path, ...describeSnapshot(info)].join('\n')}\n`);
}

interface Receiving {
  readonly files: Disk;
  readonly partial: string;
  readonly from: string;
  readonly stale: boolean;
  readonly progress: Progress;
}

async function receiveAndVerify(socket: Socket, receiving: Receiving): Promise<SnapshotInfo> {
  const { files, partial, from, stale, progress } = receiving;
  progress.wait(`${from} writes a snapshot`);
  socket.setTimeout(SNAPSHOT_MS).on('timeout', () => socket.destroy(new Error('it stands still')));
  socket.write(stale ? 'READONLY\r\nBACKUP\r\n' : 'BACKUP\r\n');
  let head: BackupHead;
  try {
    head = await receiveBackup({
      bytes: socket,
      files,
      path: partial,
      stale,
      begun: () => void socket.setTimeout(STALL_MS),
      progress: (done, total) => progress.at('backup', done, total),
    });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('broken-off', `the connection to ${from} broke: ${messageOf(error)}`, {}, error);
  }
  progress.wait('verifying');
  const info = await readSnapshot(files, partial, systemClock, null);
  if (info.digest === head.digest) return info;
  throw new CodedError('snapshot-damaged', `${from} sent another snapshot than it announced`);
}

async function dial({ host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(DIAL_MS) });
    return socket;
  } catch (error) {
    socket.destroy();
    const reason = error instanceof Error && error.name === 'AbortError' ? 'nobody answers' : messageOf(error);
    throw new CodedError('not-reached', `cannot reach ${addressText({ host, port })}: ${reason}`, {}, error);
  }
}
