// Kills all replicas at once under load, 100 times or as told, and looks for every acknowledged write afterwards.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/cluster/kill-all-rounds.js', process.argv.slice(2));
