/**
 * Reads groups of segment files through a window of memory, and believes none whose CRC it has not computed itself since
 * the bytes came from the disk. Blocks that the disk cannot read are no group and no zeros, and cost nobody what stands
 * beside them. Serves the scan at start, replay, and reads for peers; each has a reader of its own, because a reader has
 * one window and does one thing at a time.
 */

import { CodedError } from '../base/errors.js';
import type { StoreId } from '../base/ids.js';
import type { Files, OpenFile } from './files.js';
import {
  BLOCK,
  type GroupHeader,
  type Inspected,
  inspectGroup,
  roundUp,
  segmentName,
  segmentSeed,
} from './log-format.js';
import { isUnreadable } from './second-look.js';

/** Read handles kept open: the log of a large store has more segments than a process should hold files. */
const OPEN_FILES = 8;

interface OpenSegment {
  readonly number: number;
  readonly path: string;
  readonly file: OpenFile;
  readonly size: number;
  readonly seed: number;
}

export class GroupReader {
  /** The window; what `load` and `inspect` return are places in it, good until the next call. */
  bytes: Uint8Array = new Uint8Array(0);
  private readonly windowBytes: number;
  private readonly files: Files;
  private readonly directory: string;
  private readonly store: StoreId;
  private readonly open = new Map<number, OpenSegment>();
  /** What the window shows: `filled` bytes from `offset` of a segment. */
  private segment = 0;
  private offset = 0;
  private filled = 0;
  /** Blocks of the window that the disk cannot read, by their offset in the segment, and what it says. */
  private readonly unreadable = new Map<number, string>();
  /** Headers of the window's groups that have been verified, by their offset in the segment. */
  private readonly verified = new Map<number, GroupHeader>();

  constructor(files: Files, directory: string, store: StoreId, windowBytes: number) {
    this.files = files;
    this.directory = directory;
    this.store = store;
    this.windowBytes = roundUp(windowBytes);
  }

  /** Bytes of a segment's file. */
  async sizeOf(segment: number): Promise<number> {
    return (await this.segmentFile(segment)).size;
  }

  /**
   * The header of the group at `offset`, if it is in the window and sound. Without waiting, so that walking the records of a
   * window costs no turn of the event loop; undefined means `load`.
   */
  inWindow(segment: number, offset: number): GroupHeader | undefined {
    if (segment !== this.segment) return undefined;
    const known = this.verified.get(offset);
    if (known !== undefined) return known;
    const opened = this.open.get(segment);
    if (opened === undefined || offset < this.offset || offset >= this.offset + this.filled) return undefined;
    const found = this.look(opened, offset);
    return found.type === 'group' ? found.header : undefined;
  }

  /** Reads the group at `offset` afresh. Rejects with `log-damaged` when it is not sound. */
  async load(segment: number, offset: number): Promise<GroupHeader> {
    await this.fill(segment, offset, 0);
    const found = await this.inspect(segment, offset);
    if (found.type === 'group') return found.header;
    throw damaged((await this.segmentFile(segment)).path, offset, found.reason);
  }

  /** What stands at `offset`, reading what is not in the window yet. */
  async inspect(segment: number, offset: number): Promise<Exclude<Inspected, { type: 'short' }>> {
    const opened = await this.segmentFile(segment);
    if (segment !== this.segment || offset < this.offset || offset >= this.offset + this.filled) {
      await this.fill(segment, offset, 0);
    }
    const found = this.look(opened, offset);
    if (found.type !== 'short') return found;
    await this.fill(segment, offset, found.length);
    const whole = this.look(opened, offset);
    return whole.type === 'short' ? { type: 'none', reason: 'the file ends within the group' } : whole;
  }

  /** Where in `bytes` the byte at `offset` of the window's segment stands. */
  placeOf(offset: number): number {
    return offset - this.offset;
  }

  /** How many blocks from `offset` on are all zeros in the window; 0 when the first is not. */
  zeroBlocks(offset: number): number {
    const start = this.placeOf(offset);
    const usable = this.filled - (this.filled % BLOCK);
    let at = start;
    while (at < usable && Buffer.compare(this.bytes.subarray(at, at + BLOCK), ZEROS) === 0) at += BLOCK;
    return (at - start) / BLOCK;
  }

  /** The disk could not read the window's block at `offset`. */
  isUnreadable(offset: number): boolean {
    return this.unreadable.has(offset);
  }

  /** Closes a segment's file. */
  async release(segment: number): Promise<void> {
    const opened = this.open.get(segment);
    this.open.delete(segment);
    if (this.segment === segment) this.segment = 0;
    await opened?.file.close();
  }

  async close(): Promise<void> {
    for (const { file } of this.open.values()) await file.close();
    this.open.clear();
    this.segment = 0;
    this.verified.clear();
  }

  private look(opened: OpenSegment, offset: number): Inspected {
    const reason = this.unreadable.get(offset);
    if (reason !== undefined) return { type: 'none', reason };
    const at = this.placeOf(offset);
    const found = inspectGroup(
      this.bytes.subarray(0, this.filled),
      at,
      opened.seed,
      offset,
      Math.max(0, opened.size - offset),
    );
    if (found.type === 'group') this.verified.set(offset, found.header);
    return found;
  }

  /** Moves the window to `offset`; it becomes as large as `atLeast`. */
  private async fill(segment: number, offset: number, atLeast: number): Promise<void> {
    const opened = await this.segmentFile(segment);
    this.verified.clear();
    this.segment = 0;
    const wanted = Math.max(roundUp(atLeast), Math.min(this.windowBytes, opened.size));
    if (this.bytes.length < wanted) this.bytes = new Uint8Array(wanted);
    this.unreadable.clear();
    try {
      this.filled = await opened.file.read(this.bytes, offset);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.filled = await this.fillByBlocks(opened, offset);
    }
    this.segment = segment;
    this.offset = offset;
  }

  /** One block after the other, to know which of them it is. */
  private async fillByBlocks({ file, size }: OpenSegment, offset: number): Promise<number> {
    const end = Math.min(this.bytes.length, Math.max(0, size - offset));
    for (let at = 0; at < end; at += BLOCK) {
      const block = this.bytes.subarray(at, Math.min(at + BLOCK, end));
      try {
        await file.read(block, offset + at);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        block.fill(FILLER);
        this.unreadable.set(offset + at, error.message);
      }
    }
    return end;
  }

  private async segmentFile(number: number): Promise<OpenSegment> {
    const known = this.open.get(number);
    if (known !== undefined) return known;
    for (const [oldest, { file }] of this.open) {
      if (this.open.size < OPEN_FILES) break;
      this.open.delete(oldest);
      await file.close();
    }
    const path = `${this.directory}/${segmentName(number)}`;
    const file = await this.files.open(path, 'read');
    const opened = { number, path, file, size: await file.size(), seed: segmentSeed(this.store, number) };
    this.open.set(number, opened);
    return opened;
  }
}

const ZEROS = new Uint8Array(BLOCK);

/** In place of what cannot be read: neither zeros nor the beginning of a group. */
const FILLER = 0xff;

/** The one error for bytes of the log that are not what was written: where, what, and what to do about it. */
export function damaged(path: string, offset: number, reason: string): CodedError {
  return new CodedError(
    'log-damaged',
    `${path} is damaged at byte ${offset}: ${reason}. Nothing was changed. With other replicas, which have every ` +
      'acknowledged write: move this data directory away and start again; this one then serves as a learner, without a ' +
      'vote. Alone: restore a backup',
    { file: path, offset, reason },
  );
}
