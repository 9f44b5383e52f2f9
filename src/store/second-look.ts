/**
 * Snapshots on a disk that cannot read all of them. A place that is unreadable is no reason to refuse a start for ever,
 * where another byte in the same place would not be: an older snapshot, the log or a peer has to do. But an error may pass,
 * and what was put aside is not used again, so it takes two in a row. Only reads count; what fails otherwise tells nothing
 * of what stands in the file.
 */

import { CodedError } from '../base/errors.js';
import type { ReadFile, ReadFiles } from './files.js';
import { damagedSnapshot } from './snapshot-format.js';

/** Files that reject with `snapshot-damaged` where the disk cannot read. */
export function lookingTwice(files: ReadFiles): ReadFiles {
  return {
    open: async (path, mode) => {
      const file = await files.open(path, mode);
      return {
        size: () => file.size(),
        read: (target, position) => readTwice(file, path, target, position),
        close: () => file.close(),
      };
    },
  };
}

async function readTwice(file: ReadFile, path: string, target: Uint8Array, position: number): Promise<number> {
  try {
    return await file.read(target, position);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  try {
    return await file.read(target, position);
  } catch (error) {
    throw isUnreadable(error) ? damagedSnapshot(path, position, error.message) : error;
  }
}

/** Of what a read rejected with: the disk does not give back what stands there. */
export function isUnreadable(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'io';
}
