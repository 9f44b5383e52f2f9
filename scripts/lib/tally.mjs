/**
 * Mocha's usual report, plus a tally of results in the file that TEST_TALLY names: one letter per result (passed, failed,
 * skipped) and one at the end, written as it happens, so that the count is right even when a test takes the whole process
 * down. `test.mjs` reads it.
 */
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

const patienceMs = 10_000;
const file = process.env.TEST_TALLY;

export default class Tally extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    for (const [event, letter] of [
      ['pass', 'p'],
      ['fail', 'f'],
      ['pending', 's'],
      ['end', 'e'],
    ]) {
      runner.on(event, () => appendFileSync(file, letter));
    }
    runner.once('end', () => setTimeout(stopWaiting, patienceMs).unref());
  }
}

/** Runs only if something a test left behind still keeps the process alive: a fault of the test, told instead of hung on. */
function stopWaiting() {
  const left = process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe)Wrap$/.test(name));
  process.stderr.write(`synod: the tests are over but something still runs: ${left.join(', ')}\n`);
  appendFileSync(file, 'f');
  process.exit(1);
}
