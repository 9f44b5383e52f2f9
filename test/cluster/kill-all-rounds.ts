/**
 * `node scripts/kill-all.mjs [rounds]`: kills all replicas at once under load, again and again (100 rounds by default), and
 * holds every acknowledged write against the store after each. Exit code 1 and the daemons' last words when one is missing.
 */
import { killAllRound } from './kill-all.js';
import { LocalCluster } from './local-cluster.js';

const usage = 'usage: node scripts/kill-all.mjs [rounds]\n';
const shortestLoadMs = 100;
const longestLoadMs = 1500;
/** A log is kept whole and replayed at every start: a cluster of so many rounds still starts quickly. */
const roundsPerCluster = 20;

async function play(from: number, to: number): Promise<boolean> {
  const cluster = await LocalCluster.start();
  try {
    for (let round = from; round <= to; round++) {
      const loadMs = shortestLoadMs + Math.random() * (longestLoadMs - shortestLoadMs);
      const { acknowledged, missing, errors } = await killAllRound(cluster, round, loadMs);
      const verdict =
        missing.length === 0 ? 'all there' : `MISSING ${missing.length}: ${missing.slice(0, 5).join(', ')}`;
      const complaints = errors.length === 0 ? '' : `, ${errors.length} errors: ${errors[0]}`;
      process.stdout.write(`round ${round}: ${acknowledged} acknowledged, ${verdict}${complaints}\n`);
      if (missing.length === 0) continue;
      process.stderr.write(`${cluster.said()}\n`);
      return false;
    }
    return true;
  } catch (error) {
    process.stderr.write(`${cluster.said()}\n`);
    throw error;
  } finally {
    await cluster.dispose();
  }
}

async function playAll(rounds: number): Promise<boolean> {
  for (let from = 1; from <= rounds; from += roundsPerCluster) {
    if (!(await play(from, Math.min(rounds, from + roundsPerCluster - 1)))) return false;
  }
  return true;
}

const [asked = '100', ...more] = process.argv.slice(2);
const rounds = Number(asked);
if (asked === '--help') {
  process.stdout.write(usage);
} else if (more.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(usage);
  process.exitCode = 1;
} else {
  process.exitCode = (await playAll(rounds)) ? 0 : 1;
}
