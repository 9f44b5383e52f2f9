// Ten thousand followers of one replica, or as many as told: who gets what, and how late. What it runs lives in test/bench.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/bench/follow-main.js', process.argv.slice(2));
