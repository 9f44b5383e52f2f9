/**
 * What is known of each segment that the log still has: how much of it is used, and the highest slot that anything in it speaks
 * of. From this follows which segments are not needed any more, and how far back a log may be cut.
 */

import { type Slot, slot } from '../base/ids.js';

/** How much of the log is kept behind a snapshot for peers that lag: whichever is less. */
export interface Keep {
  readonly slots: number;
  readonly bytes: number;
}

interface Entry {
  readonly number: number;
  used: number;
  highest: number;
}

/** The segment in use and the one before it are never given up. */
const ALWAYS_KEPT = 2;

export class SegmentLedger {
  /** Ascending; spares are not among them. */
  readonly #entries: Entry[] = [];

  /** The segment has a slot, or may have had one that cannot be read any more. */
  note(segment: number, highest: number): void {
    const entry = this.#entryOf(segment);
    if (highest > entry.highest) entry.highest = highest;
  }

  /** The same for all of the segments `from … to` that there are. */
  noteAll(from: number, to: number, highest: number): void {
    for (const { number } of this.#entries) if (number >= from && number <= to) this.note(number, highest);
  }

  /** The segment is used up to `bytes`. */
  fill(segment: number, bytes: number): void {
    this.#entryOf(segment).used = bytes;
  }

  get bytes(): number {
    return this.#entries.reduce((sum, { used }) => sum + used, 0);
  }

  /** Bytes from a place in the log to its end. */
  bytesFrom(segment: number, offset: number): number {
    const from = this.#entries.filter(({ number }) => number >= segment);
    return from.reduce((sum, { used }) => sum + used, 0) - offset;
  }

  /** The oldest segment that a log which begins at `first` needs. */
  firstNeeded(first: number): number {
    const before = this.#entries.slice(0, -ALWAYS_KEPT);
    const needed = before.find(({ highest }) => highest >= first) ?? this.#entries.at(-ALWAYS_KEPT);
    return needed?.number ?? this.#entries[0]?.number ?? 1;
  }

  /** The oldest segment, if it is before `segment`. */
  oldestBefore(segment: number): number | undefined {
    const oldest = this.#entries[0]?.number;
    return oldest !== undefined && oldest < segment ? oldest : undefined;
  }

  /** The segment is gone. */
  drop(segment: number): void {
    const place = this.#entries.findIndex(({ number }) => number === segment);
    if (place !== -1) this.#entries.splice(place, 1);
  }

  /** See ReplicaLog.firstToKeep; `first` is where the log begins now. */
  firstToKeep(first: Slot, upTo: Slot, keep: Keep): Slot {
    let kept = Math.max(first, upTo + 1 - keep.slots);
    let bytes = 0;
    for (const { used, highest } of [...this.#entries].reverse()) {
      bytes += used;
      if (bytes > keep.bytes) kept = Math.max(kept, highest + 1);
    }
    return slot(Math.min(kept, upTo + 1));
  }

  #entryOf(segment: number): Entry {
    const last = this.#entries.at(-1);
    if (last?.number === segment) return last;
    const known = this.#entries.find(({ number }) => number === segment);
    if (known !== undefined) return known;
    const made = { number: segment, used: 0, highest: 0 };
    this.#entries.push(made);
    this.#entries.sort((a, b) => a.number - b.number);
    return made;
  }
}
