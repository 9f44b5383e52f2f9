/** What happened in a run, line by line with its time, for whoever has to find out what went wrong; and what was found wrong. */

/** The oldest lines of a long run are forgotten. */
const keptLines = 2_000;
const keptFindings = 12;

/** A write that was acknowledged is gone; a read missed one that was acknowledged before; anything else. */
export type Wrong = 'lost' | 'stale' | 'other';

export class Story {
  readonly #lines: string[] = [];
  readonly #tellNow: boolean;
  readonly #began = performance.now();
  readonly #counts: Record<Wrong, number> = { lost: 0, stale: 0, other: 0 };
  readonly #findings: string[] = [];

  /** `tellNow`: every line is also printed at once. */
  constructor(tellNow: boolean) {
    this.#tellNow = tellNow;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get counts(): Readonly<Record<Wrong, number>> {
    return this.#counts;
  }

  /** The first ones. */
  get findings(): readonly string[] {
    return this.#findings;
  }

  get allFine(): boolean {
    return this.#counts.lost + this.#counts.stale + this.#counts.other === 0;
  }

  tell(what: string): void {
    const line = `${((performance.now() - this.#began) / 1000).toFixed(3).padStart(8)} s  ${what}`;
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    if (this.#tellNow) process.stderr.write(`${line}\n`);
  }

  /** `detail`: for the story alone. */
  found(wrong: Wrong, what: string, detail = ''): void {
    this.#counts[wrong]++;
    this.tell(`WRONG (${wrong}): ${what}${detail}`);
    if (this.#findings.length < keptFindings) this.#findings.push(`${wrong}: ${what}`);
  }
}
