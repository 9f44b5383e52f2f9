// `npm start`: a cluster in the foreground. Works on a fresh clone; arguments go to `synod cluster`.
import { keptByNpm } from './lib/kept-by-npm.mjs';
import { runBuilt } from './lib/run-built.mjs';

const kept = keptByNpm(process.env);
if (kept === '') {
  await runBuilt('synod.js', ['cluster', ...process.argv.slice(2)]);
} else {
  process.stderr.write(`synod: npm kept ${kept} for itself; write: npm start -- ${kept}\n`);
  process.exitCode = 2;
}
