/**
 * Puts all of a replica into one file, `dist/daemon.js`, in place of the compiler's: loading hundreds of small modules takes a process
 * twice as long to start, and a third more memory for as long as it lives. Everything else runs from the files it was compiled to.
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleMark, root } from './prepare.mjs';

const bundle = await rolldown({
  input: join(root, 'src', 'daemon.ts'),
  platform: 'node',
  onLog: (_level, { message }) => {
    throw new Error(message);
  },
});
// Whole or not at all: a replica may be started meanwhile, and this may be broken off.
const made = join(root, 'dist', 'bundle.new');
await bundle.write({
  file: join(made, 'daemon.js'),
  format: 'esm',
  codeSplitting: false,
  sourcemap: true,
  postBanner: bundleMark,
});
await bundle.close();
for (const name of ['daemon.js.map', 'daemon.js']) renameSync(join(made, name), join(root, 'dist', name));
rmSync(made, { recursive: true });
