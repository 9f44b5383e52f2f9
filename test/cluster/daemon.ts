/**
 * One real daemon of a test: started as users start it, stopped, killed and started again by its process id. It keeps the last
 * lines that the daemon said, for the message of a test that fails, and leaves nothing running when the test process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { must } from '#src/base/assert.js';

const program = fileURLToPath(new URL('../../daemon.js', import.meta.url));
const keptCharacters = 20_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Daemon {
  readonly args: readonly string[];
  /** What is put before its command line: it must turn into the daemon, with the same process id. */
  readonly #within: readonly string[];
  /** What it said on both streams, over all its lives, cut to the last part. */
  output = '';
  #child: ChildProcess | undefined;
  #ended: Promise<Exit> = Promise.resolve({ code: 0, signal: null });

  constructor(args: readonly string[], within: readonly string[] = []) {
    this.args = args;
    this.#within = within;
  }

  get alive(): boolean {
    return this.#child !== undefined && running.has(this.#child);
  }

  get pid(): number {
    return must(this.#child?.pid, 'a daemon that was started');
  }

  /** Settles when the present process is gone and its output is read. */
  get ended(): Promise<Exit> {
    return this.#ended;
  }

  /** `more` options are for this start only. */
  start(more: readonly string[] = []): void {
    const words = [...this.#within, process.execPath, program, ...this.args, ...more];
    const child = spawn(must(words[0], 'a command'), words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
    const keep = (bytes: Buffer): void => {
      this.output = (this.output + bytes.toString()).slice(-keptCharacters);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  /** Sends a signal to it. SIGKILL and SIGTERM are waited for with `ended`. */
  signal(signal: NodeJS.Signals): void {
    if (this.alive) process.kill(this.pid, signal);
  }

  /** kill -9, also when it is stopped; returns when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM; returns how it ended. */
  terminate(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.#ended;
  }
}
