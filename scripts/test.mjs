/**
 * `npm test`: installs and builds as needed, runs all tests or those named (`npm test -- test/base/assert.test.ts --grep
 * must`), and ends with a line of its own, `N passed, N failed`, whatever happens in between. A crash, a failed build and a
 * run without tests all count as a failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, reportingNotReady, root } from './lib/prepare.mjs';

const everything = 'dist/test/**/*.test.js';
/** Passed, failed, skipped, and whether the end was reached: the letters that lib/tally.mjs writes. */
const counts = { p: 0, f: 0, s: 0, e: 0 };

await reportingNotReady(async () => {
  prepare();
  await runMocha(process.argv.slice(2).map(builtTest));
});
const whole = !process.exitCode && counts.e === 1 && counts.p > 0;
if (counts.f === 0 && !whole) counts.f = 1;
if (counts.f > 0) process.exitCode = 1;
const skipped = counts.s > 0 ? `, ${counts.s} skipped` : '';
process.stdout.write(`${counts.p} passed, ${counts.f} failed${skipped}\n`);

/** A person names the file they are editing; Mocha wants the one it became. */
function builtTest(argument) {
  return argument.replace(/^(\.\/)?test\/(.*)\.ts$/, 'dist/test/$2.js');
}

async function runMocha(args) {
  const folder = mkdtempSync(join(tmpdir(), 'synod-test-'));
  const file = join(folder, 'tally');
  writeFileSync(file, '');
  try {
    const named = args.some((argument) => /^(\.\/)?dist\/test\//.test(argument));
    const mocha = spawn(
      process.execPath,
      [
        join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
        `--reporter=${join(root, 'scripts', 'lib', 'tally.mjs')}`,
        ...(named ? [] : [everything]),
        ...args,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_TALLY: file } },
    );
    // The terminal sends Ctrl-C to Mocha by itself; what is meant for this process alone has to be passed on.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => mocha.kill(signal));
    const [status, signal] = await once(mocha, 'exit');
    for (const letter of readFileSync(file, 'utf8')) counts[letter]++;
    if (status !== 0) process.exitCode = 1;
    if (signal) process.stderr.write(`synod: the tests were ended by ${signal}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
