/**
 * `node scripts/overwrite.mjs`: overwrites keys at full speed and prints a line a minute
 * about the disks of all replicas. Exit code 1 when one uses more than it may, or keeps using more.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf } from '#src/base/errors.js';
import { LocalCluster } from '../cluster/local-cluster.js';
import { overwrite } from './overwrite.js';

const usage = 'usage: node scripts/overwrite.mjs [--minutes 60] [--keys 100000] [--data DIR]';

async function main(minutes: number, keys: number, parent: string): Promise<readonly string[]> {
  if (!(minutes > 0) || !Number.isInteger(keys) || keys < 1) throw new Error('--minutes and --keys: numbers above 0');
  const cluster = await LocalCluster.start({ parent });
  try {
    return await overwrite(cluster, keys, minutes * 60_000, (line) => void process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${cluster.said()}\n`);
    throw error;
  } finally {
    await cluster.dispose();
  }
}

try {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      keys: { type: 'string', default: '100000' },
      data: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
  } else {
    const findings = await main(Number(values.minutes), Number(values.keys), values.data);
    for (const finding of findings) process.stderr.write(`${finding}\n`);
    process.stdout.write(findings.length === 0 ? 'disk use is bounded\n' : 'disk use is NOT bounded\n');
    process.exitCode = findings.length === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`overwrite: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
