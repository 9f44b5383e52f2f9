/**
 * The processes of a system that is compared with Synod, and the directory with their data. They are known by their place in the
 * list, are ended by their ids, and do not outlive this process however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '#src/base/assert.js';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export class Members {
  readonly directory: string;
  readonly #commands: readonly Command[];
  readonly #children: ChildProcess[];
  /** Why one that was started is not there any more: while they are to come up, that is a failure. */
  readonly #gone: Promise<Error>;

  private constructor(directory: string, commands: readonly Command[]) {
    this.directory = directory;
    this.#commands = commands;
    this.#children = commands.map(launch);
    this.#gone = Promise.race(this.#children.map(goneOf));
  }

  /** Starts all whose command lines `commandsIn` makes for a new directory under `parent`. */
  static async start(
    parent: string,
    name: string,
    commandsIn: (directory: string) => readonly Command[] | Promise<readonly Command[]>,
  ): Promise<Members> {
    const directory = await mkdtemp(join(parent, `bench-${name}-`));
    return new Members(directory, await commandsIn(directory));
  }

  get pids(): readonly number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  /** The command line of the first, with DATA for the directory. */
  get commandLine(): string {
    const { program, args } = must(this.#commands[0], 'a member');
    return [program, ...args.map(quoted)].join(' ').replaceAll(this.directory, 'DATA');
  }

  /** Waits for what shows that they serve; ends them when that fails, or one of them is gone. */
  async serving<T>(shown: Promise<T>): Promise<T> {
    const gone = this.#gone.then((error) => {
      throw error;
    });
    try {
      return await Promise.race([shown, gone]);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  kill(i: number, signal: NodeJS.Signals): Promise<void> {
    return end(must(this.#children[i], `member ${i}`), signal);
  }

  restart(i: number): void {
    this.#children[i] = launch(must(this.#commands[i], `member ${i}`));
  }

  /** Ends all and deletes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => end(child, 'SIGKILL')));
    await rm(this.directory, { recursive: true, force: true });
  }
}

const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`);

function launch({ program, args }: Command): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  running.add(child);
  child.once('error', () => running.delete(child));
  child.once('exit', () => running.delete(child));
  return child;
}

function goneOf(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(new Error(`cannot start ${child.spawnfile}: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(new Error(`${child.spawnfile} ended with ${signal ?? code}`)));
  });
}

/** Ends a process that is ours and waits until it is gone. */
function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
