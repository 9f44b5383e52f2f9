/**
 * What is on a machine's disk, and what is wrong with the disk. It outlives processes. Names, too, are durable only after their
 * directory was synced. Which operation fails or is the last one is decided by `trouble`, which a fault sets. Units have the
 * plainer `MemoryDisk` (test/store/support).
 */

import { CodedError } from '#src/base/errors.js';
import { segmentNumber } from '#src/store/log-format.js';
import type { OperationType } from '../../store/support/memory-files.js';
import type { Pages } from './pages.js';
import type { Random } from './random.js';

/** Where in an operation something happens: before it has any effect, when a part of it may have had, after it was done. */
export type Moment = 'before' | 'within' | 'after';

/** Looks at every operation at its moments; may crash the machine, or name the code of an error that the operation ends with. */
export type Trouble = (moment: Moment, type: OperationType, path: string) => 'io' | null;

/** Milliseconds, least and most. */
export type Span = readonly [number, number];

const SNAPSHOT = /\/snapshots\/(\d{16})\.snapshot$/;

const NO_TROUBLE: Trouble = () => null;

export class SimDisk {
  /** Names as programs see them, directories with null. */
  names = new Map<string, Pages | null>([['/', null]]);
  durableNames = new Map<string, Pages | null>([['/', null]]);
  readonly locked = new Set<string>();
  /** Bytes in all. */
  capacity = Number.POSITIVE_INFINITY;
  trouble: Trouble = NO_TROUBLE;
  /** How long a write that is durable takes, and everything else. */
  writeMs: Span = [0.1, 0.6];
  otherMs: Span = [0.01, 0.05];
  /** What is done when the disk goes on; null while it does. */
  #stalled: (() => void)[] | null = null;
  /** Operations that were begun. */
  operations = 0;
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Nothing is done until `goOn`. */
  stall(): void {
    this.#stalled ??= [];
  }

  goOn(): void {
    const stalled = this.#stalled ?? [];
    this.#stalled = null;
    for (const done of stalled) done();
  }

  /** Calls `done` now, or when the disk goes on. */
  whenGoing(done: () => void): void {
    if (this.#stalled === null) done();
    else this.#stalled.push(done);
  }

  noTrouble(): void {
    this.trouble = NO_TROUBLE;
    this.goOn();
    this.capacity = Number.POSITIVE_INFINITY;
  }

  file(path: string): Pages {
    const pages = this.names.get(path);
    if (pages === undefined || pages === null) throw new CodedError('not-found', `there is no file ${path}`);
    return pages;
  }

  get used(): number {
    let bytes = 0;
    for (const pages of this.names.values()) bytes += pages?.size ?? 0;
    return bytes;
  }

  /** Segments of the log that something was written to, beyond the first. */
  get segmentsBegun(): number {
    let begun = 0;
    for (const [path, pages] of this.names) {
      const number = segmentNumber(path.slice(path.lastIndexOf('/') + 1)) ?? 0;
      if (number > 1 && pages !== null && pages.written().length > 0) begun++;
    }
    return begun;
  }

  /** Slots of the snapshots that a power loss would leave, ascending. */
  durableSnapshots(): number[] {
    const slots: number[] = [];
    for (const [path, pages] of this.durableNames) {
      const digits = SNAPSHOT.exec(path)?.[1];
      if (digits !== undefined && pages?.isDurable === true) slots.push(Number(digits));
    }
    return slots.sort((a, b) => a - b);
  }

  /** The name is on the platter as it is now. */
  settleName(name: string): void {
    const pages = this.names.get(name);
    if (pages === undefined) this.durableNames.delete(name);
    else this.durableNames.set(name, pages);
  }

  losePower(): void {
    const { random } = this;
    const survives = (): boolean => random.chance(0.5);
    const names = new Set([...this.names.keys(), ...this.durableNames.keys()]);
    for (const name of names) if (survives()) this.settleName(name);
    this.names = new Map(this.durableNames);
    for (const pages of new Set(this.names.values())) pages?.losePower(survives);
  }

  /** Another disk with the same on it. */
  copy(): SimDisk {
    const disk = new SimDisk(this.random);
    const copies = new Map<Pages | null, Pages | null>([[null, null]]);
    const copyOf = (pages: Pages | null): Pages | null => {
      const copy = copies.get(pages) ?? pages?.copy() ?? null;
      copies.set(pages, copy);
      return copy;
    };
    for (const [name, pages] of this.names) disk.names.set(name, copyOf(pages));
    for (const [name, pages] of this.durableNames) disk.durableNames.set(name, copyOf(pages));
    return disk;
  }

  /** A file is gone for good. */
  remove(path: string): void {
    this.names.delete(path);
    this.durableNames.delete(path);
  }

  /** Another disk takes its place, with nothing on it. */
  replace(): void {
    this.names = new Map([['/', null]]);
    this.durableNames = new Map([['/', null]]);
    this.locked.clear();
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
