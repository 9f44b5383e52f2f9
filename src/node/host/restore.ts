/**
 * `synod restore FILE --data DIR …`: puts what is in a backup into the data directories of a new cluster. Every replica of
 * it must be restored from the same file: they know each other by it. What a directory gets is store/restore.ts's business.
 */

import { resolve } from 'node:path';
import { CodedError } from '../../base/errors.js';
import { Disk } from '../../store/disk.js';
import { restore as restoreInto } from '../../store/restore.js';
import { Progress } from './progress.js';
import { describeSnapshot } from './snapshot-text.js';
import { systemClock } from './system-clock.js';
import { readArguments, runTool } from './tool.js';
import { UsageError } from './usage-error.js';

export function restore(argv: readonly string[]): Promise<number> {
  return runTool(async () => {
    const given = await readArguments(argv, (parser) =>
      parser
        .scriptName('synod restore')
        .usage('$0 <FILE> --data DIR …\n\nMakes the data directories of a new cluster from a backup.')
        .option('data', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'Directories of its replicas: empty, or not there yet',
        })
        .example('$0 monday.synod --data data/8000 data/8001 data/8002', 'then `npm start`')
        .example(
          '$0 monday.synod --data data/8000',
          'on each of three hosts, with the same file; start with the same --data',
        )
        .demandCommand(1, 1, 'tell which backup to restore', 'one backup at a time; directories go behind --data'),
    );
    if (given === null) return 0;
    const directories = [...new Set((given.data ?? []).map((directory) => resolve(directory)))];
    if (directories.length === 0) throw new UsageError('tell where to with --data DIR …; --help lists all');
    await restoreAll(resolve(String(given._[0])), directories);
    return 0;
  });
}

async function restoreAll(from: string, directories: readonly string[]): Promise<void> {
  const progress = new Progress();
  try {
    const info = await restoreInto({
      files: new Disk(),
      clock: systemClock,
      from,
      directories,
      progress: (what, done, total) => progress.at(what, done, total),
    });
    progress.end();
    const restored = directories.map((directory) => `restored to ${directory}`);
    process.stdout.write(`${[from, ...describeSnapshot(info), ...restored].join('\n')}\n`);
  } catch (error) {
    progress.end();
    if (error instanceof CodedError && error.code === 'snapshot-damaged') {
      throw new CodedError('snapshot-damaged', `${error.message}; nothing of it was restored`, error.data, error);
    }
    throw error;
  }
}
