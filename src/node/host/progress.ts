/**
 * How far long work has come, for whoever waits for it: a bar that is drawn over and over on a terminal, else a plain line
 * now and then, so that a log of it stays short. Goes to stderr: what the work has to say is for stdout.
 */

/** What progress is shown on. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR_CELLS = 24;
const MIB = 1024 * 1024;

export class Progress {
  readonly #out: ProgressOutput;
  readonly #now: () => number;
  #what = '';
  #began = 0;
  #told = 0;

  constructor(out: ProgressOutput = process.stderr, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  /** So much is done of `what`, in bytes or in whatever `total` counts. May be called as often as one likes. */
  at(what: string, done: number, total: number): void {
    const now = this.#now();
    if (what !== this.#what) this.#begin(what, now);
    const isDue = now - this.#told >= (this.#out.isTTY === true ? REDRAW_MS : LINE_MS);
    if (!isDue) return;
    this.#told = now;
    const line = progressLine({ what, done, total, ms: now - this.#began });
    this.#out.write(this.#out.isTTY === true ? `\r${line.slice(0, (this.#out.columns ?? 80) - 1)}\x1b[K` : `${line}\n`);
  }

  /** Waiting for something that does not say how far it is. */
  wait(what: string): void {
    this.#begin(what, this.#now());
    if (this.#out.isTTY === true) this.#out.write(`\r${what} …\x1b[K`);
  }

  /** Leaves the line empty for what comes next. */
  end(): void {
    if (this.#out.isTTY === true && this.#what !== '') this.#out.write('\r\x1b[K');
    this.#what = '';
  }

  #begin(what: string, now: number): void {
    this.#what = what;
    this.#began = now;
    // The first line comes when there is something to tell.
    this.#told = now;
  }
}

interface Point {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly ms: number;
}

/** `backup [#####.....]  45 %  121.5 of 270.1 MiB, 85.2 MiB/s, 2 s left`. */
function progressLine({ what, done, total, ms }: Point): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(part * BAR_CELLS);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  const rate = ms === 0 ? 0 : (done / ms) * 1_000;
  const left = rate === 0 ? '?' : Math.ceil((total - done) / rate);
  return `${what} ${bar} ${percent} %  ${mib(done)} of ${mib(total)} MiB, ${mib(rate)} MiB/s, ${left} s left`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
