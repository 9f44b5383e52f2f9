/**
 * Many seeds on many processes: hands out seeds until there are no more or time is up, gathers what came of them, and stops at
 * the first failure. How it is told is up to the caller.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Coverage } from './checks/coverage.js';
import type { Done, Job, Played } from './job.js';
import { NODE_FLAGS } from './node-flags.js';
import type { Wishes } from './plan.js';

export interface BatchOptions {
  /** Asked before each seed; undefined: no more. */
  next(): number | undefined;
  readonly wishes: Wishes;
  readonly workers: number;
  progress(batch: Batch): void;
}

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

export class Batch {
  readonly coverage = new Coverage();
  readonly failures: Done[] = [];
  seeds = 0;
  simulatedMs = 0;
  /** Processor time spent, ms: what runs beside the batch does not count. */
  cpuMs = 0;
  operations = 0;
  events = 0;
  readonly #options: BatchOptions;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** Resolves when all is played, or something failed. Rejects when a process breaks down. */
  async run(): Promise<void> {
    const workers = Array.from({ length: this.#options.workers }, () => fork(WORKER, { execArgv: [...NODE_FLAGS] }));
    try {
      await Promise.all(workers.map((worker) => this.#keepBusy(worker)));
    } finally {
      for (const worker of workers) worker.kill();
    }
  }

  get faults(): number {
    let faults = 0;
    for (const [what, times] of this.coverage.counts) if (what.startsWith('fault: ')) faults += times;
    return faults;
  }

  #keepBusy(worker: ChildProcess): Promise<void> {
    const { next, wishes, progress } = this.#options;
    return new Promise((resolve, reject) => {
      let seed: number | undefined;
      const give = (): void => {
        seed = this.failures.length > 0 ? undefined : next();
        if (seed === undefined) resolve();
        else worker.send({ seed, wishes } satisfies Job);
      };
      worker.on('message', (played: Played) => {
        this.#take(played);
        progress(this);
        give();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (seed !== undefined) reject(new Error(`the process that played seed ${seed} ended with code ${code}`));
      });
      give();
    });
  }

  #take({ done, cpuMs }: Played): void {
    this.seeds++;
    this.cpuMs += cpuMs;
    this.simulatedMs += done.simulatedMs;
    this.operations += done.operations;
    this.events += done.events;
    this.coverage.add(done.coverage);
    if (done.violation !== null) this.failures.push(done);
  }
}
