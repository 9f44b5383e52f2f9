/** `npm run chaos`: plays the runs that it is told, prints a line of figures for each, and fails when anything was wrong. */
import { messageOf } from '#src/base/errors.js';
import { exitCodeOf } from '../command-line/read.js';
import { readChaosOptions } from './options.js';
import { isFine, reportLine } from './report.js';
import { runChaos } from './run.js';

const interrupted = 130;

// What was made outside this process is taken away as it exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(interrupted));

try {
  for (const options of (await readChaosOptions(process.argv.slice(2))) ?? []) {
    const report = await runChaos(options, (line) => void process.stdout.write(`${line}\n`));
    process.stdout.write(`${reportLine(report)}\n`);
    if (isFine(report)) continue;
    process.exitCode = 1;
    for (const finding of report.findings) process.stderr.write(`${finding}\n`);
    process.stderr.write(`story.txt and the data are kept in ${report.evidence}\n`);
  }
} catch (error) {
  process.stderr.write(`chaos: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
