/**
 * The newest values of the log, still in memory: every value whose record is not yet durable, and as many of the last ones as
 * a few megabytes hold, so that a peer that is only slightly behind costs no read of the disk.
 */

import type { Lsn } from '../base/ids.js';
import type { Value } from '../paxos/value.js';
import { valueSize } from '../wire/value-codec.js';
import type { BallotTable } from './ballot-table.js';

const KEPT_BYTES = 8 * 1024 * 1024;
/** What an entry costs besides its value's bytes. */
const ENTRY_BYTES = 200;

interface Entry {
  readonly lsn: Lsn;
  readonly ballot: number;
  readonly value: Value;
  readonly bytes: number;
}

export class RecentValues {
  private readonly ballots: BallotTable;
  /** By slot, in the order in which they were added. */
  private readonly entries = new Map<number, Entry>();
  private bytes = 0;

  constructor(ballots: BallotTable) {
    this.ballots = ballots;
  }

  /** `ballot` is a place in the table. A value of a higher ballot stays. */
  add(slot: number, ballot: number, value: Value, lsn: Lsn): void {
    const held = this.entries.get(slot);
    if (held !== undefined) {
      if (this.ballots.compare(held.ballot, ballot) > 0) return;
      this.entries.delete(slot);
      this.bytes -= held.bytes;
    }
    const bytes = ENTRY_BYTES + valueSize(value);
    this.entries.set(slot, { lsn, ballot, value, bytes });
    this.bytes += bytes;
  }

  /** The value of the highest ballot among those kept, if it is not below `ballot`, a place in the table. */
  get(slot: number, ballot: number): Value | undefined {
    const held = this.entries.get(slot);
    return held !== undefined && this.ballots.compare(held.ballot, ballot) >= 0 ? held.value : undefined;
  }

  /** Lets go of what is too much, oldest first, but of nothing that is not durable. */
  trim(durable: Lsn): void {
    if (this.bytes <= KEPT_BYTES) return;
    for (const [slot, entry] of this.entries) {
      if (entry.lsn > durable || this.bytes <= KEPT_BYTES) return;
      this.entries.delete(slot);
      this.bytes -= entry.bytes;
    }
  }
}
