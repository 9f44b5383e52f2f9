/**
 * Hands this process over to a built program. The program is loaded here rather than started as a child, so that signals,
 * the terminal, piped input and the exit code are its own, with nothing in between that could lose them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NotReady, prepare, reportingNotReady, root } from './prepare.mjs';

/** Prepares the checkout, then becomes `dist/<program>` with `args` as its arguments. */
export async function runBuilt(program, args) {
  await reportingNotReady(async () => {
    prepare();
    const path = join(root, 'dist', program);
    if (!existsSync(path)) throw new NotReady(`there is no dist/${program}`);
    process.argv = [process.execPath, path, ...args];
    await import(pathToFileURL(path).href);
  });
}
