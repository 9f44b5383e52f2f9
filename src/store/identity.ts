/**
 * Who a data directory belongs to: cluster, name, store id, the incarnation of the process on it, the stores it has heard of
 * under other names, the longest lease it may have granted, and the backup it was restored from, if it was. Kept in one small
 * file that is replaced as a whole; opening it takes the directory's lock. What the values mean is the core's business.
 */

import { createHash } from 'node:crypto';
import { unreachable } from '../base/assert.js';
import { CodedError } from '../base/errors.js';
import { type Incarnation, incarnation, type ReplicaName, type StoreId, storeId } from '../base/ids.js';
import type { IdentityChange } from '../paxos/effects.js';
import { readHex16 } from '../wire/bytes.js';
import type { DirectoryLock, Files } from './files.js';
import {
  decodeIdentity,
  encodeIdentity,
  encodeRestored,
  IDENTITY_LIMIT,
  type IdentityFile,
  type IdentityRecord,
} from './identity-file.js';

/** What the directory must agree with, and what a first start needs. */
export interface ExpectedIdentity {
  /** 64 hex digits, as it is for replicas that began empty. */
  readonly cluster: string;
  /** What the digest is made of, for people. */
  readonly clusterName: string;
  readonly names: readonly string[];
  readonly name: ReplicaName;
  /** The lease that this process may grant. */
  readonly leaseMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Sixteen unpredictable bytes: the store id of a first start. */
  readonly draw: Uint8Array;
}

export interface Identity {
  /** What replicas must agree on: the expected id, or for a restored directory a digest of that and of the backup's. */
  readonly cluster: string;
  /** Content digest of the backup that the store began with, null when it began empty. */
  readonly restoredFrom: string | null;
  readonly name: ReplicaName;
  readonly store: StoreId;
  /** Larger than that of every earlier life of this store; durable. */
  readonly incarnation: Incarnation;
  /** The longest lease that earlier lives may have granted; 0 at a first start. */
  readonly longestLeaseMs: number;
  readonly heard: ReadonlyMap<ReplicaName, StoreId>;
  /** True at a first start: nothing was ever promised, accepted or granted here. */
  readonly fresh: boolean;
  /** Durably notes that the log has been made; from then on no start is a first one. */
  settle(): Promise<void>;
  /** Resolves when the change is durable. */
  keep(change: IdentityChange): Promise<void>;
  /** Gives the directory's lock back. */
  close(): Promise<void>;
}

/** Locks the directory, and opens its identity or makes one. Rejects with a CodedError of one plain line. */
export async function openIdentity(files: Files, directory: string, expected: ExpectedIdentity): Promise<Identity> {
  await files.makeDirectory(directory);
  const lock = await files.lock(directory);
  try {
    const path = `${directory}/identity`;
    const found = await readIdentity(files, path);
    const stored = found?.type === 'owned' ? found.record : null;
    if (stored !== null) refuseOthers(stored, directory, expected);
    if (found === null) await refuseOwned(files, directory);
    const fresh = stored === null || !stored.settled;
    const record =
      stored === null
        ? firstLife(expected, found?.type === 'restored' ? found.from : null)
        : nextLife(stored, expected);
    await replaceIdentity(files, directory, encodeIdentity(record));
    const longestLeaseMs = fresh || stored === null ? 0 : stored.longestLeaseMs;
    return new StoredIdentity(files, directory, lock, record, fresh, longestLeaseMs);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * What looks empty may be half of what was there, or stand within what is another's: `--data data` for what was restored
 * there, and then without it.
 */
async function refuseOwned(files: Files, directory: string): Promise<void> {
  if ((await files.list(directory)).includes('log')) throw ownerless(directory);
  const parent = directory.slice(0, Math.max(0, directory.lastIndexOf('/')));
  if (parent === '' || (await readIdentity(files, `${parent}/identity`)) === null) return;
  const message =
    `${parent} is a replica's data directory itself, so that none is made in it: start with --data ${parent}, ` +
    'or give another data directory';
  throw new CodedError('nested-directory', message, { directory, parent });
}

/** A log without the file that says whose it is. */
export function ownerless(directory: string): CodedError {
  const message =
    `${directory} holds a log and no identity file: whose it is cannot be known. ` +
    'Put that file back, or move this directory away and start with an empty one';
  return new CodedError('identity-missing', message, { directory });
}

/** Marks a directory as one that holds what was in a backup; who starts over it first owns it. Durable when it resolves. */
export async function markRestored(files: Files, directory: string, from: string): Promise<void> {
  await replaceIdentity(files, directory, encodeRestored(from));
}

/** The id of a cluster whose replicas were restored from a backup: only those of one list and one file are one cluster. */
function clusterRestored(cluster: string, from: string | null): string {
  if (from === null) return cluster;
  return createHash('sha256')
    .update(JSON.stringify([cluster, from]))
    .digest('hex');
}

class StoredIdentity implements Identity {
  readonly fresh: boolean;
  readonly longestLeaseMs: number;
  private readonly files: Files;
  private readonly directory: string;
  private readonly lock: DirectoryLock;
  private record: IdentityRecord;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    files: Files,
    directory: string,
    lock: DirectoryLock,
    record: IdentityRecord,
    fresh: boolean,
    longestLeaseMs: number,
  ) {
    this.files = files;
    this.directory = directory;
    this.lock = lock;
    this.record = record;
    this.fresh = fresh;
    this.longestLeaseMs = longestLeaseMs;
  }

  get cluster(): string {
    return this.record.cluster;
  }

  get restoredFrom(): string | null {
    return this.record.restoredFrom;
  }

  get name(): ReplicaName {
    return this.record.name;
  }

  get store(): StoreId {
    return this.record.store;
  }

  get incarnation(): Incarnation {
    return this.record.incarnation;
  }

  get heard(): ReadonlyMap<ReplicaName, StoreId> {
    return this.record.heard;
  }

  settle(): Promise<void> {
    return this.change((record) => (record.settled ? record : { ...record, settled: true }));
  }

  keep(change: IdentityChange): Promise<void> {
    return this.change((record) => changed(record, change));
  }

  async close(): Promise<void> {
    await this.last;
    await this.lock.release();
  }

  /** One at a time; what failed to become durable is not seen either. */
  private change(how: (record: IdentityRecord) => IdentityRecord): Promise<void> {
    const done = this.last.then(async () => {
      const record = how(this.record);
      if (record === this.record) return;
      await replaceIdentity(this.files, this.directory, encodeIdentity(record));
      this.record = record;
    });
    this.last = done.catch(() => undefined);
    return done;
  }
}

function changed(record: IdentityRecord, change: IdentityChange): IdentityRecord {
  switch (change.type) {
    case 'heard':
      // The first store heard under a name is the one that counts, whichever asks to be kept later.
      if (record.heard.has(change.name)) return record;
      return { ...record, heard: new Map([...record.heard, [change.name, change.store]]) };
    case 'incarnation':
      return change.incarnation <= record.incarnation ? record : { ...record, incarnation: change.incarnation };
    default:
      return unreachable(change);
  }
}

function firstLife(expected: ExpectedIdentity, restoredFrom: string | null): IdentityRecord {
  const { clusterName, name, leaseMs, wallMs, draw } = expected;
  return {
    cluster: clusterRestored(expected.cluster, restoredFrom),
    clusterName,
    names: [...expected.names].sort(),
    name,
    store: storeId(readHex16(draw, 0)),
    incarnation: incarnation(Math.floor(wallMs)),
    longestLeaseMs: leaseMs,
    settled: false,
    heard: new Map(),
    restoredFrom,
  };
}

function nextLife(stored: IdentityRecord, expected: ExpectedIdentity): IdentityRecord {
  return {
    ...stored,
    incarnation: incarnation(Math.max(stored.incarnation + 1, Math.floor(expected.wallMs))),
    longestLeaseMs: Math.max(stored.longestLeaseMs, expected.leaseMs),
  };
}

/** Null where there is no file. Rejects with the CodedError of `decodeIdentity`. */
export async function readIdentity(files: Files, path: string): Promise<IdentityFile | null> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readSmall(path, IDENTITY_LIMIT);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'not-found') return null;
    throw error;
  }
  return decodeIdentity(bytes, path);
}

/** A crash at any step leaves the old file or the new one, whole. */
async function replaceIdentity(files: Files, directory: string, bytes: Uint8Array): Promise<void> {
  const path = `${directory}/identity`;
  await files.writeSmall(`${path}.new`, bytes);
  await files.rename(`${path}.new`, path);
  await files.syncDirectory(directory);
}

function refuseOthers(stored: IdentityRecord, directory: string, expected: ExpectedIdentity): void {
  const { name } = expected;
  const cluster = clusterRestored(expected.cluster, stored.restoredFrom);
  if (stored.cluster !== cluster) {
    const message =
      `${directory} belongs to another cluster: to ${whichCluster(stored)}; this is ${whichCluster(expected)}. ` +
      'Start with the same name and list of replicas, or give another data directory';
    throw new CodedError('other-cluster', message, { stored: stored.cluster, expected: cluster });
  }
  if (stored.name !== name) {
    const message = `${directory} belongs to the replica ${stored.name}, and this is ${name}: give another data directory`;
    throw new CodedError('other-name', message, { stored: stored.name, expected: name });
  }
}

function whichCluster({ clusterName, names }: Pick<IdentityRecord, 'clusterName' | 'names'>): string {
  return `'${clusterName}' of ${[...names].sort().join(', ')}`;
}
