// `npm start`: a cluster in the foreground. Works on a fresh clone; arguments go to `synod cluster`.
import { tellKept } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

const switches = ['fresh', 'restart'];
const withValue = [
  ...['host', 'advertise', 'port', 'client', 'advertise-client', 'data', 'name', 'priority', 'cluster', 'heartbeat-ms'],
  ...['lease-ms', 'reads', 'request-timeout-ms', 'key-bytes', 'value-bytes', 'request-bytes', 'connections'],
  ...['output-bytes', 'data-bytes', 'snapshot-log-bytes', 'keep-slots', 'keep-log-bytes', 'log-level', 'log-format'],
  'fault-rate',
];

if (!tellKept(['start'], { switches, withValue })) await runBuilt('synod.js', ['cluster', ...process.argv.slice(2)]);
