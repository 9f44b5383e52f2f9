/** The table of docs/benchmarks.md that shows what is written down of the counts. */

import { must } from '#src/base/assert.js';
import { withSections } from '../report/document.js';
import { markdownTable } from '../report/markdown.js';
import { whole } from '../report.js';
import type { Known } from './known.js';
import { SCENARIOS } from './scenario.js';
import { COUNT_NAMES, COUNTS } from './tally.js';
import { smallestOf } from './verdict.js';

/** The page with its table as it is to be. */
export function withCounts(page: string, { counts }: Known): string {
  const head = ['', ...SCENARIOS.map(({ title }) => title)];
  const rows = COUNT_NAMES.map((name) => {
    const cells = SCENARIOS.map((scenario) => {
      const count = must(counts[scenario.name], scenario.name)[name];
      return count < smallestOf(scenario, name) ? '' : figure(count);
    });
    return [COUNTS[name].label, ...cells];
  });
  return withSections(page, new Map([['counts', markdownTable(head, rows, 1)]]));
}

function figure(count: number): string {
  return count >= 100 ? whole(count) : count.toPrecision(3);
}
