/**
 * Hunts all mutants, each from several places far apart, on as many processes as are wanted. What came of each is judged
 * here; how it is told is up to the caller.
 */

import { CRASH } from '../checks/violation.js';
import { type Hunt, hunt } from './hunt.js';
import type { Mutant } from './mutant.js';

/** Far more seeds than any hunt plays. */
const APART = 1_000_000;

export interface CampaignOptions {
  readonly mutants: readonly Mutant[];
  /** The first seed of the first start. */
  readonly from: number;
  /** Independent hunts for each mutant. */
  readonly starts: number;
  readonly maxSeeds: number;
  readonly workers: number;
  /** Seeds to begin with, by the names of mutants; none where nothing is told. */
  readonly known?: Readonly<Record<string, number>>;
}

/** What came of the hunts for one mutant. */
export interface Result {
  readonly mutant: Mutant;
  readonly hunts: readonly Hunt[];
}

/** In the order of the mutants, which is also the order in which they begin. */
export function campaign(options: CampaignOptions): readonly Promise<Result>[] {
  const { mutants, from, starts, maxSeeds, workers, known = {} } = options;
  const places = new Places(workers);
  return mutants.map(async (mutant) => {
    const begun = Array.from({ length: starts }, (_, start) =>
      places.within(() => hunt({ mutant, from: from + start * APART, maxSeeds, first: known[mutant.name] })),
    );
    return { mutant, hunts: await Promise.all(begun) };
  });
}

/** Every hunt ended with a check that said what was wrong: a plain crash would have been noticed without any of this. */
export function isCaught({ hunts }: Result): boolean {
  return hunts.every(({ end }) => end.type === 'caught' && end.check !== CRASH);
}

export function medianSeeds({ hunts }: Result): number {
  return medianOf(hunts.map(({ seeds }) => seeds));
}

export function worstSeeds({ hunts }: Result): number {
  return Math.max(...hunts.map(({ seeds }) => seeds));
}

/** The checks that caught it, the most frequent first. */
export function checksOf({ hunts }: Result): readonly string[] {
  const counts = new Map<string, number>();
  for (const { end } of hunts) if (end.type === 'caught') counts.set(end.check, (counts.get(end.check) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([check]) => check);
}

export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** So many at a time; the others wait in line. */
class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
