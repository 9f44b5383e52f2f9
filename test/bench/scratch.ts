/** A directory for the data of one run, which goes with the process, also when that is interrupted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Makes it under `parent`. Import those who start processes first: they must have ended them by the time the directory is
 * deleted.
 */
export function scratchDirectory(parent: string): string {
  const directory = mkdtempSync(join(parent, 'synod-bench-'));
  // Who was killed a moment ago may still be writing.
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  for (const signal of interrupts) process.once(signal, () => process.exit(128 + constants.signals[signal]));
  return directory;
}
