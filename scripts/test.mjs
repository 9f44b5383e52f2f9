/**
 * `npm test`: installs and builds as needed, runs all tests or those named (`npm test -- test/base/assert.test.ts --grep
 * must`), and ends with a line of its own, `N passed, N failed`, whatever happens in between. A crash, a failed build, a
 * run without tests and a name that nothing has all count as a failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellKept } from './lib/kept-by-npm.mjs';
import { prepare, reportingNotReady, root } from './lib/prepare.mjs';
import { isAboutMocha, mochaSwitches, mochaWithValue, readTestWords } from './lib/test-words.mjs';

const names = { switches: mochaSwitches, withValue: mochaWithValue };
const mochaPath = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
/** Passed, failed, skipped, and whether the end was reached: the letters that lib/tally.mjs writes. */
const counts = { p: 0, f: 0, s: 0, e: 0 };
const words = process.argv.slice(2);

if (!tellKept(['test', 'test:long', 'coverage'], names)) {
  if (words.some(isAboutMocha)) await reportingNotReady(tellAboutMocha);
  else await test();
}

async function test() {
  const { args, complaint } = readTestWords(words);
  if (complaint === '') {
    await reportingNotReady(async () => {
      prepare();
      await runMocha(args);
    });
  } else {
    process.stderr.write(`synod: ${complaint}\n`);
    process.exitCode = 2;
  }
  const whole = !process.exitCode && counts.e === 1 && counts.p > 0;
  if (counts.f === 0 && !whole) counts.f = 1;
  if (counts.f > 0) process.exitCode ??= 1;
  const skipped = counts.s > 0 ? `, ${counts.s} skipped` : '';
  process.stdout.write(`${counts.p} passed, ${counts.f} failed${skipped}\n`);
}

async function runMocha(args) {
  const folder = mkdtempSync(join(tmpdir(), 'synod-test-'));
  const file = join(folder, 'tally');
  writeFileSync(file, '');
  try {
    const reporter = `--reporter=${join(root, 'scripts', 'lib', 'tally.mjs')}`;
    const [status, signal] = await mocha([reporter, ...args], { ...process.env, TEST_TALLY: file });
    for (const letter of readFileSync(file, 'utf8')) counts[letter]++;
    if (status !== 0) process.exitCode = 1;
    if (signal) process.stderr.write(`synod: the tests were ended by ${signal}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tellAboutMocha() {
  prepare();
  const [status] = await mocha(words, process.env);
  process.exitCode = status ?? 1;
}

/** Its exit code, and the signal that ended it. */
async function mocha(args, env) {
  const child = spawn(process.execPath, [mochaPath, ...args], { cwd: root, stdio: 'inherit', env });
  // The terminal sends Ctrl-C to Mocha by itself; what is meant for this process alone has to be passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return once(child, 'exit');
}
