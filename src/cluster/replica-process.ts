/**
 * One daemon as a child process: started, its lines read, its end told. Whether it is started again is decided by the cluster
 * that owns it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ReplicaEvents {
  line(text: string): void;
  /** It is gone and its output is read to the end. `how` is a phrase: `killed by SIGKILL`, `ended with exit code 1`. */
  ended(how: string, code: number | null): void;
}

export class ReplicaProcess {
  readonly #child: ChildProcess;
  #over = false;

  constructor(daemon: string, args: readonly string[], events: ReplicaEvents) {
    const child = spawn(process.execPath, [daemon, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) linesOf(stream, events);
    const end = (how: string, code: number | null): void => {
      if (this.#over) return;
      this.#over = true;
      events.ended(how, code);
    };
    child.on('error', (error) => end(`could not be started: ${error.message}`, 1));
    child.on('close', (code, signal) => end(signal ? `killed by ${signal}` : `ended with exit code ${code}`, code));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Asks it to hand over and end; one that was stopped (SIGSTOP) is woken for it. */
  stop(): void {
    this.#child.kill('SIGTERM');
    this.#child.kill('SIGCONT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function linesOf(stream: Readable, events: ReplicaEvents): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => events.line(line));
}
