/**
 * From a backup to data directories that replicas can start over. What a directory gets is a snapshot of slot 0, where the
 * log has not begun: the keys as they were and what was done ONCE, and nothing of the cluster they come from, neither its
 * replicas nor its sessions. All directories that are restored from one file get the same bytes. The file is verified as a
 * whole before anything is made.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import { slot } from '../base/ids.js';
import type { Files, OpenFile } from './files.js';
import { markRestored, readIdentity } from './identity.js';
import { ChunkReader } from './snapshot-chunks.js';
import {
  CHUNK_HEAD_BYTES,
  ENTRIES_KIND,
  encodeHeader,
  encodeTrailer,
  IDS_KIND,
  PIECE_KIND,
  recordsBytes,
  type SnapshotHeader,
  sealChunk,
  TRAILER_BYTES,
} from './snapshot-format.js';
import { readSnapshot, type SnapshotInfo, type SnapshotVisitor } from './snapshot-reader.js';
import { openSnapshots } from './snapshots.js';

/** Written at once: what is on the disk is made durable with every write. */
const PART_BYTES = 4 * 1024 * 1024;

export interface RestoreOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The backup. */
  readonly from: string;
  readonly directories: readonly string[];
  /** What is being done, and how many bytes of it are done of how many, more or less. */
  progress(what: string, done: number, total: number): void;
}

/**
 * Resolves to what is in the backup when all directories are whole and durable. Rejects with a CodedError of one plain
 * line: before anything is changed where the file is damaged or a directory is in use.
 */
export async function restore(options: RestoreOptions): Promise<SnapshotInfo> {
  const { files, from, directories } = options;
  const backup = await verified(options);
  for (const directory of directories) await refuseUsed(files, directory, backup.digest);
  const file = await files.open(from, 'read');
  try {
    const source = { file, path: from, backup };
    const target = await measured(source);
    for (const directory of directories) await restoreInto(options, directory, source, target);
  } finally {
    await file.close();
  }
  return backup;
}

interface Source {
  readonly file: OpenFile;
  readonly path: string;
  readonly backup: SnapshotInfo;
}

/** What is to be written. */
interface Target {
  readonly bytes: number;
  /** As the trailer has it, 64 hex digits. */
  readonly digest: string;
}

async function verified({ files, from, clock, progress }: RestoreOptions): Promise<SnapshotInfo> {
  let read = 0;
  let total = 0;
  const counter: SnapshotVisitor = {
    header: (header) => {
      total = recordsBytes(header);
    },
    session: () => undefined,
    id: () => undefined,
    records: (_, start, end) => {
      read += end - start;
      progress(`verifying ${from}`, read, total);
    },
  };
  return readSnapshot(files, from, clock, counter);
}

/** What an earlier restore of the same file has left, whole or not, is no use of a directory; nor is a first write cut short. */
async function refuseUsed(files: Files, directory: string, digest: string): Promise<void> {
  const names = (await listed(files, directory)).filter((name) => !/^(lock\..*|identity\.new)$/.test(name));
  if (names.length === 0) return;
  const ours = names.every((name) => ['identity', 'snapshots'].includes(name));
  const identity = ours ? await readIdentity(files, `${directory}/identity`) : null;
  if (identity?.type === 'restored' && identity.from === digest) return;
  const message = `${directory} is not empty: give one that is empty, or not there yet`;
  throw new CodedError('not-empty', message, { directory });
}

async function listed(files: Files, directory: string): Promise<readonly string[]> {
  try {
    return await files.list(directory);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'not-found') return [];
    throw error;
  }
}

async function measured(source: Source): Promise<Target> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of contentChunks(source)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes: bytes + TRAILER_BYTES, digest: hash.digest('hex') };
}

async function restoreInto(options: RestoreOptions, directory: string, source: Source, target: Target): Promise<void> {
  const { files, clock, progress } = options;
  await files.makeDirectory(directory);
  const lock = await files.lock(directory);
  try {
    // Nobody was kept out before.
    await refuseUsed(files, directory, source.backup.digest);
    // First of all: a directory that is restored in part is not taken for an empty one.
    await markRestored(files, directory, source.backup.digest);
    const snapshots = await openSnapshots({ files, clock, directory });
    const incoming = await snapshots.receive(slot(0), target.bytes, target.digest);
    let offset = 0;
    for await (const part of parts(source, target)) {
      const behind = Math.min(part.length, Math.max(0, incoming.have - offset));
      offset += part.length;
      if (behind < part.length) await incoming.append(incoming.have, part.subarray(behind));
      progress(`writing ${directory}`, offset, target.bytes);
    }
    await incoming.finish(() => undefined, null);
    await files.syncDirectory(directory);
  } finally {
    await lock.release();
  }
}

/** The whole file in large parts, each memory of its own. */
async function* parts(source: Source, { bytes, digest }: Target): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafeSlow(PART_BYTES);
  let filled = 0;
  const trailer = encodeTrailer(bytes - TRAILER_BYTES, Buffer.from(digest, 'hex'));
  for await (const chunk of contentChunks(source, trailer)) {
    if (filled + chunk.length > part.length) {
      yield part.subarray(0, filled);
      part = Buffer.allocUnsafeSlow(PART_BYTES);
      filled = 0;
    }
    part.set(chunk, filled);
    filled += chunk.length;
  }
  yield part.subarray(0, filled);
}

/** A header of its own, and the entries as they are; then `trailer`. Each chunk is good until the next is asked for. */
async function* contentChunks({ file, path, backup }: Source, trailer?: Uint8Array): AsyncGenerator<Uint8Array> {
  yield headerChunk(restoredHeader(backup));
  const chunks = new ChunkReader(file, path, backup.bytes);
  while (chunks.end < backup.bytes - TRAILER_BYTES) {
    await chunks.next();
    const kind = chunks.content[0];
    if (kind === IDS_KIND || kind === ENTRIES_KIND || kind === PIECE_KIND) yield chunks.whole;
  }
  if (trailer !== undefined) yield trailer;
}

/**
 * Time and revisions go on from where they were; who voted, who executed it and whose commands were executed is of no
 * meaning any more.
 */
function restoredHeader({ header, digest }: SnapshotInfo): SnapshotHeader {
  return { ...header, clusterId: digest, slot: slot(0), configuration: null, founding: '', lineage: null, sessions: 0 };
}

function headerChunk(header: SnapshotHeader): Uint8Array {
  const content = encodeHeader(header);
  const chunk = new Uint8Array(CHUNK_HEAD_BYTES + content.length);
  chunk.set(content, CHUNK_HEAD_BYTES);
  sealChunk(chunk, 0, chunk.length);
  return chunk;
}
