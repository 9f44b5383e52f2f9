// `npm start`: a cluster in the foreground. Works on a fresh clone; arguments go to `synod cluster`.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('synod.js', ['cluster', ...process.argv.slice(2)]);
