// Pages are read in an editor and in differences, beside code: their prose has lines as long as comments have. Tables and
// code are left out, since neither can be broken.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isTooLong, LONGEST_LINE } from './lines.js';

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs/commands.md',
  'docs/operations.md',
  'docs/verification.md',
];

/** The numbers of the lines of prose that are too long, from 1. */
function longLines(page: string): number[] {
  let isCode = false;
  return page.split('\n').flatMap((line, at) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) isCode = !isCode;
    const isProse = !isFence && !isCode && !/^\s*\|/.test(line);
    return isProse && isTooLong(line) ? [at + 1] : [];
  });
}

const long = 'many words '.repeat(12);

describe('the pages', () => {
  it('are found to have long lines in prose, and nowhere else', () => {
    const page = [long, `- ${long}`, `| ${long} |`, '```', long, '```', long, `[a link](https://${'x'.repeat(130)})`];
    expect(longLines(page.join('\n'))).to.deep.equal([1, 2, 7]);
    expect(longLines(`${'x'.repeat(9)} ${'many words '.repeat(11).slice(0, 120)}`)).to.deep.equal([]);
  });

  for (const path of PAGES) {
    it(`have no line of more than ${LONGEST_LINE} characters in ${path}`, () => {
      const page = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
      expect(page).to.not.equal('');
      expect(longLines(page)).to.deep.equal([]);
    });
  }
});
