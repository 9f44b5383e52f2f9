// Counts what a command costs, in writes, messages, bytes and memory, and writes that down when told to. How is told in test/bench/counts.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/bench/counts/main.js', process.argv.slice(2));
