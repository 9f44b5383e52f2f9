// `npm run bench`: the load generator. What it runs lives in test/bench.
import { tellKept } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

/** Most of them may stand with a value or without. */
const switches = [
  ...['spread', 'report', 'pauses', 'million-keys', 'long-commands', 'restart', 'snapshots', 'catch-up', 'expiry'],
];
const withValue = [
  ...['clients', 'puts', 'value-size', 'keys', 'duration', 'warm-up', 'rounds', 'vs', 'at', 'replicas', 'data', 'out'],
];

if (!tellKept(['bench'], { switches, withValue })) await runBuilt('test/bench/main.js', process.argv.slice(2));
