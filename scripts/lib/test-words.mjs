/**
 * What stands behind `npm test --`: options go to Mocha as they are, and files and folders under test become what was built of
 * them, since a person names what they are editing. A name that nothing has is refused: without it, all tests would run.
 */
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import { root } from './prepare.mjs';

const everything = 'dist/test/**/*.test.js';

/** Options of Mocha that npm has not, too. */
export const mochaSwitches = [
  ...['async-only', 'bail', 'check-leaks', 'delay', 'exit', 'fail-zero', 'forbid-only', 'forbid-pending', 'full-trace'],
  ...['inline-diffs', 'invert', 'list-interfaces', 'list-reporters', 'parallel', 'recursive', 'sort', 'watch'],
];
export const mochaWithValue = [
  ...['config', 'exclude', 'extension', 'fgrep', 'file', 'grep', 'ignore', 'jobs', 'node-option', 'reporter'],
  ...['reporter-option', 'reporter-options', 'require', 'retries', 'slow', 'spec', 'timeout', 'timeouts', 'ui'],
  ...['watch-files', 'watch-ignore'],
];
const takesNext = new RegExp(`^(--(${mochaWithValue.join('|')}|globals?|package)|-[fgjnORrstu])$`);

/** Whether Mocha is asked about itself, and no test is to run. */
export function isAboutMocha(word) {
  return /^(--help|-h|--version|-V|--list-(interfaces|reporters))$/.test(word);
}

/** What Mocha is given, or one line about a name that is wrong. */
export function readTestWords(words) {
  const options = [];
  const places = [];
  for (const [at, word] of words.entries()) {
    const isValue = at > 0 && takesNext.test(words[at - 1]);
    if (isValue || word.startsWith('-')) options.push(word);
    else places.push(placeOf(word));
  }
  const complaint = places.find((place) => place.complaint)?.complaint ?? '';
  const built = places.map((place) => place.built);
  return { args: [...(built.length > 0 ? built : [everything]), ...options], complaint };
}

function placeOf(word) {
  const path = (isAbsolute(word) ? relative(root, word) : word).split(sep).join('/');
  const source = posix
    .normalize(path)
    .replace(/\/$/, '')
    .replace(/^dist\/test\b/, 'test')
    .replace(/\.js$/, '.ts');
  if (/[*?{[]/.test(source)) return { built: `dist/${source.replace(/\.ts$/, '.js')}` };
  if (!existsSync(join(root, source))) {
    const hint = source.includes('/') ? '' : `; --grep ${word} runs the tests that are called so`;
    return { complaint: `there is no ${word}${hint}` };
  }
  const isFolder = statSync(join(root, source)).isDirectory();
  if (!/^test(\/|$)/.test(source) || !(isFolder || source.endsWith('.test.ts')))
    return { complaint: `there are no tests in ${word}` };
  return { built: isFolder ? `dist/${source}/**/*.test.js` : `dist/${source.replace(/\.ts$/, '.js')}` };
}
