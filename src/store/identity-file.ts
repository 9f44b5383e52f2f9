/**
 * The identity of a data directory as the text of its file: one line of JSON, which a person can read, and one line with its
 * CRC, in every format there will be. A directory that was restored from a backup belongs to nobody until its first start, and
 * then keeps saying from which. Encoding and decoding only; when it is written and what refuses a start is in identity.ts.
 */

import { crc32 } from 'node:zlib';
import { CodedError, messageOf } from '../base/errors.js';
import { type Incarnation, incarnation, type ReplicaName, replicaName, type StoreId, storeId } from '../base/ids.js';
import { utf8, utf8Bytes } from '../wire/bytes.js';

export const IDENTITY_FORMAT = 3;

/** A few hundred names at most. */
export const IDENTITY_LIMIT = 1024 * 1024;

/** What the file holds. */
export type IdentityFile =
  | { readonly type: 'owned'; readonly record: IdentityRecord }
  /** Left by `synod restore` for the first start. `from`: the backup's content digest, 64 hex digits. */
  | { readonly type: 'restored'; readonly from: string };

export interface IdentityRecord {
  /** 64 hex digits. */
  readonly cluster: string;
  /** What the operator called the cluster, and its replicas, sorted: `cluster` is a digest of these, and of `restoredFrom`. */
  readonly clusterName: string;
  readonly names: readonly string[];
  readonly name: ReplicaName;
  readonly store: StoreId;
  readonly incarnation: Incarnation;
  readonly longestLeaseMs: number;
  /** The log has been made: from then on it must be there. */
  readonly settled: boolean;
  readonly heard: ReadonlyMap<ReplicaName, StoreId>;
  /** Content digest of the backup that this store began with, 64 hex digits; null when it began empty. */
  readonly restoredFrom: string | null;
}

export function encodeIdentity(record: IdentityRecord): Uint8Array {
  const { cluster, clusterName, names, name, store, longestLeaseMs, settled, restoredFrom } = record;
  const heard = [...record.heard];
  const whose = { format: IDENTITY_FORMAT, cluster, clusterName, names, name };
  const fields = { ...whose, store, incarnation: record.incarnation };
  return signed({ ...fields, longestLeaseMs, settled, heard, restoredFrom });
}

/** Of a directory that holds what was in a backup, and belongs to no replica yet. */
export function encodeRestored(from: string): Uint8Array {
  return signed({ format: IDENTITY_FORMAT, restoredFrom: from });
}

function signed(fields: object): Uint8Array {
  const text = JSON.stringify(fields);
  return utf8Bytes(`${text}\n${checksum(text)}\n`);
}

/** Throws `identity-damaged`, `newer-format` or `older-format`; `path` is for the message. */
export function decodeIdentity(bytes: Uint8Array, path: string): IdentityFile {
  const [text = '', crc = ''] = textOf(bytes, path).split('\n');
  // First of all, so that a damaged digit is not taken for a newer format.
  if (checksum(text) !== crc) throw damagedIdentity(path, 'its checksum is wrong');
  const fields = fieldsOf(text, path);
  const { format, restoredFrom } = fields;
  if (typeof format === 'number' && format > IDENTITY_FORMAT) {
    const message = `${path} has format ${format}, and this program knows up to ${IDENTITY_FORMAT}: use a newer one`;
    throw new CodedError('newer-format', message, { file: path });
  }
  if (typeof format === 'number' && format >= 1 && format < IDENTITY_FORMAT) {
    const message = `${path} has format ${format}, of before the first release, which nothing reads any more: use another directory`;
    throw new CodedError('older-format', message, { file: path });
  }
  if (format !== IDENTITY_FORMAT) throw damagedIdentity(path, 'it has no format');
  if (restoredFrom !== null && !isDigest(restoredFrom))
    throw damagedIdentity(path, 'it does not say where it comes from');
  if (restoredFrom !== null && !('cluster' in fields)) return { type: 'restored', from: restoredFrom };
  return { type: 'owned', record: recordOf(fields, restoredFrom, path) };
}

function recordOf(
  fields: Readonly<Record<string, unknown>>,
  restoredFrom: string | null,
  path: string,
): IdentityRecord {
  const { cluster, clusterName, name, store, longestLeaseMs, settled, heard } = fields;
  if (typeof clusterName !== 'string') throw damagedIdentity(path, 'it does not say what the cluster is called');
  if (typeof cluster !== 'string' || typeof name !== 'string' || typeof store !== 'string') {
    throw damagedIdentity(path, 'it names no cluster, replica or store');
  }
  if (!isCount(fields.incarnation) || !isCount(longestLeaseMs) || typeof settled !== 'boolean') {
    throw damagedIdentity(path, 'it has no incarnation or lease');
  }
  return {
    cluster,
    clusterName,
    names: namesOf(fields.names, path),
    name: replicaName(name),
    store: storeId(store),
    incarnation: incarnation(fields.incarnation),
    longestLeaseMs,
    settled,
    heard: heardOf(heard, path),
    restoredFrom,
  };
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return utf8(bytes, 0, bytes.length);
  } catch (error) {
    throw damagedIdentity(path, messageOf(error));
  }
}

function fieldsOf(text: string, path: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw damagedIdentity(path, messageOf(error));
  }
  if (typeof parsed !== 'object' || parsed === null) throw damagedIdentity(path, 'it has no fields');
  return { ...parsed };
}

function namesOf(names: unknown, path: string): readonly string[] {
  if (!Array.isArray(names)) throw damagedIdentity(path, 'it has no list of replicas');
  return names.map(String);
}

function heardOf(pairs: unknown, path: string): ReadonlyMap<ReplicaName, StoreId> {
  if (!Array.isArray(pairs)) throw damagedIdentity(path, 'it has no list of stores');
  const heard = new Map<ReplicaName, StoreId>();
  for (const pair of pairs) {
    const [name, store]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name !== 'string' || typeof store !== 'string') throw damagedIdentity(path, 'it names no store');
    heard.set(replicaName(name), storeId(store));
  }
  return heard;
}

function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

function isCount(n: unknown): n is number {
  return typeof n === 'number' && Number.isFinite(n) && n >= 0;
}

function checksum(text: string): string {
  return crc32(utf8Bytes(text)).toString(16).padStart(8, '0');
}

function damagedIdentity(path: string, reason: string): CodedError {
  const message = `${path} is damaged (${reason}): move this data directory away and start again with an empty one`;
  return new CodedError('identity-damaged', message, { file: path, reason });
}
