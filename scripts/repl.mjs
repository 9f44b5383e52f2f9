// `npm run repl`: the interactive client. Arguments go to `synod repl`.
import { runBuilt } from './lib/run-built.mjs';

await runBuilt('synod.js', ['repl', ...process.argv.slice(2)]);
