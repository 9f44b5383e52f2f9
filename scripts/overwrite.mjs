// Overwrites the same keys for an hour or as told, and watches that disk use stays flat. What it runs lives in test/bench.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/bench/overwrite-main.js', process.argv.slice(2));
