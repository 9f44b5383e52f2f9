/** The results of a campaign as text: a line for each mutant on a terminal, a table for docs/verification.md, and the sums. */

import { unreachable } from '#src/base/assert.js';
import type { Wishes } from '../plan.js';
import { checksOf, isCaught, medianOf, medianSeeds, type Result, worstSeeds } from './campaign.js';

/** What stands over the table in docs/verification.md. */
const HEADING = '## Planted bugs';

/** What stands before the seeds in known.ts. */
const KNOWN = 'export const KNOWN: Readonly<Record<string, number>> = {';

/** `starts`: from how many places each was hunted. */
const introduction = (starts: number): string => `\
\`npm run mutants\` plants these bugs in the built program, one at a time, and plays seeds until a check notices. For this
table each was hunted from ${starts === 1 ? 'one place' : `${starts} places far apart`}.
\`npm run mutants -- --only NAME --seed N\` plays one run and tells what happens. A mutant is a line of data in
\`test/sim/mutants\`; the product has no hooks for them.`;

/** A line for the terminal. */
export function resultLine(result: Result): string {
  const { mutant, hunts } = result;
  const seeds = `${medianSeeds(result)}, worst ${worstSeeds(result)}`;
  const example = hunts.find(({ end }) => end.type === 'caught')?.end;
  const seed = example?.type === 'caught' ? ` (seed ${example.seed})` : '';
  const by = isCaught(result) ? `${seeds.padEnd(16)} ${checksOf(result).join('; ')}${seed}` : failure(result);
  return `${mutant.name.padEnd(30)} ${profileText(mutant.wishes).padEnd(22)} ${by}`;
}

export function totalLine(results: readonly Result[]): string {
  const caught = results.filter(isCaught);
  const medians = medianOf(caught.map(medianSeeds));
  const worst = Math.max(0, ...caught.map(worstSeeds));
  return `${caught.length} of ${results.length} mutants caught; seeds until then: median ${medians}, worst ${worst}`;
}

export function profileText({ profile, ...others }: Wishes): string {
  return [profile ?? 'any', ...Object.entries(others).map(([name, value]) => `${value} ${name}`)].join(', ');
}

/** The document with this table in it. Throws when it has no place for one. */
export function documented(document: string, results: readonly Result[]): string {
  const start = document.indexOf(`${HEADING}\n`);
  if (start < 0) throw new Error(`the document has no heading '${HEADING}'`);
  const next = document.indexOf('\n## ', start + HEADING.length);
  const rows = results.map((result) => {
    const { mutant } = result;
    const seeds = `${medianSeeds(result)} | ${worstSeeds(result)}`;
    const checks = isCaught(result) ? checksOf(result).join('; ') : '**not caught**';
    return `| \`${mutant.name}\` | ${mutant.breaks} | ${profileText(mutant.wishes)} | ${checks} | ${seeds} |`;
  });
  const section = [
    HEADING,
    '',
    introduction(Math.max(0, ...results.map(({ hunts }) => hunts.length))),
    '',
    `${totalLine(results)}.`,
    '',
    '| Mutant | What is wrong | Profile | Caught by | Seeds, median | Worst |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return document.slice(0, start) + section + (next < 0 ? '' : document.slice(next));
}

/**
 * The source of known.ts with the seeds that the first hunt of each mutant ended with, but for those that are tried first
 * anyway.
 */
export function knownIn(source: string, results: readonly Result[]): string {
  const start = source.indexOf(KNOWN);
  if (start < 0) throw new Error(`there is no '${KNOWN}' to write seeds behind`);
  const seeds = results.flatMap(({ mutant, hunts: [first] }): (readonly [string, number])[] => {
    if (first?.end.type !== 'caught' || first.end.seed === first.from) return [];
    return [[mutant.name, first.end.seed]];
  });
  const lines = seeds.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, seed]) => `  ${quoted(name)}: ${seed},\n`);
  return `${source.slice(0, start)}${KNOWN}\n${lines.join('')}};\n`;
}

/** As the formatter wants names of properties. */
function quoted(name: string): string {
  return name.includes('-') ? `'${name}'` : name;
}

/** Why it does not count as caught. */
function failure({ hunts }: Result): string {
  const lines = hunts.map(({ seeds, end }) => {
    switch (end.type) {
      case 'survived':
        return `not within ${seeds} seeds`;
      case 'broken':
        return end.why;
      case 'caught':
        return `seed ${end.seed}: ${end.check}: ${end.message.split('\n', 1)[0]}`;
      default:
        return unreachable(end);
    }
  });
  return `NOT CAUGHT: ${lines.join('; ')}`;
}
