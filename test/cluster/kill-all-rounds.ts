/**
 * `node scripts/kill-all.mjs [rounds]`: kills all replicas at once under load, again and again (100 rounds by default), and
 * holds every acknowledged write against the store after each. Exit code 1 and the daemons' last words when one is missing.
 */
import { killAllRound } from './kill-all.js';
import { LocalCluster } from './local-cluster.js';

const rounds = Number(process.argv[2] ?? 100);
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

let fine = Number.isInteger(rounds) && rounds > 0;
if (!fine) process.stderr.write('usage: node scripts/kill-all.mjs [rounds]\n');
for (let from = 1; fine && from <= rounds; from += roundsPerCluster) {
  fine = await play(from, Math.min(rounds, from + roundsPerCluster - 1));
}
process.exitCode = fine ? 0 : 1;
