// `npm run chaos`: torments clusters of real daemons. What it runs lives in test/chaos.
import { tellKept } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

const switches = ['each', 'explain'];
const withValue = ['minutes', 'faults', 'replicas', 'seed', 'clients', 'network', 'data'];

if (!tellKept(['chaos'], { switches, withValue })) await runBuilt('test/chaos/main.js', process.argv.slice(2));
