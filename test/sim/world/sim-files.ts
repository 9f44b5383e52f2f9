/**
 * The port `Files` as one process has it, over the disk of its machine. Every operation takes its time and may end badly; what
 * is under way when the process dies is torn, and nothing that it awaits ever comes. For the simulator alone, which has a world
 * around them: a test that says itself what goes wrong wants the plainer `MemoryFiles` (test/store/support).
 */

import { CodedError } from '#src/base/errors.js';
import type { DirectoryLock, Files, OpenFile, OpenMode } from '#src/store/files.js';
import type { OperationType } from '../../store/support/memory-files.js';
import { PAGE, Pages, SECTOR } from './pages.js';
import { parentOf, type SimDisk } from './sim-disk.js';
import type { SimProcess } from './sim-process.js';

interface UnderWay {
  readonly pages: Pages;
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly durable: boolean;
}

export class SimFiles implements Files {
  readonly #disk: SimDisk;
  readonly #process: SimProcess;
  readonly #underWay = new Set<UnderWay>();

  constructor(disk: SimDisk, process: SimProcess) {
    this.#disk = disk;
    this.#process = process;
  }

  /** The process died, its machine with it when the power failed: tears the writes under way. */
  crash(power: boolean): void {
    for (const write of this.#underWay) this.#tear(write, power);
    this.#underWay.clear();
    this.#disk.locked.clear();
    if (power) this.#disk.losePower();
  }

  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return this.perform('open', path, () => {
      const { names } = this.#disk;
      this.#checkDirectory(parentOf(path));
      if (mode === 'create') {
        const known = names.get(path);
        if (known === undefined) names.set(path, new Pages());
        else known?.truncate(0);
      }
      return new SimFile(this, path, this.#disk.file(path), mode);
    });
  }

  async readSmall(path: string, limit: number): Promise<Uint8Array> {
    const file = await this.open(path, 'read');
    const size = await file.size();
    if (size > limit) throw new CodedError('io', `${path} is longer than ${limit} bytes`);
    const bytes = new Uint8Array(size);
    await file.read(bytes, 0);
    await file.close();
    return bytes;
  }

  async writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.open(path, 'create');
    await file.write(bytes, 0);
    await file.sync();
    await file.close();
  }

  rename(from: string, to: string): Promise<void> {
    return this.perform('rename', from, () => {
      const { names } = this.#disk;
      names.set(to, this.#disk.file(from));
      names.delete(from);
    });
  }

  unlink(path: string): Promise<void> {
    return this.perform('unlink', path, () => {
      this.#disk.file(path);
      this.#disk.names.delete(path);
    });
  }

  list(directory: string): Promise<readonly string[]> {
    return this.perform('list', directory, () => {
      this.#checkDirectory(directory);
      const inside = [...this.#disk.names.keys()].filter((path) => parentOf(path) === directory && path !== '/');
      return inside.map((path) => path.slice(directory.length + 1)).sort();
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.perform('make-directory', path, () => {
      for (let made = path; made !== '/'; made = parentOf(made)) {
        this.#disk.names.set(made, null);
        this.#disk.durableNames.set(made, null);
      }
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.perform('sync-directory', path, () => {
      this.#checkDirectory(path);
      const names = [...this.#disk.durableNames.keys(), ...this.#disk.names.keys()];
      for (const name of names) if (parentOf(name) === path) this.#disk.settleName(name);
    });
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(Math.max(0, this.#disk.capacity - this.#disk.used));
  }

  lock(directory: string): Promise<DirectoryLock> {
    const { locked } = this.#disk;
    if (locked.has(directory)) return Promise.reject(new CodedError('locked', `${directory} is in use`));
    locked.add(directory);
    const release = (): Promise<void> => {
      if (!this.#process.dead) locked.delete(directory);
      return Promise.resolve();
    };
    return Promise.resolve({ release });
  }

  /** Begins an operation; its effect comes at once with its end. */
  perform<Result>(type: OperationType, path: string, effect: () => Result, slow = false): Promise<Result> {
    const disk = this.#disk;
    const process = this.#process;
    if (process.dead) return never();
    disk.operations++;
    const error = disk.trouble('before', type, path);
    if (process.dead) return never();
    const span = slow ? disk.writeMs : disk.otherMs;
    return new Promise((settle, reject) => {
      const end = (): void => {
        if (process.dead) return;
        const told = error ?? disk.trouble('within', type, path);
        if (process.dead) return;
        const outcome = told === null ? outcomeOf(effect) : { error: failed(type, path) };
        disk.trouble('after', type, path);
        process.deliver(() => ('error' in outcome ? reject(outcome.error) : settle(outcome.result)));
      };
      process.timeline.at(process.now + disk.random.between(span[0], span[1]), () => disk.whenGoing(end));
    });
  }

  async write(file: SimFile, bytes: Uint8Array, position: number): Promise<void> {
    const { pages, path, mode } = file;
    const disk = this.#disk;
    const durable = mode === 'durable';
    const write: UnderWay = { pages, bytes, position, durable };
    this.#underWay.add(write);
    const effect = (): void => {
      const growth = Math.max(0, position + bytes.length - pages.size);
      if (growth > 0 && disk.used + growth > disk.capacity) {
        throw new CodedError('no-space', `cannot write ${path}: the disk is full`);
      }
      if (durable) pages.writeDurably(bytes, position);
      else pages.write(bytes, position);
    };
    try {
      await this.perform('write', path, effect, durable);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'io') this.#botch(write);
      throw error;
    } finally {
      this.#underWay.delete(write);
    }
  }

  /** After an error programs may see what was written, and no later sync remembers it. */
  #botch({ pages, bytes, position }: UnderWay): void {
    const { random } = this.#disk;
    const length = random.chance(0.5) ? bytes.length : random.below(bytes.length / SECTOR + 1) * SECTOR;
    const isForgotten = random.chance(0.7);
    if (length > 0) pages.write(bytes.subarray(0, length), position, isForgotten);
  }

  /** Killed: pages in order. Without power: any sectors. */
  #tear({ pages, bytes, position, durable }: UnderWay, power: boolean): void {
    const { random } = this.#disk;
    const piece = power ? SECTOR : PAGE;
    const pieces = Math.ceil(bytes.length / piece);
    const reached = random.below(pieces + 1);
    for (let n = 0; n < pieces; n++) {
      if (power ? random.chance(0.5) : n >= reached) continue;
      const part = bytes.subarray(n * piece, (n + 1) * piece);
      if (power && durable) pages.writeDurably(part, position + n * piece);
      else pages.write(part, position + n * piece);
    }
  }

  #checkDirectory(path: string): void {
    if (this.#disk.names.get(path) !== null) throw new CodedError('not-found', `there is no directory ${path}`);
  }
}

class SimFile implements OpenFile {
  readonly path: string;
  readonly pages: Pages;
  readonly mode: OpenMode;
  readonly #files: SimFiles;

  constructor(files: SimFiles, path: string, pages: Pages, mode: OpenMode) {
    this.#files = files;
    this.path = path;
    this.pages = pages;
    this.mode = mode;
  }

  size(): Promise<number> {
    return Promise.resolve(this.pages.size);
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#files.perform('read', this.path, () => this.pages.read(target, position));
  }

  write(source: Uint8Array, position: number): Promise<void> {
    return this.#files.write(this, source, position);
  }

  async sync(): Promise<void> {
    try {
      await this.#files.perform('sync', this.path, () => this.pages.sync(), true);
    } catch (error) {
      this.pages.forget();
      throw error;
    }
  }

  truncate(size: number): Promise<void> {
    return this.#files.perform('truncate', this.path, () => this.pages.truncate(size));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

type Outcome<Result> = { readonly result: Result } | { readonly error: CodedError };

/** A new one for each: reactions to one promise for all would keep everything alive that ever waited. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function outcomeOf<Result>(effect: () => Result): Outcome<Result> {
  try {
    return { result: effect() };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { error };
  }
}

function failed(type: OperationType, path: string): CodedError {
  return new CodedError('io', `cannot ${type} ${path}: the disk reports an error (EIO)`, { path });
}
