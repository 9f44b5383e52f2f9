/**
 * What a run made outside its own process (network namespaces, mounts) and how it is taken away again. Also when the process is
 * told to end: the steps are synchronous, so that they can run in its very last moment.
 */
import { spawnSync } from 'node:child_process';
import { messageOf } from '#src/base/errors.js';

export class Undo {
  readonly #steps: (() => void)[] = [];
  readonly #atExit = (): void => this.run();

  constructor() {
    process.once('exit', this.#atExit);
  }

  /** Steps run in reverse order. */
  add(step: () => void): void {
    this.#steps.push(step);
  }

  /** A command that takes away what was made. */
  addCommand(program: string, ...args: readonly string[]): void {
    this.add(() => {
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      if (status !== 0) process.stderr.write(`chaos: ${program} ${args.join(' ')}: ${stderr}\n`);
    });
  }

  /** What was made stays. */
  forget(): void {
    this.#steps.length = 0;
    this.run();
  }

  run(): void {
    process.removeListener('exit', this.#atExit);
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        step();
      } catch (error) {
        process.stderr.write(`chaos: ${messageOf(error)}\n`);
      }
    }
  }
}
