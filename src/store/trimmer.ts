/**
 * Takes away what the log does not need any more, once a group on disk says so: places of slots in memory at once, segment files
 * in the background, oldest first, one at a time. A crash leaves files behind that the last group does not need; the next life
 * takes them away. A file that a peer is being served from goes when its reading has ended.
 */

import { CodedError } from '../base/errors.js';
import type { Files } from './files.js';
import { segmentName } from './log-format.js';
import type { SegmentLedger } from './segment-ledger.js';
import type { SlotIndex } from './slot-index.js';
import type { SlotReader } from './slot-reader.js';

export interface TrimmerParts {
  readonly files: Files;
  readonly directory: string;
  readonly index: SlotIndex;
  readonly ledger: SegmentLedger;
  readonly reader: SlotReader;
}

export class Trimmer {
  private readonly parts: TrimmerParts;
  private readonly failed: (error: CodedError) => void;
  private firstSlot = 0;
  private firstSegment = 0;
  private running: Promise<void> | null = null;
  private isStopped = false;

  /** `failed`: the disk does not do what it should, and the process must end. */
  constructor(parts: TrimmerParts, failed: (error: CodedError) => void) {
    this.parts = parts;
    this.failed = failed;
  }

  /** A group with these marks is durable. */
  written(firstSlot: number, firstSegment: number): void {
    if (firstSlot !== this.firstSlot) this.parts.index.begin(firstSlot);
    this.firstSlot = firstSlot;
    this.firstSegment = firstSegment;
    if (this.running !== null || this.isStopped || this.parts.ledger.oldestBefore(firstSegment) === undefined) return;
    this.running = this.remove();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async remove(): Promise<void> {
    const { files, directory, ledger, reader } = this.parts;
    try {
      for (;;) {
        const segment = ledger.oldestBefore(this.firstSegment);
        if (segment === undefined || this.isStopped) break;
        await reader.release(segment);
        await files.unlink(`${directory}/${segmentName(segment)}`);
        await files.syncDirectory(directory);
        ledger.drop(segment);
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.isStopped = true;
      this.failed(error);
    }
    this.running = null;
  }
}
