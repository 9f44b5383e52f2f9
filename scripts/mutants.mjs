// `npm run mutants`: planted bugs against the simulator's checks. What it runs lives in test/sim/mutants.
import { tellKept } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

const switches = ['list', 'json', 'write'];
const withValue = ['seed', 'from', 'starts', 'max-seeds', 'workers'];

if (!tellKept(['mutants'], { switches, withValue })) await runBuilt('test/sim/mutants/main.js', process.argv.slice(2));
