// `npm run bench`: the load generator. What it runs lives in test/bench.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/bench/main.js', process.argv.slice(2));
