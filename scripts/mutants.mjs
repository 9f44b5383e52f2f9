// `npm run mutants`: planted bugs against the simulator's checks. What it runs lives in test/sim/mutants.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/sim/mutants/main.js', process.argv.slice(2));
