/**
 * Reads a TypeScript file as far as the house rules need it: what it imports, and its code with comments and the contents
 * of literals blanked out, so that a rule never trips over prose. The compiler offers no API for this. It is a tokenizer,
 * not a parser: it knows where literals begin and end and leaves grammar to the compiler.
 */

export interface Import {
  /** The specifier as written, for example `../base/ids.js`. */
  readonly specifier: string;
  readonly line: number;
}

export interface Source {
  readonly path: string;
  readonly text: string;
  /** `text` with every character of comments and literals, quotes aside, replaced by a space; same length, same lines. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const importForms = [
  /\b(?:import|export)\b[^'"`;()=]*?\bfrom\s*(?=['"])/g,
  /\bimport\s*(?=['"])/g,
  /\bimport\s*\(\s*(?=['"`])/g,
];
// After these, a slash begins a regular expression; after anything else that ends an operand, it divides.
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|throw|await|yield))$/;

export function parseSource(path: string, text: string): Source {
  const code = blankOut(text);
  const imports: Import[] = [];
  for (const form of importForms) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length;
      const end = text.indexOf(text.charAt(start), start + 1);
      imports.push({ specifier: text.slice(start + 1, end), line: lineAt(text, start) });
    }
  }
  return { path, text, code, imports: imports.sort((a, b) => a.line - b.line) };
}

/** The number of the line, from 1, that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function blankOut(text: string): string {
  let out = '';
  /** Of each open `${`, how many braces were open around it: the brace that meets the count ends the substitution. */
  const substitutions: number[] = [];
  let braces = 0;
  const keep = (length: number) => {
    out += text.slice(out.length, out.length + length);
  };
  const blankUntil = (end: number) => {
    out += text.slice(out.length, end).replace(/[^\n]/g, ' ');
  };
  const templatePart = () => {
    const end = endOfLiteral(text, out.length, (at) => text.charAt(at) === '`' || text.startsWith('${', at));
    blankUntil(end);
    if (text.startsWith('${', end)) {
      substitutions.push(braces);
      keep(2);
    } else keep(1);
  };
  while (out.length < text.length) {
    const at = out.length;
    const here = text.charAt(at);
    if (text.startsWith('//', at)) blankUntil(endAfter(text, '\n', at) - 1);
    else if (text.startsWith('/*', at)) blankUntil(endAfter(text, '*/', at + 2));
    else if (here === "'" || here === '"') {
      keep(1);
      blankUntil(endOfLiteral(text, at + 1, (end) => text.charAt(end) === here || text.charAt(end) === '\n'));
      keep(1);
    } else if (here === '`') {
      keep(1);
      templatePart();
    } else if (here === '}' && substitutions.at(-1) === braces) {
      substitutions.pop();
      keep(1);
      templatePart();
    } else if (here === '/' && beforeRegex.test(out.trimEnd().slice(-12))) blankUntil(endOfRegex(text, at + 1));
    else {
      if (here === '{') braces++;
      else if (here === '}') braces--;
      keep(1);
    }
  }
  return out;
}

/** The offset after the next `mark`, or one past the end (as if the mark were there) when there is none. */
function endAfter(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length + 1 : found + mark.length;
}

function endOfLiteral(text: string, from: number, isEnd: (at: number) => boolean): number {
  let at = from;
  while (at < text.length && !isEnd(at)) at += text.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at, text.length);
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  let at = from;
  for (; at < text.length && text.charAt(at) !== '\n'; at++) {
    const here = text.charAt(at);
    if (here === '\\') at++;
    else if (here === '[') inClass = true;
    else if (here === ']') inClass = false;
    else if (here === '/' && !inClass) return at + 1;
  }
  return at;
}
