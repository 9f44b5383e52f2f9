/**
 * The files of a replica with a counter before them: writes to the log, and everything else that a disk is asked for. Everything
 * goes on to the files behind, unchanged and in the same moment.
 */

import type { DirectoryLock, Files, OpenFile, OpenMode } from '#src/store/files.js';
import { segmentNumber } from '#src/store/log-format.js';
import type { Tally } from './tally.js';

export class CountedFiles implements Files {
  readonly #files: Files;
  readonly #tally: Tally;

  constructor(files: Files, tally: Tally) {
    this.#files = files;
    this.#tally = tally;
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const file = await this.#other(this.#files.open(path, mode));
    const isLog = segmentNumber(path.slice(path.lastIndexOf('/') + 1)) !== null;
    return new CountedFile(file, isLog, this.#tally);
  }

  readSmall(path: string, limit: number): Promise<Uint8Array> {
    return this.#other(this.#files.readSmall(path, limit));
  }

  writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    return this.#other(this.#files.writeSmall(path, bytes));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#other(this.#files.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#other(this.#files.unlink(path));
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#other(this.#files.list(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#other(this.#files.makeDirectory(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#other(this.#files.syncDirectory(path));
  }

  /** No operation: nothing is read or written. */
  freeBytes(directory: string): Promise<number> {
    return this.#files.freeBytes(directory);
  }

  lock(directory: string): Promise<DirectoryLock> {
    return this.#other(this.#files.lock(directory));
  }

  #other<Operation>(operation: Operation): Operation {
    this.#tally.otherDisk++;
    return operation;
  }
}

class CountedFile implements OpenFile {
  readonly #file: OpenFile;
  readonly #isLog: boolean;
  readonly #tally: Tally;

  constructor(file: OpenFile, isLog: boolean, tally: Tally) {
    this.#file = file;
    this.#isLog = isLog;
    this.#tally = tally;
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  read(target: Uint8Array, position: number): Promise<number> {
    this.#tally.otherDisk++;
    return this.#file.read(target, position);
  }

  write(source: Uint8Array, position: number): Promise<void> {
    if (this.#isLog) {
      this.#tally.logWrites++;
      this.#tally.logBytes += source.length;
    } else this.#tally.otherDisk++;
    return this.#file.write(source, position);
  }

  sync(): Promise<void> {
    this.#tally.otherDisk++;
    return this.#file.sync();
  }

  truncate(size: number): Promise<void> {
    this.#tally.otherDisk++;
    return this.#file.truncate(size);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
