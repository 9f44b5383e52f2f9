// `npm run chaos`: torments clusters of real daemons. What it runs lives in test/chaos.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('test/chaos/main.js', process.argv.slice(2));
