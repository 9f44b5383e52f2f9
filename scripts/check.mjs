/**
 * `npm run check`: everything that can be known without running the product, in seconds: types, format and lint, promises
 * that nobody awaits, the house rules, dead code. All checks run even if one fails; only the output of failed ones is shown.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, NotReady, prepareTools, reportingNotReady, root } from './lib/prepare.mjs';

const checks = [
  ['types', typesHold],
  ['format and lint', () => passes('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
  [
    'promises',
    () => passes('oxlint/bin/oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'scripts', 'examples'),
  ],
  ['house rules', () => passes('mocha/bin/mocha.js', '--reporter=dot', 'dist/test/house/**/*.test.js')],
  ['dead code', () => passes('knip/bin/knip.js', '--no-progress', '--no-config-hints')],
  [
    'code that only tests use',
    () =>
      passes('knip/bin/knip.js', '--no-progress', '--no-config-hints', '--production', '--include=files,dependencies'),
  ],
];

await reportingNotReady(() => {
  prepareTools();
  const failed = checks.filter(([name, check]) => !timed(name, check));
  process.stdout.write(
    failed.length === 0 ? 'all checks passed\n' : `${failed.length} of ${checks.length} checks failed\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
});

function timed(name, check) {
  const start = performance.now();
  const passed = check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  return passed;
}

function typesHold() {
  try {
    build();
    return true;
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    return false;
  }
}

/** Runs a tool that is installed under node_modules; its output is shown only if it has something to say against us. */
function passes(tool, ...args) {
  const run = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) process.stdout.write(`${run.error?.message ?? ''}${run.stdout}${run.stderr}\n`);
  return run.status === 0;
}
