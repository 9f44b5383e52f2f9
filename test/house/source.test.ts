// The tokenizer must see every form of import and must not be fooled by what stands in comments, literals and patterns.
import { expect } from 'chai';
import { parseSource } from './source.js';

const codeOf = (text: string) => parseSource('a.ts', text).code;

describe('blanked-out code', () => {
  const cases: readonly [text: string, code: string][] = [
    ['a // b\nc', 'a     \nc'],
    ['a /* b\nc */ d', 'a     \n     d'],
    ['a /* b', 'a     '],
    [`x = 'it\\'s' + "q";`, `x = '     ' + " ";`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are the point
    ['`a ${b + `c ${{ d: "}" }.d}`} e` + f', '`  ${b + `  ${{ d: " " }.d}`}  ` + f'],
    ['a = b / c / d;', 'a = b / c / d;'],
    ['a = /[/\'"]\\//g.test(b)', 'a =          g.test(b)'],
    ['return /"/;', 'return    ;'],
    ["'unclosed\nnext'", "'        \nnext'"],
  ];
  for (const [text, code] of cases) {
    it(JSON.stringify(text), () => {
      expect(codeOf(text)).to.equal(code);
    });
  }

  it('keeps the length and the lines of this very file', () => {
    const text = cases.flat().join('\n');
    expect(codeOf(text)).to.have.lengthOf(text.length);
    expect(codeOf(text).split('\n')).to.have.lengthOf(text.split('\n').length);
  });
});

describe('imports', () => {
  it('are found in every form, with their lines', () => {
    const text = [
      "import a, { type B, c as d } from './1.js';",
      "import type {\n  E,\n} from './2.js';",
      "import './3.js';",
      "export * as f from './4.js';",
      "export { g } from './5.js'; const h = await import('./6.js');",
    ].join('\n');
    const { imports } = parseSource('a.ts', text);
    expect(imports.map(({ specifier }) => specifier).join(' ')).to.equal('./1.js ./2.js ./3.js ./4.js ./5.js ./6.js');
    expect(imports.map(({ line }) => line)).to.deep.equal([1, 4, 5, 6, 7, 7]);
  });

  it('are not seen in prose, nor in what only looks like one', () => {
    const text = [
      "// import a from './1.js';",
      `const b = "import c from './2.js'";`,
      "export const from = 'x';",
      "export function d() {}\nconst e = { from: './3.js' };",
    ].join('\n');
    expect(parseSource('a.ts', text).imports).to.deep.equal([]);
  });
});
