/** One run of a tool of the command line, as a user starts it; it is killed when the test process ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ToolEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class Tool {
  readonly ended: Promise<ToolEnd>;
  readonly #child: ChildProcess;

  constructor(...words: readonly string[]) {
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
    let out = '';
    let err = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString();
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal, out, err });
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
