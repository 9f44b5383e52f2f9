// `npm run simulate`: replicas in a simulated world. What it runs lives in test/sim.
import { tellKept } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

const switches = ['explain', 'steps', 'json'];
const withValue = [
  ...['seed', 'runs', 'minutes', 'from', 'workers', 'profile', 'replicas', 'clients', 'seconds', 'until', 'faults'],
];

if (!tellKept(['simulate'], { switches, withValue })) await runBuilt('test/sim/main.js', process.argv.slice(2));
