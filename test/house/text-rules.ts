/**
 * The rules about what stands in a file: no clock, chance or timer away from the edge, an opening comment, a size that fits
 * a reader, comments that fit a screen, and no file that only passes on what others export.
 */
import { functionsOf } from './functions.js';
import { isTooLong, LONGEST_LINE } from './lines.js';
import { roomOf } from './rooms.js';
import { perFile, type Rule } from './rule.js';
import { lineAt } from './source.js';

const everywhere = ['src/', 'test/', 'scripts/'];
const longestFile = 400;
const longestFunction = 70;
/** What `describe` is given is a list of tests, as a file is one of functions: each of them is measured. */
const suite = /^\s*describe(\.\w+)?\(/;

/** Names of the machine that a pure room must not speak: as values, not as the names of somebody's fields. */
const machineNames = [
  /(?<![.\w$#])(?:Date|setTimeout|setInterval|setImmediate|queueMicrotask|globalThis)\b(?!\s*\??:)/g,
  /(?<![.\w$#])(?:performance|process|crypto|console)(?=\s*[.[])/g,
  /(?<![.\w$#])Math\s*\.\s*random\b/g,
];

export const textRules: readonly Rule[] = [
  perFile('clocks, chance, timers and the process stay at the edge', ['src/'], ({ path, code }) => {
    if (roomOf(path)?.touchesMachine) return [];
    return machineNames.flatMap((names) =>
      [...code.matchAll(names)].map((match) => `${path}:${lineAt(code, match.index)}: uses ${match[0]}`),
    );
  }),

  perFile('every file opens with a comment that says what it is for', everywhere, ({ path, text }) =>
    /^(#![^\n]*\n)?(\/\*|\/\/)/.test(text) ? [] : [`${path}:1: has no opening comment`],
  ),

  perFile(`no file is longer than ${longestFile} lines`, everywhere, ({ path, text }) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return lines > longestFile ? [`${path}: has ${lines} lines`] : [];
  }),

  perFile(`no function is longer than ${longestFunction} lines`, everywhere, ({ path, code }) => {
    const lines = code.split('\n');
    return functionsOf(code)
      .filter(({ firstLine, lastLine }) => lastLine - firstLine + 1 > longestFunction)
      .filter(({ firstLine }) => !suite.test(lines[firstLine - 1] ?? ''))
      .map(({ name, firstLine, lastLine }) => `${path}:${firstLine}: ${name} has ${lastLine - firstLine + 1} lines`);
  }),

  perFile(
    `no comment has a line of more than ${LONGEST_LINE} characters`,
    ['src/', 'test/'],
    ({ path, text, code }) => {
      const codeLines = code.split('\n');
      return text.split('\n').flatMap((line, at) => {
        // Where only a comment stands, nothing is left in the code.
        const isComment = codeLines[at]?.trim() === '' && /^\s*(\/\*|\*|\/\/)/.test(line);
        return isComment && isTooLong(line) ? [`${path}:${at + 1}: has ${line.length} characters`] : [];
      });
    },
  ),

  perFile('no file only passes on what others export', everywhere, ({ path, code }) => {
    const rest = code.replace(/\b(import|export)\b[^'"`;()=]*?\bfrom\s*(['"]) *\2\s*;?/g, '');
    return rest.trim() === '' && /\bfrom\b/.test(code) ? [`${path}: is a barrel file`] : [];
  }),
];
