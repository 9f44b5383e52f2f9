/**
 * Snapshots without a disk: files are arrays, times are given, and what a test wants to go wrong does.
 */

import { CodedError } from '#src/base/errors.js';
import { revision, type Slot, slot } from '#src/base/ids.js';
import type { Arriving } from '#src/node/snapshots/snapshot-pull.js';
import type { SnapshotHeader } from '#src/store/snapshot-format.js';
import type { SnapshotInfo } from '#src/store/snapshot-reader.js';
import type { SnapshotRef, SnapshotSource } from '#src/store/snapshots.js';
import type { VirtualTime } from '../support/virtual-time.js';

interface Kept extends SnapshotInfo {
  readonly contents: Uint8Array;
  readonly state: 'sound' | 'damaged';
}

interface Partial extends SnapshotInfo {
  readonly contents: Uint8Array;
  have: number;
}

/** Nobody looks at it on the way. */
const HEADER: SnapshotHeader = {
  clusterId: '0'.repeat(64),
  cluster: 'test',
  slot: slot(0),
  time: 0,
  revision: revision(0),
  configuration: null,
  founding: '',
  digest: '',
  lineage: null,
  keys: 0,
  sessions: 0,
  ids: 0,
  idsForgotten: 0,
  idsBytes: 0,
  bytes: 0,
};

/** As a replica of another cluster than 'e' looks at a header. */
export function refuseForeign({ cluster }: SnapshotHeader): void {
  if (cluster === 'e') throw new CodedError('foreign-snapshot', `it belongs to another cluster '${cluster}'`);
}

/** The digest's digit names the cluster that it belongs to as well. */
export function fakeInfo(at: number, bytes: number, digit = 'a'): SnapshotInfo {
  return { slot: slot(at), bytes, digest: digit.repeat(64), header: { ...HEADER, cluster: digit } };
}

export class FakeShelf {
  readonly all: SnapshotRef[] = [];
  /** Slots whose snapshots may be damaged. */
  readonly doubted = new Set<Slot>();
  /** How many snapshots somebody reads. */
  opened = 0;
  appendMs = 0;
  full = false;
  broken = false;
  /** Where files end now, or from where on they cannot be read. */
  endsAt = Number.POSITIVE_INFINITY;
  unreadableFrom = Number.POSITIVE_INFINITY;
  /** What has arrived cannot be removed. */
  stuck = false;
  readonly #time: VirtualTime;
  readonly #kept = new Map<Slot, Kept>();
  #partial: Partial | null = null;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  put(info: SnapshotInfo, state: Kept['state'] = 'sound'): void {
    const seed = info.digest.charCodeAt(0) + (state === 'sound' ? 0 : 1);
    const contents = Uint8Array.from({ length: info.bytes }, (_, at) => (at * 31 + seed) % 251);
    this.#keep({ ...info, contents, state });
  }

  /** What stands in the file. */
  kept(at: number): Uint8Array | undefined {
    return this.#kept.get(slot(at))?.contents;
  }

  get incomplete(): readonly Slot[] {
    return this.#partial === null ? [] : [this.#partial.slot];
  }

  async open(ref: SnapshotRef): Promise<SnapshotSource> {
    const kept = this.#kept.get(ref.slot);
    if (kept === undefined || this.broken) throw new CodedError('io', 'cannot read the file');
    this.opened++;
    return {
      info: kept,
      read: async (offset, bytes) => {
        if (offset + bytes > this.unreadableFrom) throw new CodedError('io', 'cannot read the file: EIO');
        return kept.contents.slice(offset, Math.min(offset + bytes, this.endsAt));
      },
      close: async () => {
        this.opened--;
      },
    };
  }

  async receive(at: Slot, bytes: number, digest: string): Promise<Arriving> {
    if (this.full) throw new CodedError('no-space', 'there is no room for it');
    const begun = this.#partial;
    const goesOn = begun !== null && begun.slot === at && begun.bytes === bytes && begun.digest === digest;
    const partial = goesOn ? begun : { ...fakeInfo(at, bytes, digest[0]), contents: new Uint8Array(bytes), have: 0 };
    this.#partial = partial;
    return {
      get have() {
        return partial.have;
      },
      append: async (offset, part) => {
        if (offset !== partial.have) throw new Error(`${offset} does not follow ${partial.have}`);
        if (this.appendMs > 0) {
          await new Promise<void>((done) => void this.#time.at(this.#time.mono() + this.appendMs, done));
        }
        partial.contents.set(part, offset);
        partial.have += part.length;
      },
      finish: async (check) => this.#finish(partial, check),
      close: async () => undefined,
      discard: async () => {
        this.#partial = null;
        if (this.stuck) throw new CodedError('io', 'cannot remove the file');
      },
    };
  }

  #finish(partial: Partial, check: (header: SnapshotHeader) => void): SnapshotInfo {
    this.#partial = null;
    const seed = partial.digest.charCodeAt(0);
    const sound = partial.contents.every((byte, at) => byte === (at * 31 + seed) % 251);
    if (!sound) throw new CodedError('snapshot-damaged', 'a checksum is wrong');
    check(partial.header);
    this.#keep({ ...partial, state: 'sound' });
    return partial;
  }

  #keep(kept: Kept): void {
    this.#kept.set(kept.slot, kept);
    this.all.push({ slot: kept.slot, name: `${kept.slot}`, bytes: kept.bytes });
  }
}
