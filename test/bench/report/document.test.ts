// What people wrote on a page must survive whatever is generated into it.
import { expect } from 'chai';
import { withSections } from './document.js';

const page = `# Title
by hand
<!-- report:a --><!-- /report:a -->
more by hand
<!-- report:b -->
old
lines
<!-- /report:b -->
the end
`;

describe('a page with generated sections', () => {
  const cases: readonly [name: string, contents: readonly [string, string][], wanted: readonly [string, string][]][] = [
    ['keeps all of it when there is nothing new', [], []],
    ['fills an empty section', [['a', 'x']], [['--><!-- /report:a', '-->\n\nx\n\n<!-- /report:a']]],
    ['replaces a full one', [['b', 'x\n']], [['\nold\nlines\n', '\n\nx\n\n']]],
    [
      'takes what is special in replacements as it stands',
      [['b', '$1 $& $$']],
      [['\nold\nlines\n', '\n\n$1 $& $$\n\n']],
    ],
  ];
  for (const [name, contents, wanted] of cases) {
    it(name, () => {
      const expected = wanted.reduce((text, [from, to]) => text.replace(from, () => to), page);
      const once = withSections(page, new Map(contents));
      expect(once).to.equal(expected);
      expect(withSections(once, new Map(contents)), 'again').to.equal(expected);
    });
  }

  it('is refused when a section is missing', () => {
    expect(() => withSections(page, new Map([['c', 'x']]))).to.throw('report:c');
  });
});
