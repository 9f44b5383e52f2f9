/**
 * `node scripts/counts.mjs`: counts what a command costs and says what is no longer as it is written down; with `--write` it is
 * written down anew, and the table in docs/benchmarks.md with it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { countAll, readKnown, writeKnown } from './known.js';
import { withCounts } from './page.js';
import { SCENARIOS } from './scenario.js';
import { verdict } from './verdict.js';

const page = new URL('../../../../docs/benchmarks.md', import.meta.url);

const usage = `usage: node scripts/counts.mjs [--write]
Counts what a command costs, and tells what has changed by more than a tenth.
  --write  writes test/bench/counts/known.json and the table of docs/benchmarks.md anew
`;
const asked = process.argv.slice(2);

if (asked.length === 0 || (asked.length === 1 && asked[0] === '--write')) {
  const counted = await countAll();
  const known = readKnown();
  const changed = SCENARIOS.flatMap((scenario) =>
    verdict(scenario, known.counts[scenario.name] ?? {}, counted.counts[scenario.name] ?? {}),
  );
  process.stdout.write(`${[...changed, `${changed.length} counts have changed by more than a tenth`].join('\n')}\n`);
  if (asked.length > 0) {
    writeKnown(counted);
    writeFileSync(page, withCounts(readFileSync(page, 'utf8'), counted));
  }
} else if (asked[0] === '--help') {
  process.stdout.write(usage);
} else {
  process.stderr.write(usage);
  process.exitCode = 1;
}
