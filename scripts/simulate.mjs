// `npm run simulate`: replicas in a simulated world. What it runs lives in test/sim.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/sim/main.js', process.argv.slice(2));
