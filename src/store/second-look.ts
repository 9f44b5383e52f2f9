/**
 * Snapshots on a disk that cannot read all of them. A place that is unreadable is no reason to refuse a start for ever,
 * where another byte in the same place would not be: an older snapshot, the log or a peer has to do. But an error may pass,
 * and what was put aside is not used again, so it takes two in a row. Only reads count; what fails otherwise tells nothing
 * of what stands in the file.
 */

import { CodedError } from '../base/errors.js';
import type { Files, OpenFile, OpenMode } from './files.js';
import { damagedSnapshot } from './snapshot-format.js';

/** Files that reject with `snapshot-damaged` where the disk cannot read. */
export function lookingTwice(files: Pick<Files, 'open'>): Pick<Files, 'open'> {
  return { open: async (path: string, mode: OpenMode) => new SecondLook(await files.open(path, mode), path) };
}

class SecondLook implements OpenFile {
  readonly #file: OpenFile;
  readonly #path: string;

  constructor(file: OpenFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    try {
      return await this.#file.read(target, position);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    try {
      return await this.#file.read(target, position);
    } catch (error) {
      throw isUnreadable(error) ? damagedSnapshot(this.#path, position, error.message) : error;
    }
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  write(source: Uint8Array, position: number): Promise<void> {
    return this.#file.write(source, position);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Of what a read rejected with: the disk does not give back what stands there. */
export function isUnreadable(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'io';
}
