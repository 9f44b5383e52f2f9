/**
 * Snapshots for tests: states made from a few numbers, written over simulated files, and read back into plain lists.
 */

import { incarnation, replicaName, revision, type StoreId, sequence, slot, storeId } from '#src/base/ids.js';
import type { Kept } from '#src/kv/once-table.js';
import { entryBytes } from '#src/kv/table-contents.js';
import type { SessionMark } from '#src/paxos/session.js';
import type { Files } from '#src/store/files.js';
import type { SnapshotHeader } from '#src/store/snapshot-format.js';
import type { SnapshotVisitor } from '#src/store/snapshot-reader.js';
import type { SnapshotContents } from '#src/store/snapshot-writer.js';
import { openSnapshots, type Snapshots } from '#src/store/snapshots.js';
import { type Content, pairsOf, recordOf } from '../../kv/entries.js';
import { SimClock } from './sim-clock.js';

const DATA = '/data';
export const PLACE = `${DATA}/snapshots`;

/** A state as plain lists. */
export interface State {
  readonly header: SnapshotHeader;
  readonly sessions: readonly (readonly [StoreId, SessionMark])[];
  readonly ids: readonly Kept[];
  readonly entries: readonly (readonly [string, Content])[];
}

export function entry(value: string, at = 1, created = at, version = 1, deadline = 0): Content {
  return { value, revision: revision(at), created: revision(created), version, deadline };
}

/** `sessions` of them, these entries, which must be in order, and `ids` ids. */
export function state(at: number, entries: State['entries'], sessions = 2, ids = 3): State {
  const kept = Array.from({ length: ids }, (_, i): Kept => {
    const reply = i % 3 === 0 ? null : i % 3 === 1 ? 'sOK' : 'v\0\xff';
    return { id: `id \xff${i}`, time: 1_600_000_000_000.5 + i, command: 2 ** 52 - i, reply };
  });
  const marks = Array.from({ length: sessions }, (_, i): [StoreId, SessionMark] => [
    storeId(i.toString(16).padStart(32, '0')),
    { incarnation: incarnation(2 ** 40 + i), last: sequence(i + 1) },
  ]);
  const header: SnapshotHeader = {
    clusterId: '0123456789abcdef'.repeat(4),
    cluster: 'synod',
    slot: slot(at),
    time: 1_700_000_000_000.25,
    revision: revision(2 ** 40),
    configuration: {
      type: 'configuration',
      seats: [
        { name: replicaName('node-a'), store: storeId('a'.repeat(32)) },
        { name: replicaName('node-b'), store: null },
      ],
      nonce: 'n',
    },
    founding: '0123456789abcdef',
    digest: 'fedcba9876543210',
    lineage: storeId('b'.repeat(32)),
    keys: entries.length,
    sessions,
    ids,
    idsForgotten: 2 ** 40 + 1,
    idsBytes: kept.reduce((sum, { id, reply }) => sum + id.length + (reply?.length ?? 0), 0),
    bytes: entries.reduce((sum, [key, { value }]) => sum + entryBytes(key.length, value.length), 0),
  };
  return { header, sessions: marks, ids: kept, entries };
}

/** Some keys with all kinds of bytes. */
export function smallState(at: number): State {
  const keys = ['a', 'b\0', 'k\x7f', 'k\xff', '\xff'];
  return state(
    at,
    keys.map((key, i) => [key, entry(`value ${i} \0\xff`, 2 ** 33 + i, i + 1, i + 1, i * 2 ** 41)]),
  );
}

export function open(files: Files): Promise<Snapshots> {
  return openSnapshots({ files, clock: new SimClock(), directory: DATA });
}

export const always = (): Promise<boolean> => Promise.resolve(true);

export function contentsOf({ sessions, ids, entries }: State): SnapshotContents {
  return { sessions, ids, records: entries.map(recordOf) };
}

/** Collects what is read. */
export class Collector implements SnapshotVisitor {
  private said: SnapshotHeader | null = null;
  private readonly sessions: (readonly [StoreId, SessionMark])[] = [];
  private readonly ids: Kept[] = [];
  private readonly entries: (readonly [string, Content])[] = [];

  header(header: SnapshotHeader): void {
    this.said = header;
  }

  session(store: StoreId, mark: SessionMark): void {
    this.sessions.push([store, mark]);
  }

  id(kept: Kept): void {
    this.ids.push(kept);
  }

  records(bytes: Uint8Array, start: number, end: number): void {
    this.entries.push(...pairsOf(bytes, start, end));
  }

  get state(): unknown {
    return { header: this.said, sessions: this.sessions, ids: this.ids, entries: this.entries };
  }
}
