/** Starts the generator's process for one load and brings back its result. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Load, LoadResult } from './load.js';

const generator = fileURLToPath(new URL('./generator.js', import.meta.url));

export interface RunningLoad {
  readonly result: Promise<LoadResult>;
  /** Ends it before its time; the result is that of what was done. */
  finish(): void;
}

export function startLoad(load: Load): RunningLoad {
  const child = spawn(process.execPath, [generator, JSON.stringify(load)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let complaint = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (complaint += bytes));
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as LoadResult);
      else reject(new Error(`the load generator failed: ${complaint.trim() || `exit code ${code}`}`));
    });
  });
  return { result, finish: () => void child.stdin.end() };
}

/** Does `work` while the load goes on; rejects at once when that ends by itself. */
export function during<T>({ result }: RunningLoad, work: Promise<T>): Promise<T> {
  const ended = result.then(() => {
    throw new Error('the load ended before its time');
  });
  return Promise.race([ended, work]);
}

export function runLoad(load: Load): Promise<LoadResult> {
  return startLoad(load).result;
}
